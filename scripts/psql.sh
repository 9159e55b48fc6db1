#!/usr/bin/env bash
# `make psql`: psql on the demo's server.
. "$(dirname "$0")/environment.sh"

[ -S "$DEMO/.s.PGSQL.5432" ] || die "the demo's server is not running; start it with: make demo"
exec "$RELEASE_PG/bin/psql" --host "$DEMO" --username postgres --dbname demo "$@"
