"""A private PostgreSQL server for tests: a folder, a unix socket, nothing else.

The server runs as the user that runs the tests, or, because PostgreSQL refuses
to run as root, as the system user that scripts/environment.sh adds.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator

import psycopg

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUN = ROOT / ".local" / "run"
SERVER_USER = os.environ.get("TENANT_METRICS_USER", "tenant_metrics")
# The version that is meant where none is named.
DEFAULT_MAJOR = re.search(r'^default = \["pg(\d+)"\]$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
# The PostgreSQL under test; the extension is installed in it.
PG_CONFIG = pathlib.Path(os.environ.get("PG_CONFIG", ROOT / ".local" / "pg" / DEFAULT_MAJOR / "bin" / "pg_config"))

# Tests never need to survive a power loss.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "timezone": "UTC",
    "max_prepared_transactions": "5",
    # A statement that would not end fails, and not the run that waits for it.
    "statement_timeout": "10min",
    # Nothing is folded behind a test's back, unless it is about that.
    "tenant_metrics.fold_after": "0",
}


def own_folder(prefix: str) -> pathlib.Path:
    """A new folder under .local/run that only the server's user can enter."""
    RUN.mkdir(parents=True, exist_ok=True)
    # The path goes through no symbolic link, so that the socket's is short.
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=RUN.resolve()))
    if os.geteuid() == 0:
        account = pwd.getpwnam(SERVER_USER)
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A server that lives as long as the `with` block.

    `listen=True` opens 127.0.0.1 too, on a free port and with a password, for
    clients that cannot use a unix socket: see `tcp_dsn`. `environment` has
    variables for its processes, beside those of the tests.
    """

    def __init__(self, pg_config, settings: dict | None = None, listen: bool = False, environment: dict | None = None):
        self.pg_config = pathlib.Path(pg_config)
        self.bindir = pathlib.Path(self.config("--bindir"))
        # Where libpq is, which the standby's WAL receiver and postgres_fdw need
        # in the version of their server.
        self.libdir = pathlib.Path(self.config("--libdir"))
        self.major = int(self.config("--version").split()[1].split(".")[0].rstrip("abcdefr"))
        self.settings = {**FAST_SETTINGS, **(settings or {})}
        self.listen = listen
        self.environment = environment or {}
        self.folder = pathlib.Path()
        self.port = 5432
        self.password = secrets.token_hex(16) if listen else ""

    def config(self, option: str) -> str:
        """What pg_config says."""
        return subprocess.check_output([self.pg_config, option], text=True).strip()

    def __enter__(self) -> Cluster:
        self.folder = own_folder("test-")
        try:
            self.initialize()
            self.start()
        except BaseException:
            self.remove()
            raise
        if self.listen:
            with self.connect() as connection:
                connection.execute(f"ALTER ROLE postgres PASSWORD '{self.password}'")
        return self

    def __exit__(self, *_) -> None:
        self.remove()

    @property
    def host(self) -> str:
        """The folder of the unix socket, which is a libpq host name."""
        return str(self.folder)

    @property
    def data(self) -> pathlib.Path:
        return self.folder / "data"

    @property
    def log(self) -> pathlib.Path:
        return self.folder / "server.log"

    def run(self, program: str, *arguments) -> None:
        """Runs a program of PostgreSQL, and says what it printed if it failed."""
        variables = {"LD_LIBRARY_PATH": self.libdir, **self.environment}
        # What the tests were started with decides nothing.
        prefix = ["env", "-u", "RUST_BACKTRACE", *(f"{name}={value}" for name, value in variables.items())]
        if os.geteuid() == 0:
            prefix = ["runuser", "-u", SERVER_USER, "--", *prefix]
        done = subprocess.run(
            [*prefix, self.bindir / program, *map(str, arguments)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{done.stdout}")

    def initialize(self) -> None:
        self.run(
            "initdb",
            *("--username", "postgres"),
            *("--auth", "trust"),
            *("--encoding", "UTF8"),
            *("--locale", "C"),
            *("--pgdata", self.data),
            "--no-sync",
        )

    def start(self) -> None:
        settings = dict(self.settings)
        settings["unix_socket_directories"] = self.host
        settings["listen_addresses"] = "127.0.0.1" if self.listen else ""
        if self.listen:
            self.port = free_tcp_port()
        settings["port"] = str(self.port)
        lines = [f"{name} = '{quote(value)}'\n" for name, value in settings.items()]
        self.write("postgresql.auto.conf", "".join(lines), append=True)
        # Only root and the server's user can enter the socket's folder; a
        # TCP port is open to everybody on the machine.
        self.write(
            "pg_hba.conf",
            "local all all trust\nlocal replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n",
        )
        try:
            self.run(
                "pg_ctl",
                *("--pgdata", self.data),
                *("--log", self.log),
                *("--timeout", "120"),
                "--silent",
                "--wait",
                "start",
            )
        except RuntimeError as error:
            log = self.log.read_text() if self.log.exists() else "no log"
            raise RuntimeError(f"{error}\n{log}") from None

    def write(self, name: str, text: str, append: bool = False) -> None:
        """Writes a file of the data folder, leaving its owner as it is."""
        with open(self.data / name, "a" if append else "w", encoding="utf-8") as file:
            file.write(text)

    def stop(self) -> None:
        """Stops the server that its pid file names, if there is one."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "--pgdata", self.data, "--mode", "immediate", "--silent", "--wait", "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def promote(self) -> None:
        """Makes a standby a primary."""
        self.run("pg_ctl", "--pgdata", self.data, "--silent", "--wait", "promote")

    def dsn(self, dbname: str = "postgres", user: str = "postgres") -> str:
        return psycopg.conninfo.make_conninfo(host=self.host, port=self.port, dbname=dbname, user=user)

    def tcp_dsn(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """Only with `listen=True`; the password is that of `postgres`."""
        return psycopg.conninfo.make_conninfo(
            host="127.0.0.1", port=self.port, dbname=dbname, user=user, password=self.password
        )

    def connect(self, dbname: str = "postgres", user: str = "postgres") -> psycopg.Connection:
        """An autocommit connection."""
        return psycopg.connect(self.dsn(dbname, user), autocommit=True)

    def create_database(self, name: str, options: str = "") -> None:
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" {options}')

    def drop_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextlib.contextmanager
    def standby(self) -> Iterator[Cluster]:
        """A hot standby of this server, made with pg_basebackup."""
        standby = Cluster(self.pg_config, self.settings)
        standby.folder = own_folder("standby-")
        try:
            self.run(
                "pg_basebackup",
                *("--dbname", self.dsn()),
                *("--pgdata", standby.data),
                *("--checkpoint", "fast"),
                "--write-recovery-conf",
                "--no-sync",
            )
            standby.start()
            yield standby
        finally:
            standby.remove()


def quote(value) -> str:
    """A value as it stands between quotes in a configuration file."""
    return str(value).replace("\\", "\\\\").replace("'", "''")
