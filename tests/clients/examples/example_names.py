"""The examples for clients, in the order of docs/clients.md."""

from __future__ import annotations

EXAMPLES = [
    "sqlalchemy",
    "sqlalchemy_asyncpg",
    "sqlmodel",
    "django",
    "peewee",
    "prisma",
    "drizzle",
    "kysely",
    "knex",
    "sequelize",
    "typeorm",
    "diesel",
    "sqlx",
    "seaorm",
    "tokio-postgres",
    "activerecord",
    "jpa",
]
