// Tenants, what they cost and how many features they use, from Drizzle.

import { asc, desc, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { dashboard, tenants } from "./schema.js";

const db = drizzle(process.env.DATABASE_URL);
const bound = 10;
const root = 2;

// A scalar per row: selected, filtered by and ordered by. The server makes one
// pass over the usage for all of them.
const { id, name } = tenants;
const subtreeCost = sql`tenant_subtree_cost(${id})`;
const expensive = await db
  .select({ id, name, adoptionRate: sql`tenant_adoption_rate(${id})`, subtreeCost })
  .from(tenants)
  .where(gt(subtreeCost, bound))
  .orderBy(desc(subtreeCost));

// The dashboard of one tenant and all below it, joined to the tenants.
const below = await db
  .select({ id, name, depth: sql`d.depth`, subtreeCost: sql`d.subtree_cost` })
  .from(tenants)
  .innerJoin(sql`tenant_dashboard(${root}) AS d`, sql`d.tenant_id = ${id}`)
  .orderBy(asc(name));

// The view, as a read-only table.
const roots = await db
  .select({ tenantId: dashboard.tenantId, subtreeEvents: dashboard.subtreeEvents, cost: dashboard.cost })
  .from(dashboard)
  .where(eq(dashboard.depth, 0))
  .orderBy(asc(dashboard.tenantId));

await db.$client.end();

const values = (rows) => rows.map((row) => Object.values(row));
console.log(JSON.stringify({ expensive: values(expensive), below: values(below), roots: values(roots) }));
