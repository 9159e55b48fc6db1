import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";

// node-pg gives bigint as a string. Ids and counts of events are below 2^53;
// costs are numeric, which stays a string.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

export const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
