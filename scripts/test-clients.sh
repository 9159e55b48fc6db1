#!/usr/bin/env bash
# Usage: test-clients.sh [PYTEST_OPTION...]
# Installs what is missing and runs only the tests of database drivers, ORMs and
# monitoring, examples included, against the PostgreSQL of PG_CONFIG, in which the extension
# is installed; without PG_CONFIG, against a release build of the default version.
. "$(dirname "$0")/environment.sh"

need_server_user
if [ -z "${PG_CONFIG:-}" ]; then
    prepare_release
    export PG_CONFIG=$RELEASE_PG/bin/pg_config
fi
scripts/install-packages.sh clients
scripts/install-python.sh
scripts/install-node.sh
scripts/install-sql-exporter.sh
exec "$PYTHON" -m pytest -q tests/clients tests/grafana "$@"
