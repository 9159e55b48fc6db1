import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  datasource: { url: process.env.DATABASE_URL },
  // The extension's own table. Without this, Prisma's next migration drops it.
  experimental: { externalTables: true },
  tables: { external: ["tenant_metrics.source"] },
});
