#!/usr/bin/env bash
# Usage: install-python.sh [REQUIREMENTS]
# Makes .local/venv with what a requirements file names, by default that of
# the tests and the demo.
. "$(dirname "$0")/environment.sh"

requirements=${1:-tests/requirements.txt}
venv=$LOCAL/venv
installed=$venv/installed/$requirements

cmp -s "$requirements" "$installed" && exit 0

if [ ! -x "$venv/bin/pip" ]; then
    say "making a Python environment in .local/venv (usually about 10 s)"
    rm -rf "$venv"
    # Debian's python3 has no ensurepip until python3-venv is installed.
    python3 -c 'import ensurepip, venv' 2>/dev/null || scripts/install-packages.sh python
    python3 -m venv "$venv"
fi
say "installing $requirements into .local/venv (usually 5 to 20 s)"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
mkdir -p "$(dirname "$installed")"
cp "$requirements" "$installed"
