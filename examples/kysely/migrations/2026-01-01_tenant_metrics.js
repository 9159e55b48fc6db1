import { sql } from "kysely";

export const up = (db) => sql`CREATE EXTENSION IF NOT EXISTS tenant_metrics`.execute(db);

export const down = (db) => sql`DROP EXTENSION IF EXISTS tenant_metrics`.execute(db);
