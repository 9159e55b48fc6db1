"""What the model's two names stand for, and the conditions of their views and policies.

A name stands for a table, a partitioned table, a view or a materialized view. Conditions read
settings, users, other tables, functions, and in unsteady rounds also the clock, a sequence and
volatile functions: what these say changes between two statements that see the same rows, so
unsteady rounds compare readers with plain SQL within one statement only.
"""

from __future__ import annotations

import random

INVOKER_VIEWS = 15

EVENT_COLUMNS = ["id", "tenant_id", "feature_name", "inference_cost", "created_at", "region", "tokens"]
TENANT_COLUMNS = ["id", "name", "parent_id", "region"]

REGION = "region = current_setting('app.region', true) OR current_setting('app.region', true) = 'all'"

# Conditions on a row of either table; {tenant} is the column that has the tenant's id.
STEADY = [
    REGION,
    "region <> 'west'",
    "{tenant} % 3 <> length(current_setting('app.region', true))",
    "{tenant} IN (SELECT granted FROM {schema}.grants WHERE starts_with(current_user::text, who))",
    "EXISTS (SELECT FROM {schema}.grants WHERE granted = {tenant} AND place = current_setting('app.region', true))",
    "harness.chosen(region)",
    "harness.allowed(region)",
    "harness.allowed_within(region)",
    "pg_has_role('staff_{seed}', 'member') OR region = 'east'",
    "current_user LIKE 'clerk%' OR session_user LIKE 'clerk%'",
]
UNSTEADY = [
    "extract(microseconds FROM statement_timestamp())::bigint / 100 % 2 = {tenant} % 2",
    "harness.due({tenant})",
    "(SELECT last_value FROM {schema}.turns) % 3 <> {tenant} % 3",
    "harness.changing(region)",
]
ON_EVENTS = ["inference_cost >= 0", "tenant_id IN (SELECT id FROM {schema}.tenants)"]

# The usage table as one of the kinds of relation that readers treat differently. Whatever it is,
# `events` is a name of the same rows that takes writes.
ALL_COLUMNS = """
    id bigserial,
    tenant_id {id_type} NOT NULL,
    feature_name text,
    inference_cost float8,
    created_at timestamp,
    region text DEFAULT 'east',
    payload jsonb,
    tokens bigint GENERATED ALWAYS AS (tenant_id * 1000 + nullif(length(feature_name), 10)) STORED
"""
WRITABLE = "CREATE VIEW {schema}.{name} AS SELECT * FROM {schema}.{table};"
USAGE = {
    "plain": f"CREATE TABLE {{schema}}.ai_feature_usage ({ALL_COLUMNS});",
    "partitioned": f"CREATE TABLE {{schema}}.ai_feature_usage ({ALL_COLUMNS}) {{clause}};\n{{parts}}",
    "view": f"CREATE TABLE {{schema}}.events ({ALL_COLUMNS});",
    "materialized": f"CREATE TABLE {{schema}}.events ({ALL_COLUMNS});",
}

# Views of events that are more than a condition.
UNION = (
    "SELECT {columns} FROM {schema}.events WHERE id % 2 = 0"
    " UNION ALL SELECT {columns} FROM {schema}.events WHERE id % 2 <> 0 AND ({condition})"
)
JOIN = (
    "SELECT {columns} FROM {schema}.events JOIN (SELECT id AS owner FROM {schema}.accounts) AS a ON a.owner = tenant_id"
)
NESTED = "SELECT {columns} FROM {schema}.recent WHERE {condition}"
SAMPLE = "SELECT {columns} FROM {schema}.events TABLESAMPLE BERNOULLI (60) REPEATABLE (7)"
CONDITION = "SELECT {columns} FROM {schema}.events WHERE {condition}"
# Fails for rows whose payload names no number; it stands in no view that readers may not look
# through, because plain SQL would then evaluate it for other tenants' rows too.
FAILING = "SELECT {columns} FROM {schema}.events"
FAILING_COST = "coalesce((payload ->> 'cost')::float8, inference_cost) AS inference_cost"
# The same of tenants; every tenant is in one part.
TENANTS = "SELECT {columns} FROM {schema}.accounts WHERE {condition}"
TENANTS_UNION = (
    "SELECT {columns} FROM {schema}.accounts WHERE id % 3 = 0"
    " UNION ALL SELECT {columns} FROM {schema}.accounts WHERE id % 3 = 1"
    " UNION ALL SELECT {columns} FROM {schema}.accounts WHERE id % 3 = 2 AND ({condition})"
)


