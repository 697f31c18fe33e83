// The two TypeScript clients behind one face, and the JSON lines that pytest reads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  Client as ClientV2,
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as HttpV2,
  UnauthorizedError as UnauthorizedV2,
} from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { UnauthorizedError as UnauthorizedV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const V1 = { Client: ClientV1, Stdio: StdioV1, Http: HttpV1, Sse: SseV1, Unauthorized: UnauthorizedV1 };
const V2 = { Client: ClientV2, Stdio: StdioV2, Http: HttpV2, Sse: SseV2, Unauthorized: UnauthorizedV2 };
const KINDS = {
  v1: { ...V1, asked: ElicitRequestSchema },
  'v2-legacy': { ...V2, asked: 'elicitation/create' },
  'v2-modern': { ...V2, asked: 'elicitation/create', options: { versionNegotiation: { mode: 'auto' } } },
};

export const emit = (event, facts = {}) => console.log(JSON.stringify({ event, ...facts }));

// What became of a request: its result, or the error that the client threw.
export const outcome = (promise) =>
  promise.then(
    (result) => ({ result }),
    (error) => ({ error: { name: error.name, code: error.code ?? null, message: error.message } }),
  );

// A call of a tool; `options` stand at another place in each client.
export const called = (kind, client, call, options) =>
  kind === 'v1' ? client.callTool(call, undefined, options) : client.callTool(call, options);

export async function connect(kind, command, args, env = {}) {
  const { Client, Stdio, options } = KINDS[kind];
  const transport = new Stdio({ command, args, env, stderr: 'pipe' });
  const client = new Client({ name: `interop-${kind}`, version: '1' }, options);
  const complaints = [];
  client.onerror = (error) => complaints.push(error.message);
  let stderr = '';
  transport.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  await client.connect(transport);
  const close = async () => {
    // The clients give a server two seconds to leave by itself; a busy machine needs more.
    const timer = globalThis.setTimeout;
    globalThis.setTimeout = (act, delay, ...given) => timer(act, 10 * delay, ...given);
    const start = performance.now();
    await client.close();
    emit('closed', { seconds: (performance.now() - start) / 1000, complaints, stderr });
  };
  return { client, close };
}

// Over HTTP: at /sse the older transport, elsewhere Streamable HTTP. `options` are the transport's.
// `answer` is what a person says to questions; without it the client cannot ask. Where the client
// has to sign in first, `signIn(transport)` does it, and it connects again.
export async function dial(kind, url, options, { answer, signIn } = {}) {
  const { Client, Http, Sse, Unauthorized, asked, options: own } = KINDS[kind];
  const questions = [];
  const complaints = [];
  const open = async () => {
    const transport = new (url.endsWith('/sse') ? Sse : Http)(new URL(url), options);
    const capabilities = answer ? { elicitation: { form: {} } } : {};
    const client = new Client({ name: `interop-${kind}`, version: '1' }, { capabilities, ...own });
    client.onerror = (error) => complaints.push(error.message);
    if (answer) {
      client.setRequestHandler(asked, ({ params }) => {
        questions.push(params.message);
        return answer;
      });
    }
    try {
      await client.connect(transport);
    } catch (error) {
      if (!(signIn && error instanceof Unauthorized)) throw error;
      await signIn(transport);
      return null;
    }
    return client;
  };
  const client = (await open()) ?? (await open());
  return { client, questions, complaints };
}

// A hosted server of our own: its address, and how to end it.
export async function host(command, args, env) {
  const server = spawn(command, [...args, 'http', '--port', '0', '--auth', 'key'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  for await (const line of createInterface(server.stderr)) {
    const [, url] = line.match(/Serving MCP at (\S+)\/mcp/) ?? [];
    if (url) {
      server.stderr.resume();
      return { url, stop: () => server.kill() && ended };
    }
  }
  throw new Error('The server did not start.');
}
