import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  datasource: { url: process.env.DATABASE_URL },
  // The extension's own tables. Without this, Prisma's next migration drops them.
  experimental: { externalTables: true },
  tables: { external: ["tenant_metrics.source", "tenant_metrics.source_name"] },
});
