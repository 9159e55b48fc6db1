// Runs the migrations that have not run yet.

import fs from "node:fs/promises";
import path from "node:path";
import { FileMigrationProvider, Migrator } from "kysely";
import { db } from "./database.js";

const migrationFolder = path.join(import.meta.dirname, "migrations");
const migrator = new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder }) });

const { error } = await migrator.migrateToLatest();
await db.destroy();
if (error) throw error;
