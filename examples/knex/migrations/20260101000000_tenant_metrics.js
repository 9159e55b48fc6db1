export const up = (knex) => knex.raw("CREATE EXTENSION IF NOT EXISTS tenant_metrics");

export const down = (knex) => knex.raw("DROP EXTENSION IF EXISTS tenant_metrics");
