"""What the page says of summaries: how they stand, what they hold, and what an answer was read from."""

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from .database import connected, read_statement, said_by

STATUS, EXPLAIN = (read_statement(name) for name in ("status", "explain"))
# An explanation of every event is about the copy of the events, and one without a bound about the totals.
EVERY_EVENT = "-infinity"
TOO_OLD = "The installed version of tenant_metrics knows no summaries."


def explained(connection: Connection, since: str | None = None) -> dict:
    """The row of explain(); a version that has fewer columns gives fewer keys."""
    return connection.execute(EXPLAIN, {"since": since}).scalar_one()


def read_from(connection: Connection) -> dict:
    """What the last answer of this connection was read from: `summaries`, `events`, `look-ups`, `kept`."""
    try:
        last = explained(connection)
    except DBAPIError as error:
        return {"what": None, "problem": said_by(error)}
    if "last_engine" not in last:
        return {"what": None, "problem": "The installed version of tenant_metrics does not tell."}
    if last["last_engine"] == "summaries":
        return {"what": "summaries"}
    if last["last_passes"]:
        return {"what": "events"}
    return {"what": "look-ups" if last["last_single"] else "kept"}


def summaries(engine: Engine) -> dict:
    """How the source's summaries stand, and what of them this role's readers take.

    `state` is `none`, a word of status(), or `unknown` with the problem that is in the way.
    """
    try:
        with connected(engine, "summaries") as connection:
            status = connection.execute(STATUS).scalar()
            if status is None:
                return unknown("The database has no source called default.")
            if "summaries" not in status:
                return unknown(TOO_OLD)
            return {**told(status["summaries"]), "usage": status["usage"], **held(connection)}
    except DBAPIError as error:
        return unknown(said_by(error))


def unknown(problem: str) -> dict:
    return {"state": "unknown", "problem": problem}


def told(text: str | None) -> dict:
    """The words of status(), taken apart: a state, and what is to be said of it."""
    if text is None:
        return {"state": "none"}
    state, _, detail = text.partition(": ")
    match state:
        case "current" | "building" | "stale":
            return {"state": state, "detail": detail}
        case "the summaries are paused":
            return {"state": "paused"}
        case "the summaries are not built to the end":
            return {"state": "unfinished"}
    return {"state": "other", "detail": text}


def held(connection: Connection) -> dict:
    """How much readers find in summaries, and why this role's readers do not take them, if they do not."""
    totals, copy = explained(connection), explained(connection, EVERY_EVENT)
    lines = (totals.get("ruled_out") or "").splitlines()
    closed = [why for way, _, why in (line.partition(": ") for line in lines) if way == "summaries"]
    return {
        **{"totals": totals.get("rows_from_totals"), "copied": copy.get("rows_from_copy")},
        **{"waiting": totals.get("rows_pending"), "closed": closed[0] if closed else None},
    }
