// A connection as the schema engine needs it.
//
// Prisma's own adapter for node-pg is made for queries of a client: it refuses
// PostgreSQL's type "char", of which the catalogs are full, and drops a shadow
// database while it is still connected to it.

import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import pg from "pg";

const { builtins } = pg.types;

// "char" is passed through the adapter as uuid, which the engine never asks for.
const { addFields } = pg.Result.prototype;
pg.Result.prototype.addFields = function (fields) {
  for (const field of fields) {
    if (field.dataTypeID === builtins.CHAR) field.dataTypeID = builtins.UUID;
  }
  return addFields.call(this, fields);
};

const characterForUuid = (type) => (type === ColumnTypeEnum.Uuid ? ColumnTypeEnum.Character : type);

export class SchemaAdapter extends PrismaPg {
  constructor(settings) {
    super(settings);
    this.settings = settings;
  }

  async connect() {
    const connection = await super.connect();
    const queryRaw = connection.queryRaw.bind(connection);
    connection.queryRaw = async (query) => {
      const result = await queryRaw(query);
      return { ...result, columnTypes: result.columnTypes.map(characterForUuid) };
    };
    return connection;
  }

  async connectToShadowDb() {
    const database = `shadow_${crypto.randomUUID()}`;
    const server = await this.connect();
    await server.executeScript(`CREATE DATABASE "${database}"`);
    const shadow = await new SchemaAdapter({ ...this.settings, database }).connect();
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await server.executeScript(`DROP DATABASE "${database}" WITH (FORCE)`);
      await server.dispose();
    };
    return shadow;
  }
}
