#!/usr/bin/env bash
# Usage: test-clients.sh [PYTEST_OPTION...]
# Runs only the tests of database drivers and ORMs, against the PostgreSQL of
# PG_CONFIG, in which the extension is installed.
. "$(dirname "$0")/environment.sh"

scripts/install-python.sh
scripts/install-node.sh
exec "$PYTHON" -m pytest -q tests/clients "$@"
