"""Tenants with their metrics in Peewee, over psycopg 3."""

import json
import os

from peewee import SQL, BigIntegerField, DecimalField, IntegerField, Model, TextField, fn
from playhouse.db_url import connect

database = connect(os.environ["DATABASE_URL"], unquote_password=True, prefer_psycopg3=True)


class Tenant(Model):
    id = IntegerField(primary_key=True)
    name = TextField()
    parent_id = IntegerField(null=True)

    class Meta:
        database = database
        table_name = "tenants"


class Dashboard(Model):
    """The view has more columns; declare those that you read."""

    tenant_id = BigIntegerField(primary_key=True)
    depth = IntegerField(null=True)
    subtree_events = BigIntegerField(null=True)
    cost = DecimalField()

    class Meta:
        database = database
        schema = "tenant_metrics"


# The models that Peewee may create, and that migrations compare with the database.
TABLES = [Tenant]


def metric(function):
    """Not coerced: Peewee would make the result an int, because the argument is one."""
    return getattr(fn, function)(Tenant.id, coerce=False)


def report(bound, root):
    cost = metric("tenant_subtree_cost")
    expensive = Tenant.select(Tenant.id, Tenant.name, metric("tenant_adoption_rate"), cost)
    d = fn.tenant_dashboard(root).alias("d")
    below = Tenant.select(Tenant.id, Tenant.name, SQL("d.depth"), SQL("d.subtree_cost")).from_(Tenant, d)
    roots = Dashboard.select(Dashboard.tenant_id, Dashboard.subtree_events, Dashboard.cost)
    return {
        "expensive": expensive.where(cost > bound).order_by(cost.desc()),
        "below": below.where(Tenant.id == SQL("d.tenant_id")).order_by(Tenant.name),
        "roots": roots.where(Dashboard.depth == 0).order_by(Dashboard.tenant_id),
    }


if __name__ == "__main__":
    rows = {name: list(query.tuples()) for name, query in report(bound=10, root=2).items()}
    print(json.dumps(rows, default="{:f}".format))
