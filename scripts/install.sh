#!/usr/bin/env bash
# Usage: PG_CONFIG=/path/to/pg_config install.sh
# Builds the extension in release mode and installs it into an existing server,
# with sudo if its folders cannot be written to.
. "$(dirname "$0")/environment.sh"

PG_CONFIG=${PG_CONFIG:-$(command -v pg_config || true)}
[ -n "$PG_CONFIG" ] || die "which server? run: PG_CONFIG=/path/to/pg_config make install"
[[ $("$PG_CONFIG" --version 2>/dev/null) == PostgreSQL* ]] || die "$PG_CONFIG is not a pg_config"
[ -f "$("$PG_CONFIG" --includedir-server)/postgres.h" ] ||
    die "the server of $PG_CONFIG has no headers; on Debian and Ubuntu they are in the package postgresql-server-dev-NN"

major=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
postgres_majors | grep -qx "$major" ||
    die "PostgreSQL $major is not supported; these are: $(postgres_majors | xargs)"

# This server must not become the one that the tests use.
export PGRX_HOME=$LOCAL/pgrx-install
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/install
scripts/install-pgrx.sh
rm -rf "$PGRX_HOME"
mkdir -p "$PGRX_HOME"
cargo pgrx init --no-run "--pg$major" "$PG_CONFIG" >/dev/null

options=(--release --no-default-features --features "pg$major" --pg-config "$PG_CONFIG")
if ! [ -w "$("$PG_CONFIG" --pkglibdir)" ] || ! [ -w "$("$PG_CONFIG" --sharedir)/extension" ]; then
    options+=(--sudo)
fi
cargo pgrx install "${options[@]}"
say "installed; in a database: CREATE EXTENSION tenant_metrics;"
