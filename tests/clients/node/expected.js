// What the files in expected/ promise, in the types that node-pg sends and returns.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

const folder = process.env.EXPECTED ?? fileURLToPath(new URL("../expected", import.meta.url));
const expected = readExpected();

// All files of the folder as one: each has some of the readers and their calls.
function readExpected() {
  const whole = { argument_types: {}, readers: {}, examples: {}, calls: [] };
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".json")).sort()) {
    const part = JSON.parse(fs.readFileSync(path.join(folder, file), "utf8"));
    whole.calls.push(...part.calls);
    for (const key of ["argument_types", "readers", "examples"]) Object.assign(whole[key], part[key]);
  }
  return whole;
}

const parseInterval = pg.types.getTypeParser(pg.types.builtins.INTERVAL);

// node-pg returns bigint and numeric as strings, which lose no digit. A timestamp
// and a date become a Date in the time zone of the process, as JavaScript reads a
// time that names no zone. An interval is an object of a class of its own, which
// has no member for a unit that is 0.
const received = {
  bigint: String,
  int4: Number,
  float8: Number,
  numeric: String,
  text: String,
  uuid: String,
  bool: Boolean,
  timestamptz: (time) => new Date(time),
  timestamp: (time) => new Date(time),
  date: (day) => new Date(`${day}T00:00:00`),
  interval: (members) => Object.assign(parseInterval(""), members),
  jsonb: (document) => document,
};

// It sends numbers as they are; a text is a text, a time is a Date.
const sent = { ...received, bigint: Number };

function convert(types, sqlType, value) {
  if (value === null) return null;
  if (sqlType.endsWith("[]")) {
    return value.map((element) => convert(types, sqlType.slice(0, -2), element));
  }
  return types[sqlType](value);
}

function withId(sqlType, id) {
  return sqlType === "id" || sqlType === "id[]" ? sqlType.replace("id", id) : sqlType;
}

function rowsOf(columns, rows) {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, sqlType], i) => [
        name,
        convert(received, sqlType, row[i]),
      ]),
    ),
  );
}

// The rows that every client gets from the example of that name.
export function example(name) {
  const { columns, rows } = expected.examples[name];
  return rowsOf(columns, rows);
}

// One call of a reader: its statement, its bound arguments and its rows.
function readCall({ function: name, reader, id, arguments: given, value, rows }) {
  const { returns, columns } = expected.readers[reader];
  const names = Object.keys(given);
  const placeholders = names.map((argument, i) => `${argument} => $${i + 1}`);
  const types = Object.fromEntries(
    Object.entries(columns ?? { [name]: returns }).map(([column, sqlType]) => [
      column,
      withId(sqlType, id),
    ]),
  );
  return {
    text: `SELECT * FROM ${name}(${placeholders.join(", ")})`,
    values: names.map((argument) =>
      convert(sent, withId(expected.argument_types[argument], id), given[argument]),
    ),
    rows: rowsOf(types, columns ? rows : [[value]]),
  };
}

export const calls = expected.calls.map(readCall);
