import { bigint, bigserial, foreignKey, integer } from "drizzle-orm/pg-core";
import { numeric, pgSchema, pgTable, text, timestamp } from "drizzle-orm/pg-core";

export const tenants = pgTable("tenants", {
  id: integer().primaryKey(),
  name: text().notNull(),
  parentId: integer("parent_id"),
});

export const usage = pgTable(
  "ai_feature_usage",
  {
    id: bigserial({ mode: "bigint" }).primaryKey(),
    tenantId: integer("tenant_id").notNull(),
    featureName: text("feature_name").notNull(),
    inferenceCost: numeric("inference_cost").default("0.0"),
    createdAt: timestamp("created_at").defaultNow(),
  },
  // The name is PostgreSQL's own; drizzle-kit would give the constraint another.
  ({ tenantId }) => [
    foreignKey({ name: "ai_feature_usage_tenant_id_fkey", columns: [tenantId], foreignColumns: [tenants.id] }),
  ],
);

// The extension's view: existing() says that drizzle-kit neither makes nor drops it.
// Ids and counts of events are below 2^53; costs are numeric, which is a string.
export const dashboard = pgSchema("tenant_metrics")
  .view("dashboard", {
    tenantId: bigint("tenant_id", { mode: "number" }),
    depth: integer(),
    subtreeEvents: bigint("subtree_events", { mode: "number" }),
    cost: numeric(),
  })
  .existing();
