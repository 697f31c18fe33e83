// The main job over HTTP: list, read, place a call with a person's yes, watch it end, make mistakes.
// Usage: node online.mjs KIND TASK, where TASK is JSON: {url, key, numbers}.
// numbers: three to be called, one for each way in which a person is asked.
import { called, dial, emit, outcome } from './client.mjs';

const [kind, task] = [process.argv[2], JSON.parse(process.argv[3])];
const options = { requestInit: { headers: { 'X-Famulor-Api-Key': task.key } } };
const { client, complaints } = await dial(kind, task.url, options);
const call = (name, args = {}) => outcome(client.callTool({ name, arguments: args }));

emit('connected', {
  server: client.getServerVersion(),
  protocol: client.getNegotiatedProtocolVersion?.() ?? null,
});
emit('listed', { names: (await client.listTools()).tools.map((tool) => tool.name) });
emit('read', await call('get_me'));
const resources = await client.listResources();
emit('resource', await outcome(client.readResource({ uri: resources.resources[0].uri })));
emit('refused', await call('make_call', { phone_number: '0151 2345678', assistant_id: 1 }));
emit('unknown', await call('make_coffee'));

const { result: assistants } = await call('get_outbound_assistants');
const assistant_id = assistants.structuredContent.items[0].id;
const [quiet, agreed, declined] = task.numbers.map((phone_number) => ({ phone_number, assistant_id }));

// Without a form: the words for the person, and a token that lets the second call pass.
async function place(wanted) {
  const told = await call('make_call', wanted);
  emit('told', told);
  const token = told.result.content[0].text.match(/confirm_token: "([^"]+)"/)[1];
  const placed = await call('make_call', { ...wanted, confirm_token: token });
  emit('placed', placed);
  return placed.result.structuredContent.call_id;
}

// A busy machine may come to watch a call when it is over already, and then watches another.
const progress = [];
for (let turn = 0; turn < 5 && !progress.length; turn += 1) {
  const wait = { call_id: await place(turn ? { ...quiet, repeat: true } : quiet), wait: 30 };
  const watching = { onprogress: (seen) => progress.push(seen) };
  const watched = called(kind, client, { name: 'get_call', arguments: wait }, watching);
  emit('ended', { ...(await outcome(watched)), progress });
}
emit('complaints', { complaints: [...complaints] }); // v1 complains of streams that its own end cuts off
await client.close();

for (const [event, args, answer] of [
  ['agreed', agreed, { action: 'accept', content: { confirm: true } }],
  ['declined', declined, { action: 'decline' }],
]) {
  const { client: able, questions } = await dial(kind, task.url, options, { answer });
  const made = await outcome(able.callTool({ name: 'make_call', arguments: args }));
  emit(event, { ...made, questions });
  await able.close();
}
