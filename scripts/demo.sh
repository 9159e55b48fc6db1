#!/usr/bin/env bash
# `make demo`: everything from a bare machine to a dashboard, then again in seconds.
. "$(dirname "$0")/environment.sh"

prepare_release
scripts/demo-server.sh start

psql=("$RELEASE_PG/bin/psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 --host "$DEMO" --username postgres)
if [ "$("${psql[@]}" -Atc "SELECT 1 FROM pg_database WHERE datname = 'demo'" postgres)" != 1 ]; then
    "${psql[@]}" -c 'CREATE DATABASE demo' postgres
fi

# While the version stays the same, a changed script does not reach a database
# that has the extension, so it is created again.
script=$(cat "$RELEASE_PG"/share/extension/tenant_metrics--*.sql | cksum)
if [ "$(as_server_user cat "$DEMO/script.cksum" 2>/dev/null)" != "$script" ]; then
    "${psql[@]}" -c 'SET client_min_messages = warning' \
        -c 'DROP EXTENSION IF EXISTS tenant_metrics CASCADE' \
        -c 'CREATE EXTENSION tenant_metrics' demo
    as_server_user tee "$DEMO/script.cksum" >/dev/null <<<"$script"
fi

say "loading a million events if they are not there, and comparing (usually about 10 s)"
"$PYTHON" benches/demo.py "host=$DEMO user=postgres dbname=demo"

echo
scripts/demo-page.sh start

cat <<END

The server and the page keep running.
  make demo-page   opens the page: $(cat "$DEMO/page.url")
  make psql        opens psql
  make demo-stop   stops both
END
