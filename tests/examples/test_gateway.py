"""The gateway's questions on random organisations and requests, against plain SQL."""

from __future__ import annotations

import datetime
import hashlib

import pytest

from example_tables import create_tables, load, question, replaced, set_up, shown

ORGANISATIONS = 12
TEAMS = 40
PROJECTS = 90
KEYS = 250
REQUESTS = 5000
COLUMNS = """request_id, api_key, call_type, model, provider, prompt_tokens, completion_tokens, total_tokens, spend,
    "startTime", "endTime", status"""

PRICED = "spend::numeric NOT IN ('NaN', 'Infinity', '-Infinity')"
# Each request with the levels above its key; requests of deleted keys are nobody's.
REQUESTS_OF = """
WITH requests AS (
    SELECT organization_id, team_id, token, log.*
    FROM "SpendLogs" AS log JOIN keys ON token = api_key JOIN projects USING (project_id) JOIN teams USING (team_id)
)
"""


@pytest.fixture
def gateway(database, draw):
    create_tables(database, "gateway")
    # The same id on each level, so that the prefixes have to tell them apart.
    organisations = ["acme", *map(str, range(ORGANISATIONS - 1))]
    teams, projects = list(map(str, range(TEAMS))), list(map(str, range(PROJECTS)))
    keys = [hashlib.sha256(draw.randbytes(8)).hexdigest() for _ in range(KEYS)]
    load(database, "organizations", "organization_id, organization_alias", ((name, name) for name in organisations))
    load(database, "teams", "team_id, organization_id", ((team, draw.choice(organisations)) for team in teams))
    # Some teams have no project and some projects no key, so there are leaves above the keys.
    load(database, "projects", "project_id, team_id", ((project, draw.choice(teams[:-4])) for project in projects))
    load(database, "keys", "token, project_id", ((key, draw.choice(projects[:-9])) for key in keys))
    load(database, '"SpendLogs"', COLUMNS, (request(draw, number, keys) for number in range(REQUESTS)))
    database.execute("ANALYZE")
    set_up(database, "gateway")
    return database


def request(draw, number: int, keys: list[str]) -> tuple:
    key = draw.choice(["", "deleted"]) if draw.random() < 0.05 else draw.choice(keys[KEYS // 5 :])
    prompt = None if draw.random() < 0.05 else draw.randrange(10_000)
    completion = None if draw.random() < 0.2 else draw.randrange(2000)
    total = None if prompt is None else prompt + (completion or 0)
    kind = draw.choice(["completion", "embedding"])
    # Few requests call the rare models, so that few organisations do.
    model = draw.choice(["small", "large", None]) if draw.random() < 0.997 else draw.choice(["rare", "Rare", "new"])
    start = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=draw.randrange(10**7))
    status = draw.choice(["success", "failure"])
    return (str(number), key, kind, model, "north", prompt, completion, total, spend(draw), start, start, status)


def spend(draw) -> float | None:
    if draw.random() < 0.05:
        return draw.choice([None, float("nan"), float("inf"), float("-inf")])
    return draw.choice([0.0, round(draw.random(), 6), draw.random() * 10 ** draw.randrange(-9, 3)])


def test_spend_and_tokens_of_teams(gateway):
    answer = shown(gateway, question("gateway", "FROM teams"))
    truth = f"""
        SELECT teams.team_id, coalesce(sum(spend::numeric) FILTER (WHERE {PRICED}), 0) AS spend,
            coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0)
        FROM teams LEFT JOIN requests USING (team_id)
        GROUP BY teams.team_id ORDER BY spend DESC, teams.team_id"""
    assert len(answer) == TEAMS
    assert answer == shown(gateway, REQUESTS_OF + truth)


def test_price_of_a_thousand_tokens_by_model(gateway):
    asked = replaced(question("gateway", "per_thousand"), "'org:acme'", "'org:' || %(organisation)s")
    truth = f"""
        SELECT model, spend, tokens, round(spend * 1000 / nullif(tokens, 0), 6)
        FROM (
            SELECT model, coalesce(sum(spend::numeric) FILTER (WHERE {PRICED}), 0) AS spend,
                coalesce(sum(total_tokens), 0) AS tokens
            FROM requests WHERE organization_id = %(organisation)s AND model IS NOT NULL GROUP BY model
        ) AS models
        ORDER BY model"""
    organisations = [row[0] for row in gateway.execute("SELECT organization_id FROM organizations")]
    answers = 0
    for organisation in organisations:
        parameters = {"organisation": organisation}
        answer = shown(gateway, asked, parameters)
        assert answer == shown(gateway, REQUESTS_OF + truth, parameters), organisation
        answers += len(answer)
    assert answers > ORGANISATIONS


# Tenants without one below.
LEAVES = """(
    (SELECT count(*) FROM keys)
    + (SELECT count(*) FROM projects WHERE project_id NOT IN (SELECT project_id FROM keys))
    + (SELECT count(*) FROM teams WHERE team_id NOT IN (SELECT team_id FROM projects))
    + (SELECT count(*) FROM organizations WHERE organization_id NOT IN (SELECT organization_id FROM teams)))"""


@pytest.mark.parametrize(
    ("who", "eligible"),
    [("eligible => 'leaves'", LEAVES), ("at_depth => 3", "(SELECT count(*) FROM keys)")],
    ids=["leaves", "keys"],
)
def test_organisations_and_keys_that_use_a_model(gateway, who, eligible):
    asked = replaced(question("gateway", "tenant_feature_adoption_text"), "eligible => 'leaves'", who)
    truth = f"""
        SELECT model, count(DISTINCT organization_id),
            (count(DISTINCT organization_id)::numeric / (SELECT count(*) FROM organizations))::float8,
            count(DISTINCT token), (count(DISTINCT token)::numeric / {eligible})::float8
        FROM requests WHERE model IS NOT NULL GROUP BY model ORDER BY model"""
    answer = shown(gateway, asked)
    assert len(answer) >= 2
    assert answer == shown(gateway, REQUESTS_OF + truth)
    assert gateway.execute(f"SELECT {LEAVES} > count(*) FROM keys").fetchone() == (True,)
