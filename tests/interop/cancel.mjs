// A call is cancelled while the API is still thinking about it: does the API notice?
// Usage: node cancel.mjs KIND TASK, where TASK is JSON: {command, args}.
// The API is a server of this process, which never answers the first request.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, emit, outcome } from './client.mjs';

const [kind, task] = [process.argv[2], JSON.parse(process.argv[3])];
const cancellation = new AbortController();
let requests = 0;

const upstream = createServer((request, response) => {
  requests += 1;
  if (requests === 1) {
    request.socket.once('close', () => upstream.emit('dropped'));
    cancellation.abort();
  } else {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ name: 'Ada', email: 'ada@example.com', total_balance: 1 }));
  }
});
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');

const { client, close } = await connect(kind, task.command, task.args, {
  FAMULOR_BASE_URL: `http://127.0.0.1:${upstream.address().port}`,
  FAMULOR_API_KEY: 'interop',
});
const dropped = once(upstream, 'dropped', { signal: AbortSignal.timeout(10_000) });
const options = { signal: cancellation.signal };
const read = { name: 'get_me', arguments: {} };
const first = kind === 'v1' ? client.callTool(read, undefined, options) : client.callTool(read, options);
emit('cancelled', await outcome(first));
emit('dropped', await outcome(dropped.then(() => requests)));
emit('next', await outcome(client.callTool(read)));
emit('requests', { count: requests });
await close();
upstream.close();
