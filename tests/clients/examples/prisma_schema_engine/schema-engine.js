#!/usr/bin/env node
// Prisma's schema engine for PRISMA_SCHEMA_ENGINE_BINARY, from npm.
//
// Prisma's command line starts the engine as a program, which it downloads from
// a host of its own, and speaks JSON-RPC with it. This is the same engine, of
// the same commit, as WebAssembly.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as binding from "@prisma/schema-engine-wasm/schema_engine_bg";
import { SchemaAdapter } from "./adapter.js";

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { datamodels: { type: "string", multiple: true }, datasource: { type: "string" } },
});
// `cli can-connect-to-database`: the command that follows tells.
if (positionals[0] === "cli") process.exit(0);

// The engine reports a panic here before it stops.
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => console.error(message) };
const script = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
const module = new WebAssembly.Module(readFileSync(script.replace(/\.js$/, ".wasm")));
const { exports } = new WebAssembly.Instance(module, { "./schema_engine_bg.js": binding });
binding.__wbg_set_wasm(exports);
exports.__wbindgen_start();

const { hostname, port, username, password, pathname } = new URL(JSON.parse(values.datasource).url);
const adapter = new SchemaAdapter({ host: hostname, port, user: username, password, database: pathname.slice(1) });
const engine = await binding.SchemaEngine.new(
  { datamodels: values.datamodels?.map((path) => [path, readFileSync(path, "utf8")]) },
  (log) => console.error(log),
  bindMigrationAwareSqlAdapterFactory(adapter),
);

function send(message) {
  console.log(JSON.stringify({ jsonrpc: "2.0", ...message }));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  // What has no method is the answer to a `print`.
  if (!method) continue;
  try {
    const result = (await engine[method](params ?? {})) ?? null;
    if (result?.stdout) send({ id: 0, method: "print", params: { content: result.stdout } });
    send({ id, result });
  } catch ({ message }) {
    send({ id, error: { code: 4466, message, data: { is_panic: false, message, meta: null } } });
  }
}
process.exit(0);
