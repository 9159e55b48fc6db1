"""Tenants with their metrics in Django."""

from django.db import models


class Metric(models.Func):
    """A function of the tenant's id: Metric("tenant_subtree_cost", models.DecimalField())."""

    def __init__(self, function, output_field):
        super().__init__("id", function=function, output_field=output_field)


class TenantQuerySet(models.QuerySet):
    def with_metrics(self):
        return self.annotate(
            adoption_rate=Metric("tenant_adoption_rate", models.FloatField()),
            subtree_cost=Metric("tenant_subtree_cost", models.DecimalField()),
        )

    def below(self, root):
        return self.raw(
            "SELECT t.*, d.depth, d.subtree_cost FROM tenant_dashboard(%s) d JOIN tenants t ON t.id = d.tenant_id "
            "ORDER BY t.name",
            [root],
        )


class Tenant(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.TextField()
    parent = models.ForeignKey("self", models.DO_NOTHING, null=True, db_constraint=False)
    objects = TenantQuerySet.as_manager()

    class Meta:
        db_table = "tenants"


class Dashboard(models.Model):
    """The view: Django reads it, and writes no migration for it."""

    tenant = models.OneToOneField(Tenant, models.DO_NOTHING, primary_key=True, related_name="dashboard")
    depth = models.IntegerField(null=True)
    subtree_events = models.BigIntegerField(null=True)
    # Only what Django's checks demand: nothing is rounded in reading.
    cost = models.DecimalField(max_digits=1000, decimal_places=500)

    class Meta:
        managed = False
        # Django quotes a name unless it is quoted, and knows no schemas.
        db_table = '"tenant_metrics"."dashboard"'
