#!/usr/bin/env bash
# `make clean`: stops the demo's server and removes all that was installed or built.
. "$(dirname "$0")/environment.sh"

[ -d "$DEMO" ] && scripts/demo-server.sh stop

rm -rf "$LOCAL" .local target
