// The two TypeScript clients behind one face, and the JSON lines that pytest reads.
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';

const KINDS = {
  v1: [ClientV1, StdioV1, {}],
  'v2-legacy': [ClientV2, StdioV2, {}],
  'v2-modern': [ClientV2, StdioV2, { versionNegotiation: { mode: 'auto' } }],
};

export const emit = (event, facts = {}) => console.log(JSON.stringify({ event, ...facts }));

// What became of a request: its result, or the error that the client threw.
export const outcome = (promise) =>
  promise.then(
    (result) => ({ result }),
    (error) => ({ error: { name: error.name, code: error.code ?? null, message: error.message } }),
  );

export async function connect(kind, command, args, env = {}) {
  const [Client, Transport, options] = KINDS[kind];
  const transport = new Transport({ command, args, env, stderr: 'pipe' });
  const client = new Client({ name: `interop-${kind}`, version: '1' }, options);
  const complaints = [];
  client.onerror = (error) => complaints.push(error.message);
  let stderr = '';
  transport.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  await client.connect(transport);
  const close = async () => {
    const start = performance.now();
    await client.close();
    emit('closed', { seconds: (performance.now() - start) / 1000, complaints, stderr });
  };
  return { client, close };
}
