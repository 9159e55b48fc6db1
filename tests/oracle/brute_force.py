"""The same numbers as truth.sql by loops over lists, to check the checker."""

from __future__ import annotations

from collections import defaultdict


def children_by_parent(tenants: list[tuple]) -> dict:
    below = defaultdict(list)
    for tenant, parent in tenants:
        below[parent].append(tenant)
    return below


def places(tenants: list[tuple]) -> dict:
    """For each tenant its path from the root, or None on or below a cycle."""
    parent_of = dict(tenants)
    found = {}
    for tenant in parent_of:
        path, seen = [tenant], {tenant}
        while (above := parent_of[path[-1]]) in parent_of and above not in seen:
            path.append(above)
            seen.add(above)
        found[tenant] = None if above in parent_of else path[::-1]
    return found


def metrics(events: list[tuple]) -> tuple:
    """(events, features used, cost, unpriced, last use) of (feature, cost, priced, at)."""
    priced = [cost for _, cost, is_priced, _ in events if is_priced]
    return (
        len(events),
        len({feature for feature, *_ in events if feature is not None}),
        sum(priced),
        len(events) - len(priced),
        max((at for *_, at in events if at is not None), default=None),
    )


def dashboard(tenants: list[tuple], events: list[tuple]) -> dict:
    """For each tenant (depth, height, descendants, own metrics, subtree metrics)."""
    paths = places(tenants)
    by_tenant = defaultdict(list)
    for tenant, *event in events:
        by_tenant[tenant].append(tuple(event))
    found = {}
    for tenant, path in paths.items():
        own = metrics(by_tenant[tenant])
        if path is None:
            found[tenant] = (None, None, None, own, None)
            continue
        subtree = [other for other, its in paths.items() if its and tenant in its]
        together = [event for other in subtree for event in by_tenant[other]]
        height = max(len(paths[other]) for other in subtree) - len(path)
        found[tenant] = (len(path) - 1, height, len(subtree) - 1, own, metrics(together))
    return found