class Sources:
    """Random views and policies of a round."""

    def __init__(self, rng: random.Random, unsteady: bool, major: int):
        self.rng = rng
        self.unsteady = unsteady
        self.major = major

    def condition(self, schema: str, of_events: bool) -> str:
        """The condition of a policy or a view."""
        choices = STEADY + (ON_EVENTS if of_events else [])
        if self.unsteady and self.rng.random() < 0.6:
            choices = UNSTEADY
        condition = self.rng.choice(choices)
        return condition.replace("{tenant}", "tenant_id" if of_events else "id").replace("{schema}", schema)

    def options(self) -> str:
        names = ["", "", "security_barrier"]
        if self.major >= INVOKER_VIEWS:
            names += ["security_invoker", "security_invoker, security_barrier"]
        chosen = self.rng.choice(names)
        return chosen and f" WITH ({chosen})"

    def view_of_events(self, schema: str) -> str:
        """Makes ai_feature_usage, or replaces it."""
        options, columns = self.options(), EVENT_COLUMNS
        form = self.rng.choice([CONDITION] * 4 + [UNION, JOIN, NESTED, SAMPLE])
        if not self.unsteady and self.rng.random() < 0.2:
            form, options = FAILING, ""
            columns = [FAILING_COST if column == "inference_cost" else column for column in EVENT_COLUMNS]
        query = form.replace("{columns}", ", ".join(columns))
        query = query.replace("{condition}", self.condition(schema, True))
        return f"CREATE OR REPLACE VIEW {schema}.ai_feature_usage{options} AS {query.replace('{schema}', schema)}"

    def view_of_tenants(self, schema: str) -> str:
        """Makes tenants, or replaces it."""
        query = self.rng.choice([TENANTS, TENANTS_UNION]).replace("{columns}", ", ".join(TENANT_COLUMNS))
        query = query.replace("{condition}", self.condition(schema, False)).replace("{schema}", schema)
        return f"CREATE OR REPLACE VIEW {schema}.tenants{self.options()} AS {query}"

    def made(self, schema: str, usage: str, tenants: str) -> str:
        """The statements that make both relations where they are no tables, and their writable names."""
        statements = []
        if tenants == "view":
            statements.append(self.view_of_tenants(schema))
        else:
            statements.append(WRITABLE.replace("{name}", "accounts").replace("{table}", "tenants").rstrip(";"))
        if usage in ("view", "materialized"):
            recent = f"CREATE VIEW {schema}.recent{self.options()} AS"
            statements.append(f"{recent} SELECT {', '.join(EVENT_COLUMNS)} FROM {schema}.events WHERE region <> 'all'")
        if usage == "view":
            statements.append(self.view_of_events(schema))
        elif usage == "materialized":
            source = self.rng.choice(["events", "recent"])
            statements.append(
                f"CREATE MATERIALIZED VIEW {schema}.ai_feature_usage AS"
                f" SELECT {', '.join(EVENT_COLUMNS)} FROM {schema}.{source}"
            )
            statements.append(f"CREATE UNIQUE INDEX ON {schema}.ai_feature_usage (id)")
        else:
            statements.append(WRITABLE.replace("{name}", "events").replace("{table}", "ai_feature_usage").rstrip(";"))
        return ";\n".join(statements) + ";\n"
