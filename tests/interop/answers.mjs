// Many calls at once; the client checks each answer against the tool's output schema.
// Usage: node answers.mjs KIND TASK, where TASK is JSON: {command, args, env, calls}.
// calls: arguments by tool.
import { connect, emit, outcome } from './client.mjs';

const [kind, task] = [process.argv[2], JSON.parse(process.argv[3])];
const { client, close } = await connect(kind, task.command, task.args, task.env);
await client.listTools(); // a client knows output schemas only once it has listed the tools
await Promise.all(
  Object.entries(task.calls).map(async ([name, args]) => {
    emit('answer', { name, ...(await outcome(client.callTool({ name, arguments: args }))) });
  }),
);
await close();
