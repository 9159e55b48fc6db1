#!/usr/bin/env bash
# Usage: install-extension.sh MAJOR debug|release
# Builds the extension and installs it into the PostgreSQL in .local/pg that is
# for such builds.
. "$(dirname "$0")/environment.sh"

major=$1 profile=$2
options=(--pg-config "$(pg_config_of "$major" "$profile")")
case $profile in
    debug) options+=(--features test_dependencies) ;;
    release) options+=(--release) ;;
esac
cargo xtask install "${options[@]}"
