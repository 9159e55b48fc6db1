// Tenants, what they cost and how many features they use, from Knex.

import knex from "knex";
import config from "./knexfile.js";

const db = knex(config);
const bound = 10;
const root = 2;

// A scalar per row: selected, filtered by and ordered by. The server makes one
// pass over the usage for all of them.
const expensive = await db("tenants")
  .select("id", "name")
  .select(db.raw("tenant_adoption_rate(id) AS adoption_rate"))
  .select(db.raw("tenant_subtree_cost(id) AS subtree_cost"))
  .where(db.raw("tenant_subtree_cost(id)"), ">", bound)
  .orderByRaw("tenant_subtree_cost(id) DESC");

// The dashboard of one tenant and all below it, joined to the tenants.
const below = await db("tenants AS t")
  .joinRaw("JOIN tenant_dashboard(?) AS d ON d.tenant_id = t.id", root)
  .select("t.id", "t.name", "d.depth", "d.subtree_cost")
  .orderBy("t.name");

// The view, like any table.
const roots = await db("dashboard")
  .withSchema("tenant_metrics")
  .select("tenant_id", "subtree_events", "cost")
  .where({ depth: 0 })
  .orderBy("tenant_id");

await db.destroy();

const values = (rows) => rows.map((row) => Object.values(row));
console.log(JSON.stringify({ expensive: values(expensive), below: values(below), roots: values(roots) }));
