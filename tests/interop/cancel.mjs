// A call is cancelled while the API is still thinking about it: does the API notice?
// Usage: node cancel.mjs KIND TASK, where TASK is JSON: {command, args, path}.
// path: where a hosted server is spoken to; without it, stdio. leaves: the client goes away instead.
// The API is a server of this process, which never answers the first request.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { called, connect, dial, emit, host, outcome } from './client.mjs';

const [kind, task] = [process.argv[2], JSON.parse(process.argv[3])];
const cancellation = new AbortController();
let requests = 0;

const upstream = createServer((request, response) => {
  requests += 1;
  if (requests === 1) {
    request.socket.once('close', () => upstream.emit('dropped'));
    if (task.leaves) client.close();
    else cancellation.abort();
  } else {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ name: 'Ada', email: 'ada@example.com', total_balance: 1 }));
  }
});
upstream.listen(0, '127.0.0.1');
await once(upstream, 'listening');

const env = { FAMULOR_BASE_URL: `http://127.0.0.1:${upstream.address().port}`, FAMULOR_API_KEY: 'interop' };
const online = async () => {
  const { url, stop } = await host(task.command, task.args, env);
  const options = { requestInit: { headers: { 'X-Famulor-Api-Key': 'interop' } } };
  const { client } = await dial(kind, url + task.path, options);
  return { client, close: () => client.close().then(stop) };
};
const { client, close } = task.path
  ? await online()
  : await connect(kind, task.command, task.args, env);
const dropped = once(upstream, 'dropped', { signal: AbortSignal.timeout(60_000) });
const options = { signal: cancellation.signal };
const read = { name: 'get_me', arguments: {} };
emit('cancelled', await outcome(called(kind, client, read, options)));
emit('dropped', await outcome(dropped.then(() => requests)));
if (!task.leaves) emit('next', await outcome(client.callTool(read)));
emit('requests', { count: requests });
await close();
upstream.close();
