// Tenants, what they cost and how many features they use, from TypeORM.

import dataSource from "./data-source.js";
import { Dashboard, Tenant } from "./entities.js";

const bound = 10;
const root = 2;

await dataSource.initialize();

// A scalar per row: selected, filtered by and ordered by. The server makes one
// pass over the usage for all of them.
const expensive = await dataSource
  .createQueryBuilder(Tenant, "t")
  .select("t.id", "id")
  .addSelect("t.name", "name")
  .addSelect("tenant_adoption_rate(t.id)", "adoption_rate")
  .addSelect("tenant_subtree_cost(t.id)", "subtree_cost")
  .where("tenant_subtree_cost(t.id) > :bound", { bound })
  .orderBy("tenant_subtree_cost(t.id)", "DESC")
  .getRawMany();

// The dashboard of one tenant and all below it, joined to the tenants.
const below = await dataSource
  .createQueryBuilder(Tenant, "t")
  .innerJoin("(SELECT * FROM tenant_dashboard(:root))", "d", "d.tenant_id = t.id", { root })
  .select(["t.id AS id", "t.name AS name", "d.depth AS depth", "d.subtree_cost AS subtree_cost"])
  .orderBy("t.name")
  .getRawMany();

// The view, as an entity.
const roots = await dataSource.getRepository(Dashboard).find({ where: { depth: 0 }, order: { tenantId: "ASC" } });

await dataSource.destroy();

const values = (rows) => rows.map((row) => Object.values(row));
console.log(
  JSON.stringify({
    expensive: values(expensive),
    below: values(below),
    roots: roots.map(({ tenantId, subtreeEvents, cost }) => [tenantId, subtreeEvents, cost]),
  }),
);
