"""What Grafana makes of a query before PostgreSQL sees it: variables in the browser, then macros in the server.

Written after the sources of Grafana 13: the variables of `@grafana/scenes`, the macros of the PostgreSQL data source.
"""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass, field

from cluster import ROOT

DASHBOARD = ROOT / "examples" / "grafana" / "tenant_metrics.json"
ALL = "$__all"
# $name, or ${name}, or ${name:format}; [[name]] is not used here.
VARIABLE = re.compile(r"\$(?P<bare>\w+)|\$\{(?P<braced>\w+)(?::(?P<format>[^}]+))?\}")
MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")


def read_dashboard() -> dict:
    return json.loads(DASHBOARD.read_text())


@dataclass(frozen=True)
class View:
    """What somebody looks at: the period, the variables that they have chosen, and their time zone."""

    since: datetime.datetime
    until: datetime.datetime
    timezone: str = "UTC"
    variables: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.variables.get(name, variable(name)["current"]["value"])


def variable(name: str) -> dict:
    """The dashboard's definition of a variable."""
    return next(entry for entry in read_dashboard()["templating"]["list"] if entry["name"] == name)


def expand(query: str, view: View) -> str:
    """The SQL that PostgreSQL gets."""
    names = {entry["name"] for entry in read_dashboard()["templating"]["list"]}

    def interpolate(match: re.Match) -> str:
        name = match["bare"] or match["braced"]
        if name == "__timezone":
            return formatted(view.timezone, match["format"])
        if name not in names:
            # Macros are the server's business.
            return match[0]
        chosen = view.value(name)
        if chosen == ALL:
            # A custom value of "All" is taken as it stands, whatever the format.
            return variable(name)["allValue"]
        return formatted(chosen, match["format"])

    return MACRO.sub(lambda match: macro(match[1], match[2], view), VARIABLE.sub(interpolate, query))


def formatted(value: str, format: str | None) -> str:
    # Without this format a value can end the literal that it stands in.
    assert format == "sqlstring", f"the format of a variable is {format}"
    return "'" + value.replace("'", "''").replace('"', '\\"') + "'"


def macro(name: str, argument: str, view: View) -> str:
    since, until = (f"'{instant(bound)}'" for bound in (view.since, view.until))
    match name:
        case "__timeFrom":
            return since
        case "__timeTo":
            return until
        case "__timeFilter":
            return f"{argument.strip()} BETWEEN {since} AND {until}"
    raise AssertionError(f"unknown macro {name}")


def instant(bound: datetime.datetime) -> str:
    """Go's time.RFC3339Nano, in UTC."""
    text = bound.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"
