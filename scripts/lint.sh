#!/usr/bin/env bash
# `make lint`: installs the linters that are missing, then runs them, the cheap
# ones first, up to the first that complains.
. "$(dirname "$0")/environment.sh"

CARGO_DENY_VERSION=0.20.2

# check NAME COMMAND...: one that fails ends the script, so it stands in no condition.
check() {
    local name=$1
    shift
    say "lint: $name"
    "$@"
}
trap '[ $? = 0 ] || echo "error: lint complains" >&2' EXIT

install_linters() {
    scripts/install-packages.sh lint
    scripts/install-postgres.sh "$DEFAULT_MAJOR"
    scripts/install-python.sh scripts/lint-requirements.txt
    scripts/prepare-build.sh "$DEFAULT_MAJOR"
    if [ "$(cargo deny --version 2>/dev/null)" != "cargo-deny $CARGO_DENY_VERSION" ]; then
        # A debug build is made in a fraction of the time, and runs for a second.
        env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --root "$LOCAL/cargo" --locked \
            --version "=$CARGO_DENY_VERSION" cargo-deny
    fi
}

# Expected outputs end lines with blanks, because psql does.
check_blanks() {
    git diff --check "$(git hash-object -t tree /dev/null)" -- . ':!*.out'
}

check_tabs() {
    ! git grep --line-number "$(printf '\t')" -- '*.sql' '*.spec'
}

check_rust_format() {
    cargo fmt --all --check
    cargo fmt --check --manifest-path tests/clients/rust/Cargo.toml
    cargo fmt --all --check --manifest-path examples/Cargo.toml
}

check_documentation() {
    RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --workspace --no-deps --features pg_test
}

# The script that CREATE EXTENSION runs.
check_extension_script() {
    local script=$CARGO_TARGET_DIR/tenant_metrics.sql
    cargo xtask script >"$script"
    "$LOCAL/venv/bin/pgspot" "$script"
}

install_linters
check 'blanks at line ends, conflict markers' check_blanks
check 'no tabs in SQL' check_tabs
check 'twins in SQL are current' cargo xtask sql --check
check shellcheck shellcheck --external-sources --source-path=SCRIPTDIR scripts/*.sh .ci/run
check 'ruff check' "$LOCAL/venv/bin/ruff" check --quiet
check 'ruff format' "$LOCAL/venv/bin/ruff" format --quiet --check
check 'cargo fmt' check_rust_format
check 'cargo clippy' cargo clippy --quiet --workspace --all-targets --features pg_test -- -D warnings
check 'cargo doc' check_documentation
check 'cargo deny' cargo deny check licenses bans sources
check pgspot check_extension_script
say "lint: no complaints in $SECONDS s"
