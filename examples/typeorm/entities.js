import { EntitySchema } from "typeorm";

export const Tenant = new EntitySchema({
  name: "Tenant",
  tableName: "tenants",
  columns: {
    id: { type: "int", primary: true },
    name: { type: "text" },
    parentId: { type: "int", name: "parent_id", nullable: true },
  },
});

// The view is the extension's: without `synchronize: false`, TypeORM's schema
// commands try to create it.
export const Dashboard = new EntitySchema({
  name: "Dashboard",
  type: "view",
  schema: "tenant_metrics",
  tableName: "dashboard",
  synchronize: false,
  columns: {
    tenantId: { type: "bigint", name: "tenant_id", primary: true },
    depth: { type: "int" },
    subtreeEvents: { type: "bigint", name: "subtree_events" },
    cost: { type: "numeric" },
  },
});
