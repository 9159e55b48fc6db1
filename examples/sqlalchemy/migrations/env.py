"""Runs the migrations, and keeps autogenerate away from what belongs to the extension."""

from alembic import context
from models import Base
from report import URL
from sqlalchemy import create_engine


def include_object(item, name, type_, reflected, compare_to):
    """Neither the mapped view, which it would create as a table, nor the extension's own table, which it would drop."""
    return not (type_ == "table" and item.schema == "tenant_metrics")


with create_engine(URL).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_object=include_object,
    )
    with context.begin_transaction():
        context.run_migrations()
