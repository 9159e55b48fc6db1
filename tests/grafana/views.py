"""What a user may look at: periods, zones and variables that the queries are expanded with."""

from __future__ import annotations

import datetime

from interpolation import View

UTC = datetime.timezone.utc


def view(since: str, until: str, timezone: str = "UTC", **variables: str) -> View:
    bounds = (datetime.datetime.fromisoformat(bound).replace(tzinfo=UTC) for bound in (since, until))
    return View(*bounds, timezone, variables)


MONTH = ("2026-01-15", "2026-02-14")
# All tenants, an inner tenant, one on its own, and one in a tree whose other tenant was never used.
VIEWS = {
    "all tenants": view(*MONTH),
    "all tenants by week in Berlin": view(
        "2026-01-01T11:07:03.25", "2026-02-14T23:59:59.999", "Europe/Berlin", bucket="week"
    ),
    "acme by events": view(*MONTH, "utc", root="1", by="events"),
    "eu by hour, own cost": view("2026-01-31", "2026-02-02", "America/New_York", root="2", bucket="hour", by="cost"),
    "globex by month, adoption": view("2025-12-20", "2026-02-10", root="7", bucket="month", by="adoption_rate"),
    # The last usage is of 24 February. That day ends here, in New York.
    "initech by quarter, growth": view(
        "2026-01-15", "2026-02-25T05:00", "America/New_York", root="8", bucket="quarter", by="growth"
    ),
    "stray by year": view("2025-12-20", "2026-02-20", root="10", bucket="year"),
}
