#!/usr/bin/env bash
# Usage: install-pgrx.sh MAJOR...
# Prepares builds for PostgreSQL MAJOR, and makes `cargo pgrx`, which runs the tests
# inside the server, available in the version that Cargo.toml names.
. "$(dirname "$0")/environment.sh"

version=$(sed -n 's/^pgrx = "=\(.*\)"$/\1/p' Cargo.toml)
[ -n "$version" ] || die 'Cargo.toml has no line pgrx = "=VERSION"'

scripts/prepare-build.sh "$@"
if [ "$(cargo pgrx --version 2>/dev/null)" != "cargo-pgrx $version" ]; then
    say "installing cargo-pgrx $version into .local/cargo (usually about 2 min)"
    # Its default features are for downloading PostgreSQL, and want OpenSSL's headers.
    # A debug build is made in a fraction of the time, and is fast enough.
    env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --root "$LOCAL/cargo" --locked \
        --no-default-features --version "=$version" cargo-pgrx
fi
