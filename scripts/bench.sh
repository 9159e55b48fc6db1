#!/usr/bin/env bash
# Usage: bench.sh [--size S|M|L] [--turns N] [--only GROUP]... [--keep]
# Builds the extension in release mode and measures it on a private server
# against what a user would write instead; the options are benches/run.py's.
. "$(dirname "$0")/environment.sh"

need_server_user
prepare_release
PG_CONFIG=$RELEASE_PG/bin/pg_config exec "$PYTHON" benches/run.py "$@"
