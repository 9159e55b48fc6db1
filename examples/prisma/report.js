// Tenants, what they cost and how many features they use, from Prisma.

import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/index.js";

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
const bound = 10;
const root = 2;

// Prisma's query API calls no functions, so a scalar per row is SQL: selected,
// filtered by and ordered by. The values in it are bound parameters.
const expensive = await prisma.$queryRaw`
  SELECT id, name, tenant_adoption_rate(id) AS adoption_rate, tenant_subtree_cost(id) AS subtree_cost
  FROM tenants
  WHERE tenant_subtree_cost(id) > ${bound}
  ORDER BY tenant_subtree_cost(id) DESC`;

// The dashboard of one tenant and all below it, joined to the tenants.
const below = await prisma.$queryRaw`
  SELECT t.id, t.name, d.depth, d.subtree_cost
  FROM tenants AS t JOIN tenant_dashboard(${root}) AS d ON d.tenant_id = t.id
  ORDER BY t.name`;

// The view, as a model.
const roots = await prisma.dashboard.findMany({
  select: { tenantId: true, subtreeEvents: true, cost: true },
  where: { depth: 0 },
  orderBy: { tenantId: "asc" },
});

await prisma.$disconnect();

// numeric is a Decimal, of which only toFixed() has all digits without an
// exponent; bigint is a BigInt, which JSON does not know.
function plain(value) {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "object" ? value.toFixed() : value;
}

const values = (rows) => rows.map((row) => Object.values(row).map(plain));
console.log(JSON.stringify({ expensive: values(expensive), below: values(below), roots: values(roots) }));
