// Tenants, what they cost and how many features they use, from Kysely.

import { sql } from "kysely";
import { db } from "./database.js";

const bound = 10;
const root = 2;

// A scalar per row: selected, filtered by and ordered by. The server makes one
// pass over the usage for all of them.
const subtreeCost = db.fn("tenant_subtree_cost", ["id"]);
const expensive = await db
  .selectFrom("tenants")
  .select(["id", "name", db.fn("tenant_adoption_rate", ["id"]).as("adoption_rate"), subtreeCost.as("subtree_cost")])
  .where(subtreeCost, ">", bound)
  .orderBy(subtreeCost, "desc")
  .execute();

// The dashboard of one tenant and all below it, joined to the tenants.
const below = await db
  .selectFrom("tenants as t")
  .innerJoin(sql`tenant_dashboard(${root})`.as("d"), "d.tenant_id", "t.id")
  .select(["t.id", "t.name", "d.depth", "d.subtree_cost"])
  .orderBy("t.name")
  .execute();

// The view, like any table.
const roots = await db
  .withSchema("tenant_metrics")
  .selectFrom("dashboard")
  .select(["tenant_id", "subtree_events", "cost"])
  .where("depth", "=", 0)
  .orderBy("tenant_id")
  .execute();

await db.destroy();

const values = (rows) => rows.map((row) => Object.values(row));
console.log(JSON.stringify({ expensive: values(expensive), below: values(below), roots: values(roots) }));
