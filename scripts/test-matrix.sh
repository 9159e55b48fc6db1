#!/usr/bin/env bash
# Usage: test-matrix.sh [--skip MAJOR]
# Runs the tests on every version of scripts/postgres-versions, newest first.
. "$(dirname "$0")/environment.sh"

skipped=
[ "${1:-}" = --skip ] && skipped=$2

# All at once, because pgrx's bindings are rebuilt when its configuration changes.
mapfile -t majors < <(postgres_majors | sort -rn)
scripts/install-postgres.sh "${majors[@]}"
scripts/install-pgrx.sh "${majors[@]}"

passed=()
for major in "${majors[@]}"; do
    if [ "$major" = "$skipped" ]; then
        say "PostgreSQL $major: skipped, because make test has tested it"
        continue
    fi
    scripts/test.sh "$major"
    passed+=("$major")
done
say "all tests passed on PostgreSQL ${passed[*]}${skipped:+; $skipped was skipped}"
