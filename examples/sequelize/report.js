// Tenants, what they cost and how many features they use, from Sequelize.

import { Op, QueryTypes, col, fn, where } from "sequelize";
import { Dashboard, Tenant, sequelize } from "./models.js";

const bound = 10;
const root = 2;

// A scalar per row: selected, filtered by and ordered by. The server makes one
// pass over the usage for all of them.
const subtreeCost = fn("tenant_subtree_cost", col("id"));
const expensive = await Tenant.findAll({
  attributes: ["id", "name", [fn("tenant_adoption_rate", col("id")), "adoption_rate"], [subtreeCost, "subtree_cost"]],
  where: where(subtreeCost, Op.gt, bound),
  order: [[subtreeCost, "DESC"]],
  raw: true,
});

// The dashboard of one tenant and all below it, joined to the tenants.
const below = await sequelize.query(
  `SELECT t.id, t.name, d.depth, d.subtree_cost
   FROM tenants AS t JOIN tenant_dashboard($root) AS d ON d.tenant_id = t.id
   ORDER BY t.name`,
  { bind: { root }, type: QueryTypes.SELECT },
);

// The view, as a model. Sequelize gives bigint as a string; these are below 2^53.
const roots = await Dashboard.findAll({ where: { depth: 0 }, order: ["tenant_id"] });

await sequelize.close();

const values = (rows) => rows.map((row) => Object.values(row));
console.log(
  JSON.stringify({
    expensive: values(expensive),
    below: values(below),
    roots: roots.map(({ tenant_id, subtree_events, cost }) => [Number(tenant_id), Number(subtree_events), cost]),
  }),
);
