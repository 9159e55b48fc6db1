#!/usr/bin/env bash
# Usage: test-checked.sh [MAJOR]
# Builds the extension with the feature check_cache, which makes every answer
# from the cache again and fails where the two differ, and runs the tests of
# SQL, of isolation and, with fewer cases, of the oracle on it. The build goes
# into a PostgreSQL of its own, so that all others stay as they are.
. "$(dirname "$0")/environment.sh"

major=${1:-$DEFAULT_MAJOR}
original=$LOCAL/pg/$major
checked=$LOCAL/pg/$major-checked
export PG_CONFIG=$checked/bin/pg_config
export TENANT_METRICS_PROFILE=debug
export TENANT_METRICS_CASES=${TENANT_METRICS_CASES:-12}
passed=()
failed=()

# check NAME COMMAND...: says what runs, and goes on if it fails.
check() {
    local name=$1
    shift
    say "PostgreSQL $major, checking build: $name"
    if "$@"; then passed+=("$name"); else failed+=("$name"); fi
}

need_server_user
scripts/install-postgres.sh "$major"
scripts/prepare-build.sh "$major"
if ! cmp -s "$original/RELEASE" "$checked/RELEASE"; then
    rm -rf "$checked" "$checked.new"
    cp -a "$original" "$checked.new"
    mv "$checked.new" "$checked"
fi
say "building the extension with check_cache"
cargo xtask install --features "test_dependencies check_cache" --pg-config "$PG_CONFIG"
grep -qa 'a kept answer is stale' "$("$PG_CONFIG" --pkglibdir)/tenant_metrics.so" ||
    die 'the installed library does not check its cache'

check 'SQL contract (pg_regress)' "$PYTHON" tests/regress.py pg_regress
check 'isolation (pg_isolation_regress)' "$PYTHON" tests/regress.py isolation
check 'oracle (pytest)' "$PYTHON" -m pytest -q "${PYTEST_PROCESSES[@]}" tests/oracle \
    --deselect tests/oracle/test_readers.py::test_no_reader_goes_unasked

[ ${#failed[@]} = 0 ] || printf 'failed: %s\n' "${failed[@]}" >&2
say "PostgreSQL $major, checking build: ${#passed[@]} passed, ${#failed[@]} failed in $SECONDS s"
[ ${#failed[@]} = 0 ]
