#!/usr/bin/env bash
# Usage: demo-server.sh start|stop
# The demo's server: in .local/run/demo, on a unix socket in that folder that
# only root and the server's user can reach, and on no TCP port.
. "$(dirname "$0")/environment.sh"

data=$DEMO/data
# postgres_fdw needs the libpq of this installation.
export LD_LIBRARY_PATH=$RELEASE_PG/lib

is_running() { [ -d "$data" ] && as_server_user "$RELEASE_PG/bin/pg_ctl" -D "$data" status >/dev/null; }

initialize() {
    say "creating a database cluster in .local/run/demo (usually 2 s)"
    as_server_user rm -rf "$DEMO"
    as_server_user mkdir -m 700 "$DEMO"
    as_server_user "$RELEASE_PG/bin/initdb" -D "$data" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C --no-sync >/dev/null
    as_server_user tee -a "$data/postgresql.conf" >/dev/null <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$DEMO'
shared_buffers = '256MB'
max_wal_size = '4GB'
SETTINGS
}

start() {
    need_server_user
    is_running && return
    if [ "$(as_server_user cat "$data/PG_VERSION" 2>/dev/null)" != "$DEFAULT_MAJOR" ]; then
        initialize
    fi
    as_server_user "$RELEASE_PG/bin/pg_ctl" -D "$data" -l "$DEMO/server.log" --silent --wait start \
        </dev/null || { as_server_user tail -n 20 "$DEMO/server.log"; die "the demo's server does not start"; }
}

stop() {
    scripts/demo-page.sh stop
    if is_running; then
        as_server_user "$RELEASE_PG/bin/pg_ctl" -D "$data" --mode fast --silent --wait stop
        say "the demo's server is stopped"
    else
        say "the demo's server is not running"
    fi
}

case ${1:-} in
    start | stop) "$1" ;;
    *) die "demo-server.sh start or stop" ;;
esac
