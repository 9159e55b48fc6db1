"""What a step has done, under the names that a run counts it by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steps import Step
from windows import BUCKETS, ZONES

READS = {"together", "apart", "probe", "bulk", "pairs", "places", "copy", "execute", "fetch"}
CALL = re.compile(r"CALL tenant_metrics\.(\w+)\('\w+'(, full => true)?")
WRITES = re.compile(r"(TRUNCATE|INSERT|UPDATE|DELETE|ALTER TABLE)\b")
SERIES = re.compile(r"tenant_usage_series\w*\(.*?bucket => '(\w+)', tz => '([\w/]+)'")
BOUNDS = re.compile(r"(?:since|until) => '([^']+)'")


def of(step: Step, prepared: bool) -> Iterator[str]:
    """The names for a step without an error; `prepared` is whether it ran beside a prepared transaction."""
    told = []
    if step.kind == "do" and (called := CALL.match(step.sql)):
        told.append(f"call {called[1]}{' in full' if called[2] else ''}")
    elif step.kind == "do" and (written := WRITES.match(step.sql)):
        told.append(f"statement {written[1]}")
    elif step.kind in READS:
        told.append("read")
    if step.kind == "do" and "PARTITION" in step.sql:
        told.append("statement that changes partitions")
    yield from told
    if prepared:
        yield from (f"{name} beside a prepared transaction" for name in told)
    if step.kind not in READS:
        return
    text = step.sql or step.reader
    if found := SERIES.search(text):
        yield f"series by {found[1]}"
        yield f"series in {found[2]}"
    # The same windows stand in several places of a statement.
    bounds = sorted(set(BOUNDS.findall(text)))
    if bounds:
        yield "read with bounds"
    yield from sorted({f"bound in {bound.split()[-1]}" for bound in bounds if " " in bound})
    if any("infinity" in bound for bound in bounds):
        yield "bound that is infinite"
    if any("." in bound for bound in bounds):
        yield "bound in microseconds"


def expected() -> dict[str, float]:
    """How often each has to be there in 100 steps at least."""
    return {
        **{f"call {name}": 0.02 for name in ("compact", "compact in full", "repair")},
        **{f"call {name}": 0.003 for name in ("enable_summaries", "disable_summaries", "pause", "resume", "rebuild")},
        **{f"series by {bucket}": 0.05 for bucket in BUCKETS},
        **{f"series in {zone}": 0.02 for zone in ZONES},
        **{f"bound in {zone}": 0.05 for zone in ZONES},
        **{"read with bounds": 5, "bound that is infinite": 0.3, "bound in microseconds": 1},
        **{"PREPARE TRANSACTION": 0.3, "COMMIT PREPARED": 0.15, "ROLLBACK PREPARED": 0.05},
        **{"read beside a prepared transaction": 1, "statement INSERT beside a prepared transaction": 0.1},
        **{f"call {name} beside a prepared transaction": 0.003 for name in ("compact", "repair")},
        **{"prepared statement INSERT": 0.03, "prepared statement TRUNCATE": 0.003},
        **{"statement TRUNCATE": 0.02, "statement that changes partitions": 0.003, "sources verified": 0.2},
    }
