"""Creates the extension."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE EXTENSION IF NOT EXISTS tenant_metrics")


def downgrade():
    op.execute("DROP EXTENSION tenant_metrics")
