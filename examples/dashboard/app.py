"""Three endpoints that are three SELECTs, one about summaries, and the page that shows them.

DATABASE_URL=postgresql://... uvicorn --app-dir examples dashboard.app:app
"""

import contextlib
import datetime
import json
import pathlib
from decimal import Decimal
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.middleware.trustedhost import TrustedHostMiddleware

from . import orm
from .database import connected, counted, engine_of_environment, read_statement, said_by
from .question import Extent, Question
from .summaries import read_from, summaries

STATIC = pathlib.Path(__file__).with_name("static")
STATEMENTS = {name: read_statement(name) for name in ("tree", "features", "series", "extent")}
# What a visitor caused, by the first two characters of the SQLSTATE or by all five.
STATUS_OF = {"42P19": 409, "22": 422}

HEADERS = {
    # Names of tenants are anybody's text: whatever they hold, no script of theirs could run.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

engine = engine_of_environment()
extents: list[Extent] = []


def extent() -> Extent:
    """The days that have usage, asked once and kept while the server runs."""
    if not extents:
        with engine.connect() as connection:
            extents.append(Extent(*connection.execute(STATEMENTS["extent"]).one()))
    return extents[0]


@contextlib.asynccontextmanager
async def lifespan(_app: FastAPI):
    """A database that is down when the server starts is asked again by the first request."""
    with contextlib.suppress(DBAPIError):
        extent()
    yield
    engine.dispose()


app = FastAPI(title="tenant_metrics dashboard", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
# A page of another site could reach this server under a name of its own, which its DNS sends here.
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])


@app.middleware("http")
async def add_headers(request: Request, call_next) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


def plain(value):
    """What JSON has no type for: decimals become numbers, times their ISO 8601 text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    raise TypeError(type(value))


def json_response(content: dict, status: int = 200) -> Response:
    return Response(json.dumps(content, default=plain, allow_nan=False), status, media_type="application/json")


def answer(name: str, question: Question) -> Response:
    """The rows of one statement, or of its N+1 counterpart, with what it took to get them."""
    known = extent()
    asked = question.parameters(known)
    by_orm = name == "tree" and question.way == "orm"
    with connected(engine, question.way) as connection:
        with counted(connection) as statements:
            if by_orm:
                columns, rows = orm.COLUMNS, orm.n_plus_one(connection, asked)
            else:
                result = connection.execute(STATEMENTS[name], asked)
                columns, rows = tuple(result.keys()), result.all()
        read = {"what": "events"} if by_orm else read_from(connection)
    if name == "tree" and question.root is not None and not rows:
        return json_response({"detail": f"There is no tenant {question.root}, or you may not see it."}, 404)
    return json_response(
        {
            **{"asked": asked | {"root": None if question.root is None else str(question.root)}, "extent": vars(known)},
            **{"columns": columns, "rows": [tuple(row) for row in rows]},
            "statements": statements.report() | {"read": read},
        }
    )


@app.get("/api/tree")
def tree(question: Annotated[Question, Query()]) -> Response:
    """Every tenant below the root with its own numbers and those of its subtree."""
    return answer("tree", question)


@app.get("/api/features")
def features(question: Annotated[Question, Query()]) -> Response:
    """The heat map: the root and its children by features."""
    return answer("features", question)


@app.get("/api/series")
def series(question: Annotated[Question, Query()]) -> Response:
    """Cost and events in time of the root and its children, and in the period before."""
    return answer("series", question)


@app.get("/api/summaries")
def summaries_of_source() -> Response:
    """How the summaries of the source stand."""
    return json_response(summaries(engine))


@app.exception_handler(DBAPIError)
def database_error(_request: Request, error: DBAPIError) -> Response:
    """What the database said, without the statement."""
    code = getattr(error.orig, "sqlstate", None) or ""
    unavailable = isinstance(error, OperationalError)
    status = STATUS_OF.get(code) or STATUS_OF.get(code[:2]) or (503 if unavailable else 500)
    return json_response({"detail": said_by(error)}, status)


@app.exception_handler(RequestValidationError)
def parameter_error(_request: Request, error: RequestValidationError) -> Response:
    """One sentence for each parameter that is not as it must be."""
    sentences = [f"{' '.join(map(str, each['loc'][1:])) or 'period'}: {each['msg']}." for each in error.errors()]
    return json_response({"detail": " ".join(sentences)}, 422)


@app.exception_handler(orm.OnACycle)
def cycle_error(_request: Request, error: orm.OnACycle) -> Response:
    return json_response({"detail": f"{error}."}, 409)


app.mount("/", StaticFiles(directory=STATIC, html=True), name="static")
