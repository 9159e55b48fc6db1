import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  datasource: { url: process.env.DATABASE_URL },
  // The extension's own tables. Without this, Prisma's next migration drops them.
  experimental: { externalTables: true },
  tables: { external: ["source", "source_name", "summary", "delta", "run"].map((table) => `tenant_metrics.${table}`) },
});
