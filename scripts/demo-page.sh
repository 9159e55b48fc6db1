#!/usr/bin/env bash
# Usage: demo-page.sh start|open|stop
# The page of examples/dashboard on the demo's database: served on 127.0.0.1, by
# a role that can only read. `open` starts it too, and shows it in a browser.
# PAGE_PORT is the port to begin with; the first free one is taken.
. "$(dirname "$0")/environment.sh"

FIRST_PORT=${PAGE_PORT:-8731}
PORTS=20
application=dashboard.app:app

# The process that the pid file names, if it still is the page.
page_pid() {
    local pid
    pid=$(cat "$DEMO/page.pid" 2>/dev/null) || return 1
    ps -o args= -p "$pid" 2>/dev/null | grep -q "$application" && echo "$pid"
}

stop() {
    local pid turn
    if ! pid=$(page_pid); then return; fi
    kill "$pid"
    for turn in {1..50}; do
        page_pid >/dev/null || break
        sleep 0.1
        if [ "$turn" = 50 ]; then kill -9 "$pid"; fi
    done
    rm -f "$DEMO/page.pid" "$DEMO/page.url"
    say "the page is stopped"
}

free_port() {
    "$PYTHON" - "$FIRST_PORT" "$PORTS" <<'PYTHON'
import socket
import sys

first, number = map(int, sys.argv[1:])
for port in range(first, first + number):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    print(port)
    sys.exit()
sys.exit(f"error: the ports {first} to {first + number - 1} are all taken")
PYTHON
}

# A server that faces a browser need not be root, where the other user can read the files.
can_change_user() {
    is_root && as_server_user test -r examples/dashboard/app.py && as_server_user "$PYTHON" -c pass 2>/dev/null
}

# Roles belong to the server and privileges to the database, so both are made anew.
grant() {
    "$RELEASE_PG/bin/psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 --host "$DEMO" --username postgres demo <<'SQL'
SELECT 'CREATE ROLE dashboard LOGIN' WHERE to_regrole('dashboard') IS NULL \gexec
GRANT SELECT ON tenants, ai_feature_usage TO dashboard;
SQL
}

answers() {
    "$PYTHON" -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)' "$1" 2>/dev/null
}

start() {
    local port url turn pid as=()
    [ -d "$DEMO/data" ] || die "there is no demo yet; make it with: make demo"
    say "starting the page (usually 2 s)"
    scripts/install-python.sh examples/dashboard/requirements.txt
    scripts/demo-server.sh start
    stop
    grant
    port=$(free_port)
    url=http://127.0.0.1:$port/
    : >"$DEMO/page.log"
    # The URL names the database only: libpq finds the socket, whatever its path holds.
    if can_change_user; then as=(runuser -u "$SERVER_USER" --); fi
    "${as[@]}" env DATABASE_URL=postgresql:///demo PGHOST="$DEMO" PGUSER=dashboard \
        nohup "$PYTHON" -B -m uvicorn --app-dir examples --host 127.0.0.1 --port "$port" \
        --log-level warning --timeout-graceful-shutdown 2 "$application" \
        </dev/null >>"$DEMO/page.log" 2>&1 &
    pid=$!
    echo "$pid" >"$DEMO/page.pid"
    for turn in {1..100}; do
        if answers "$url"; then break; fi
        if [ "$turn" = 100 ] || ! kill -0 "$pid" 2>/dev/null; then
            cat "$DEMO/page.log" >&2
            die "the page does not start"
        fi
        sleep 0.2
    done
    echo "$url" >"$DEMO/page.url"
    say "the page is at $url"
}

# Without a desktop, Python would open a text browser in the terminal, if there is one.
open() {
    start
    if [ -n "${BROWSER:-}${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        "$PYTHON" -m webbrowser "$(cat "$DEMO/page.url")" >/dev/null || true
    fi
}

case ${1:-} in
    start | open | stop) "$1" ;;
    *) die "demo-page.sh start, open or stop" ;;
esac
