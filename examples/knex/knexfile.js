import pg from "pg";

// node-pg gives bigint as a string. Ids and counts of events are below 2^53;
// costs are numeric, which stays a string.
const { builtins, setTypeParser } = pg.types;
setTypeParser(builtins.INT8, Number);

export default {
  client: "pg",
  connection: process.env.DATABASE_URL,
};
