#!/usr/bin/env bash
# Usage: test.sh [MAJOR]
# Installs what is missing and runs every test on one PostgreSQL version, up to
# the first runner that fails. TENANT_METRICS_PROFILE is release, as users get
# the extension, for the default version, and debug, which checks more, for
# the others.
. "$(dirname "$0")/environment.sh"

major=${1:-$DEFAULT_MAJOR}
if [ -z "${TENANT_METRICS_PROFILE:-}" ]; then
    TENANT_METRICS_PROFILE=debug
    [ "$major" = "$DEFAULT_MAJOR" ] && TENANT_METRICS_PROFILE=release
fi
export TENANT_METRICS_PROFILE
PG_CONFIG=$(pg_config_of "$major" "$TENANT_METRICS_PROFILE")
export PG_CONFIG
timings=()
current=
trap '[ $? = 0 ] || echo "error: PostgreSQL $major: $current failed" >&2' EXIT

# phase NAME COMMAND...: says what runs, and keeps how long it took. A command
# that fails ends the script, which is why it stands in no condition.
phase() {
    local start=$SECONDS
    current=$1
    shift
    say "PostgreSQL $major: $current"
    "$@"
    timings+=("$((SECONDS - start)) s $current")
}

install_everything() {
    need_server_user
    scripts/install-packages.sh test
    if [ "$major" = "$DEFAULT_MAJOR" ]; then
        scripts/install-packages.sh clients
        scripts/install-node.sh
        scripts/install-sql-exporter.sh
    fi
    scripts/install-postgres.sh "$major" "$(basename "$(dirname "$(dirname "$PG_CONFIG")")")"
    scripts/install-pgrx.sh "$major"
}

server_tests() {
    local options=(--no-default-features --features "pg$major")
    if is_root; then
        as_server_user mkdir -p "$LOCAL/run/pgrx"
        options+=(--runas "$SERVER_USER" --pgdata "$LOCAL/run/pgrx")
    fi
    cargo pgrx test "${options[@]}" "pg$major"
}

client_tests() {
    # Of what is drawn at random the default version gets the larger share; of both so
    # much that CI, of all versions, takes less than an hour.
    local options=() cases=60 steps=20000
    if [ "$major" != "$DEFAULT_MAJOR" ]; then
        # Neither what drivers send nor what the scripts do depends on the server's version, nor
        # which readers the oracle asks.
        options+=(--ignore tests/clients --ignore tests/grafana --ignore tests/page --ignore tests/scripts
            --deselect tests/oracle/test_readers.py::test_no_reader_goes_unasked)
        cases=6 steps=2000
    fi
    TENANT_METRICS_CASES=${TENANT_METRICS_CASES:-$cases} \
        TENANT_METRICS_STEPS=${TENANT_METRICS_STEPS:-$steps} \
        "$PYTHON" -m pytest -q "${PYTEST_PROCESSES[@]}" "${options[@]}" tests
}

phase installation install_everything
if [ "$major" = "$DEFAULT_MAJOR" ]; then
    # Of that, hostile bytes are read for a minute.
    TENANT_METRICS_FUZZ_SECONDS=${TENANT_METRICS_FUZZ_SECONDS:-60} \
        phase 'arithmetic, build commands (cargo test)' cargo test --quiet -p tenant_metrics_core -p xtask
fi
phase 'inside the server (cargo pgrx test)' server_tests
phase "$TENANT_METRICS_PROFILE build" scripts/install-extension.sh "$major" "$TENANT_METRICS_PROFILE"
phase 'SQL contract (pg_regress)' "$PYTHON" tests/regress.py pg_regress
phase 'isolation (pg_isolation_regress)' "$PYTHON" tests/regress.py isolation
phase 'clients, oracle, rights, documents (pytest)' client_tests
if [ "$major" = "$DEFAULT_MAJOR" ]; then
    phase 'checking build' scripts/test-checked.sh "$major"
    # So many of them each time.
    TENANT_METRICS_MUTANTS=${TENANT_METRICS_MUTANTS:-20} phase 'mutants' "$PYTHON" tests/mutants/run.py
fi

say "PostgreSQL $major: all tests passed in $SECONDS s"
printf '   %s\n' "${timings[@]}"
