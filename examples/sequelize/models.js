import { DataTypes, Model, Sequelize } from "sequelize";

export const sequelize = new Sequelize(process.env.DATABASE_URL, { logging: false, define: { timestamps: false } });

export class Tenant extends Model {}

Tenant.init(
  {
    id: { type: DataTypes.INTEGER, primaryKey: true },
    name: { type: DataTypes.TEXT, allowNull: false },
    parent_id: DataTypes.INTEGER,
  },
  { sequelize, tableName: "tenants" },
);

// Sequelize knows no views. Without these two, sequelize.sync() takes this one
// for a table that it may create, alter and drop.
export class Dashboard extends Model {
  static async sync() {}
  static async drop() {}
}

Dashboard.init(
  {
    tenant_id: { type: DataTypes.BIGINT, primaryKey: true },
    depth: DataTypes.INTEGER,
    subtree_events: DataTypes.BIGINT,
    cost: DataTypes.DECIMAL,
  },
  { sequelize, schema: "tenant_metrics", tableName: "dashboard" },
);
