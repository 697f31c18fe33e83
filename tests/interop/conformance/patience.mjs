// Loaded before the suite, which gives some answers no more than half a second: a busy machine needs longer.
const timer = globalThis.setTimeout;
globalThis.setTimeout = (act, delay, ...given) => timer(act, delay < 500 ? delay : 100 * delay, ...given);
