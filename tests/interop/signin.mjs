// A client signs in as a person with a browser and a key would let it, and goes on when its token ends.
// Usage: node signin.mjs KIND TASK, where TASK is JSON: {url, key, document}.
// document: the address of the client's description; without it, the client registers itself.
import { dial, emit, outcome } from './client.mjs';

const [kind, task] = [process.argv[2], JSON.parse(process.argv[3])];
const field = (page, pattern) => page.match(pattern)[1].replaceAll('&amp;', '&');

// The person: reads the page, pastes the key, and is sent back to the client.
async function person(url) {
  const shown = await fetch(url);
  const page = await shown.text();
  emit('page', { status: shown.status, text: page });
  const form = new URLSearchParams({
    transaction: field(page, /name="transaction" value="([^"]*)"/),
    csrf: field(page, /name="csrf" value="([^"]*)"/),
    key: task.key,
    decision: 'allow',
  });
  const cookie = shown.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  const action = new URL(field(page, /<form[^>]*action="([^"]*)"/), shown.url);
  const answer = await fetch(action, { method: 'POST', body: form, headers: { cookie } });
  return new URL(answer.headers.get('refresh').split('url=')[1]).searchParams;
}

const kept = {};
const provider = {
  redirectUrl: 'http://127.0.0.1:4444/callback',
  clientMetadataUrl: task.document,
  clientMetadata: {
    client_name: 'Interop',
    redirect_uris: ['http://127.0.0.1:4444/callback'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  },
  state: () => 'a state & more',
  clientInformation: () => kept.client,
  saveClientInformation: (client) => {
    kept.client = client;
  },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => {
    kept.tokens = tokens;
  },
  redirectToAuthorization: (url) => {
    kept.url = url;
  },
  saveCodeVerifier: (verifier) => {
    kept.verifier = verifier;
  },
  codeVerifier: () => kept.verifier,
  saveDiscoveryState: (state) => {
    kept.discovery = state;
  },
  discoveryState: () => kept.discovery,
};

let signedIn = 0;
const signIn = async (transport) => {
  signedIn += 1;
  const back = await person(kept.url);
  emit('back', { state: back.get('state'), iss: back.get('iss') });
  await (kind === 'v1' ? transport.finishAuth(back.get('code'), back.get('iss')) : transport.finishAuth(back));
};

const { client } = await dial(kind, task.url, { authProvider: provider }, { signIn });
const read = { name: 'get_me', arguments: {} };
emit('read', await outcome(client.callTool(read)));
emit('client', { id: kept.client?.client_id ?? null });
const { access_token: first, refresh_token } = kept.tokens;
kept.tokens = { ...kept.tokens, access_token: `${first.slice(0, -4)}AAAA` };
emit('again', await outcome(client.callTool(read)));
emit('renewed', {
  signedIn,
  renewed: kept.tokens.access_token !== first && kept.tokens.refresh_token !== refresh_token,
  token: kept.tokens.access_token,
});
await client.close();
