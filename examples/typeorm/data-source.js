import { DataSource } from "typeorm";
import { Dashboard, Tenant } from "./entities.js";

export default new DataSource({
  type: "postgres",
  url: process.env.DATABASE_URL,
  entities: [Tenant, Dashboard],
  migrations: [`${import.meta.dirname}/migrations/*.js`],
  // TypeORM gives bigint as a string. Ids and counts of events are below 2^53;
  // costs are numeric, which stays a string.
  parseInt8: true,
});
