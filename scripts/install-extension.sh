#!/usr/bin/env bash
# Usage: install-extension.sh MAJOR debug|release
# Builds the extension and installs it into the PostgreSQL in .local/pg that is
# for such builds.
. "$(dirname "$0")/environment.sh"

major=$1 profile=$2
options=(--no-default-features --features "pg$major" --pg-config "$(pg_config_of "$major" "$profile")")
[ "$profile" = release ] && options+=(--release)
cargo pgrx install "${options[@]}"
