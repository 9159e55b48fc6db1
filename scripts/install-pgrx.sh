#!/usr/bin/env bash
# Usage: install-pgrx.sh MAJOR...
# Makes `cargo pgrx` available in the version that Cargo.toml names, and tells
# it where PostgreSQL MAJOR is.
. "$(dirname "$0")/environment.sh"

version=$(sed -n 's/^pgrx = "=\(.*\)"$/\1/p' Cargo.toml)
[ -n "$version" ] || die 'Cargo.toml has no line pgrx = "=VERSION"'
command -v cargo >/dev/null || die "there is no cargo; install it from https://rustup.rs"

scripts/install-packages.sh build
if [ "$(cargo pgrx --version 2>/dev/null)" != "cargo-pgrx $version" ]; then
    say "installing cargo-pgrx $version into .local/cargo, which takes a few minutes"
    # Its default features are for downloading PostgreSQL, and want OpenSSL's headers.
    env -u CARGO_TARGET_DIR cargo install --quiet --root "$LOCAL/cargo" --locked \
        --no-default-features --version "=$version" cargo-pgrx
fi

mkdir -p "$PGRX_HOME"
for major in "$@"; do
    pg_config=$LOCAL/pg/$major/bin/pg_config
    grep -qxF "pg$major = \"$pg_config\"" "$PGRX_HOME/config.toml" 2>/dev/null ||
        cargo pgrx init --no-run "--pg$major" "$pg_config" >/dev/null
done
