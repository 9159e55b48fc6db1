"""Creates the extension, and tells Django of the view, which it does not manage."""

from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [
        CreateExtension("tenant_metrics"),
        migrations.CreateModel(
            name="Dashboard",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        "tenants.tenant",
                        models.DO_NOTHING,
                        primary_key=True,
                        related_name="dashboard",
                        serialize=False,
                    ),
                ),
                ("depth", models.IntegerField(null=True)),
                ("subtree_events", models.BigIntegerField(null=True)),
                ("cost", models.DecimalField(decimal_places=500, max_digits=1000)),
            ],
            options={"db_table": '"tenant_metrics"."dashboard"', "managed": False},
        ),
    ]
