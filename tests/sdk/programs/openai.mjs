// OpenAI's JavaScript package in the generation that the first argument names (openai4, openai6,
// openai7), as its users call it. A line of JSON in for each call, a line of JSON out.

import { createInterface } from "node:readline";

const name = process.argv[2];
const { default: OpenAI } = await import(`../js/node_modules/${name}/index.mjs`);

// The package's waiting between tries is noted and not done. Its timer that ends a slow call is far
// longer, unless the test sets it: then every timer runs. Node's own timers always run.
const WAIT_MS_MAX = 120_000;
const reallySetTimeout = globalThis.setTimeout;
let waits = [];
let everyTimerRuns = false;
globalThis.setTimeout = (action, ms, ...rest) => {
  const ofThePackage = new Error().stack.includes(`/node_modules/${name}/`);
  if (everyTimerRuns || !ofThePackage || ms > WAIT_MS_MAX) {
    return reallySetTimeout(action, ms, ...rest);
  }
  waits.push(ms);
  return reallySetTimeout(action, 0, ...rest);
};

function vector(found) {
  if (typeof found === "string") return { text: found };
  return { float64: Buffer.from(Float64Array.from(found).buffer).toString("hex") };
}

function kinds(error) {
  const names = [];
  for (let kind = error.constructor; kind?.name; kind = Object.getPrototypeOf(kind)) {
    names.push(kind.name);
  }
  return names;
}

function failure(error) {
  const headers = error.headers ?? {};
  return {
    kinds: kinds(error),
    status: error.status ?? null,
    code: error.code ?? null,
    param: error.param ?? null,
    message: error.message,
    request_id: error.requestID ?? error.request_id ?? null,
    body: error.error ?? null,
    headers: Object.fromEntries(headers.entries?.() ?? Object.entries(headers)),
  };
}

async function answer({ client, method, fields, options }) {
  everyTimerRuns = "timeout" in client;
  waits = [];
  try {
    const openai = new OpenAI(client);
    if (method === "models") return { models: (await openai.models.list()).data.map((one) => one.id) };
    const { data, response } = await openai.embeddings.create(fields, options).withResponse();
    return {
      vectors: data.data.map((item) => vector(item.embedding)),
      indexes: data.data.map((item) => item.index),
      model: data.model,
      usage: data.usage,
      request_id: data._request_id,
      headers: Object.fromEntries(response.headers.entries()),
    };
  } catch (error) {
    return { error: failure(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line));
  process.stdout.write(JSON.stringify({ ...said, waits_s: waits.map((ms) => ms / 1000) }) + "\n");
}
