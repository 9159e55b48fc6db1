"""The application's own table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Tenant",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                (
                    "parent",
                    models.ForeignKey("tenants.tenant", models.DO_NOTHING, db_constraint=False, null=True),
                ),
            ],
            options={"db_table": "tenants"},
        ),
    ]
