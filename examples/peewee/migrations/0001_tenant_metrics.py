"""Creates the extension."""


def up(migrator, database):
    database.execute_sql("CREATE EXTENSION IF NOT EXISTS tenant_metrics")


def down(migrator, database):
    database.execute_sql("DROP EXTENSION tenant_metrics")
