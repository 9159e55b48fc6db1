"""python manage.py report"""

import json

from django.core.management.base import BaseCommand
from tenants.models import Dashboard, Tenant


class Command(BaseCommand):
    help = "Prints what Tenant and Dashboard answer."

    def handle(self, *arguments, bound=10, root=2, **options):
        expensive = Tenant.objects.with_metrics().filter(subtree_cost__gt=bound).order_by("-subtree_cost")
        roots = Dashboard.objects.filter(depth=0).order_by("tenant_id")
        rows = {
            "expensive": list(expensive.values_list("id", "name", "adoption_rate", "subtree_cost")),
            "below": [(t.id, t.name, t.depth, t.subtree_cost) for t in Tenant.objects.below(root)],
            "roots": list(roots.values_list("tenant_id", "subtree_events", "cost")),
        }
        # A Decimal prints all its digits.
        self.stdout.write(json.dumps(rows, default="{:f}".format))
