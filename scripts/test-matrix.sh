#!/usr/bin/env bash
# `make test-matrix`: runs the tests on every version of scripts/postgres-versions,
# newest first; with SKIP_DEFAULT=yes on all but the one that `make test` is for.
. "$(dirname "$0")/environment.sh"

skipped=
[ "${SKIP_DEFAULT:-}" = yes ] && skipped=$DEFAULT_MAJOR

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
