#!/usr/bin/env bash
# Usage: prepare-build.sh MAJOR...
# Installs what cargo needs to build the extension, and tells it where the headers
# of PostgreSQL MAJOR are.
. "$(dirname "$0")/environment.sh"

command -v cargo >/dev/null || die "there is no cargo; install it from https://rustup.rs"
scripts/install-packages.sh build
for major in "$@"; do
    cargo xtask configure --pg-config "$LOCAL/pg/$major/bin/pg_config"
done
