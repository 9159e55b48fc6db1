"""The tenants of which nobody can say where they are, or what is below them, as an id has several rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

RANKED = "(SELECT tenant_id, row_number() OVER (ORDER BY tenant_id) AS rank FROM {0})"
FOUND = f"""
SELECT r.tenant_id::text, above.rank, r.duplicate_above::text, below.rank, r.duplicate_below::text
FROM {{0}} AS r
LEFT JOIN {RANKED} AS above ON above.tenant_id = r.duplicate_above
LEFT JOIN {RANKED} AS below ON below.tenant_id = r.duplicate_below
"""


@dataclass
class Doubts:
    """For each tenant that has an id with several rows above it, or below: that id's rank and itself."""

    above: dict[str, tuple[int, str]] = field(default_factory=dict)
    below: dict[str, tuple[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: psycopg.Connection, truth: sql.Composable) -> Doubts:
        found = connection.execute(sql.SQL(FOUND).format(truth)).fetchall()
        return cls(
            {tenant: (rank, above) for tenant, rank, above, *_ in found if above is not None},
            {tenant: (rank, below) for tenant, _, _, rank, below in found if below is not None},
        )

    def about(self, asked: list[str | None], tops: list[str | None] | None = None) -> str | None:
        """The id for which an answer about these tenants is refused.

        It depends on what is below the `tops` too, which are all of them where they are missing.
        """
        tops = asked if tops is None else tops
        found = [self.above[tenant] for tenant in asked if tenant in self.above]
        found = found or [self.below[tenant] for tenant in tops if tenant in self.below]
        return min(found)[1] if found else None

    def below_root(self, root: str | None) -> str | None:
        """The same for an answer about all that is below a root, or about all tenants."""
        if root is not None:
            return self.about([root])
        return min(self.above.values())[1] if self.above else None
