// Letters beyond ASCII go to the API and come back, whatever the machine's own encoding is.
// Usage: node words.mjs KIND TASK, where TASK is JSON: {command, args, env, name}.
import { connect, emit, outcome } from './client.mjs';

const [kind, task] = [process.argv[2], JSON.parse(process.argv[3])];
const { client, close } = await connect(kind, task.command, task.args, task.env);
const create = { name: 'create_folder', arguments: { name: task.name } };
emit('created', await outcome(client.callTool(create)));
emit('listed', await outcome(client.callTool({ name: 'list_folders', arguments: {} })));
await close();
