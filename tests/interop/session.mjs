// The main job as a client sees it: list, read, place a call, wait for its end, make mistakes.
// Usage: node session.mjs KIND TASK, where TASK is JSON: {command, args, examples, final}.
// examples: valid arguments of each tool. final: the states of a call that has ended.
import { setTimeout as pause } from 'node:timers/promises';
import { AjvJsonSchemaValidator as ValidatorV2 } from '@modelcontextprotocol/client/validators/ajv';
import { AjvJsonSchemaValidator as ValidatorV1 } from '@modelcontextprotocol/sdk/validation/ajv';
import { connect, emit, outcome } from './client.mjs';

const POLL_MS = 1000;
const POLL_LIMIT_MS = 120_000;

const [kind, task] = [process.argv[2], JSON.parse(process.argv[3])];
const { client, close } = await connect(kind, task.command, task.args);
const call = (name, args = {}) => client.callTool({ name, arguments: args });

emit('connected', {
  server: client.getServerVersion(),
  capabilities: client.getServerCapabilities(),
  instructions: client.getInstructions() ?? '',
  protocol: client.getNegotiatedProtocolVersion?.() ?? null,
});

const { tools, nextCursor } = await client.listTools();
emit('listed', { names: tools.map((tool) => tool.name), nextCursor: nextCursor ?? null });

const validator = new (kind === 'v1' ? ValidatorV1 : ValidatorV2)();
const judge = ({ name, inputSchema }) => {
  try {
    return validator.getValidator(inputSchema)(task.examples[name]);
  } catch (error) {
    return { valid: false, errorMessage: error.message }; // a schema that does not compile
  }
};
for (const tool of tools) {
  const { valid, errorMessage } = judge(tool);
  emit('tool', { tool, valid, problem: errorMessage ?? '' });
}

emit('read', await outcome(call('get_me')));

const assistants = await call('get_outbound_assistants');
const assistant_id = assistants.structuredContent.items[0].id;
const placed = await outcome(call('make_call', { phone_number: '+4915112345678', assistant_id }));
emit('placed', placed);

const { call_id, status: begin } = placed.result.structuredContent;
const states = [begin];
for (const start = performance.now(); performance.now() - start < POLL_LIMIT_MS; ) {
  const { result } = await outcome(call('get_call', { call_id }));
  const { status } = result.structuredContent;
  if (states.at(-1) !== status) states.push(status);
  if (task.final.includes(status)) {
    emit('ended', { states, result });
    break;
  }
  await pause(POLL_MS);
}

emit('refused', await outcome(call('make_call', { phone_number: '0151 2345678', assistant_id })));
emit('missing', await outcome(call('get_call', { call_id: 999_999_999 })));
emit('unknown', await outcome(call('make_coffee')));
await close();
