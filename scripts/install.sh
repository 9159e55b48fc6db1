#!/usr/bin/env bash
# Usage: PG_CONFIG=/path/to/pg_config install.sh
# Builds the extension in release mode and installs it into an existing server,
# with sudo if its folders cannot be written to.
. "$(dirname "$0")/environment.sh"

PG_CONFIG=${PG_CONFIG:-$(command -v pg_config || true)}
[ -n "$PG_CONFIG" ] || die "which server? run: PG_CONFIG=/path/to/pg_config make install"

scripts/prepare-build.sh
# This server must not become the one that the tests use, and may have changed its
# release since the last time.
export PGRX_HOME=$LOCAL/pgrx-install
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/install
rm -rf "$PGRX_HOME"
cargo xtask install --release --sudo --pg-config "$PG_CONFIG"
say "installed; in a database: CREATE EXTENSION tenant_metrics;"
