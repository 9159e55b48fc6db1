# shellcheck shell=bash
# Sourced by every script: where things are, and who runs the servers.
# Everything that is installed or run lives in .local, which git ignores.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
SERVER_USER=${TENANT_METRICS_USER:-tenant_metrics}
# useradd and runuser are not in everybody's PATH.
PATH=$PATH:/usr/sbin:/sbin
# Servers are started as by users, who have no such variable.
unset RUST_BACKTRACE

say() { printf '== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# as_root COMMAND...: with sudo for everybody else.
as_root() {
    if is_root; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "'$*' needs root, and there is no sudo"
    fi
}

# apt_get ARGUMENT...: runs apt-get as root, and waits for programs that hold a
# lock of apt or dpkg. Fresh machines start such programs by themselves, and apt-get
# itself can wait for no more than one of its locks.
apt_get() {
    local errors holder told='' end=$((SECONDS + ${APT_LOCK_SECONDS:-600}))
    until errors=$(as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get "$@" 2>&1 >/dev/null); do
        holder=$(sed -n 's/^E: Could not get lock \(.*\)\. It is held by \(.*\)$/\2, which holds \1/p' <<<"$errors")
        if [ -z "$holder" ] || [ "$SECONDS" -ge "$end" ]; then
            printf '%s\n' "$errors" >&2
            return 1
        fi
        if [ "$holder" != "$told" ]; then say "waiting for $holder"; fi
        told=$holder
        sleep 1
    done
    [ -z "$errors" ] || printf '%s\n' "$errors" >&2
}

# need_server_user: PostgreSQL refuses to run as root, so root runs servers as a
# system user of their own, which is added if there is none. Scripts that run
# servers call this first.
need_server_user() {
    is_root || return 0
    if ! id "$SERVER_USER" >/dev/null 2>&1; then
        say "adding the system user $SERVER_USER, which runs the servers"
        useradd --system --no-create-home --shell /usr/sbin/nologin "$SERVER_USER"
        # For `make clean`, which removes no user that was here before.
        echo "$SERVER_USER" >"$LOCAL/added-user"
    fi
    # The folder is new, or was left by an earlier user of this name.
    case $(stat -c %U "$LOCAL/run") in
        root | UNKNOWN) chown -R "$SERVER_USER" "$LOCAL/run" ;;
    esac
}

# as_server_user COMMAND...: everybody but root runs servers as himself.
as_server_user() {
    if is_root; then
        runuser -u "$SERVER_USER" -- "$@"
    else
        "$@"
    fi
}

# others_can_enter FOLDER: whether the user that runs root's servers will reach it.
others_can_enter() { ! is_root || runuser -u nobody -- test -x "$1"; }

# make_local: the folder for .local, reachable by the user that runs the
# servers. A unix socket's path is limited to 107 bytes, so a long checkout
# path needs a shorter one too.
make_local() {
    local folder=$ROOT/.local elsewhere
    [ -d "$folder/." ] && return
    if [ ${#folder} -le 60 ] && others_can_enter "$ROOT"; then
        mkdir "$folder"
    else
        elsewhere=/var/tmp/tenant_metrics-$(printf %s "$ROOT" | cksum | cut -d' ' -f1)
        mkdir -p "$elsewhere"
        # Everybody can write to /var/tmp, so the folder may be another user's.
        [ -O "$elsewhere" ] || die "$elsewhere belongs to another user"
        ln -sfn "$elsewhere" "$folder"
    fi
    mkdir -p "$folder/run" "$folder/pg"
    chmod 755 "$folder/." "$folder/run" "$folder/pg"
}

make_local

# The server's user may be unable to follow a link out of the checkout.
LOCAL=$(readlink -f .local)
export PYTHON=$LOCAL/venv/bin/python
# Tests run in as many processes as there are processors, each with a server of its own.
# shellcheck disable=SC2034
PYTEST_PROCESSES=(--numprocesses auto --maxprocesses 4 --dist loadgroup)
export DEMO=$LOCAL/run/demo
# The version that `make demo`, `make bench` and `make test` use. Release
# builds of the extension go into an installation of their own, so that tests
# of debug builds change nothing under a running demo.
DEFAULT_MAJOR=$(sed -n 's/^default = \["pg\([0-9]*\)"\]$/\1/p' Cargo.toml)
[ -n "$DEFAULT_MAJOR" ] || die 'Cargo.toml has no line default = ["pgMAJOR"]'
export DEFAULT_MAJOR
export RELEASE_PG=$LOCAL/pg/$DEFAULT_MAJOR-release

# One build directory and one pgrx configuration serve all PostgreSQL versions.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$ROOT/target}
export PGRX_HOME=$LOCAL/pgrx
# cargo-pgrx links with a flag of its own, without which some linkers drop what its
# schema command reads. The default linker here keeps it, and with the same flags
# for all builds the dependencies are built once.
if [ "$(uname -m)" = x86_64 ]; then export CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND=1; fi
# .local/cargo has the versions that are wanted here, and .local/node is there
# only where the machine's own node is missing or too old.
PATH=$LOCAL/cargo/bin:$LOCAL/node/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin

postgres_majors() { sed -n 's/^\([0-9][0-9]*\) .*/\1/p' "$ROOT/scripts/postgres-versions"; }

# pg_config_of MAJOR PROFILE: where builds of that profile are installed.
pg_config_of() {
    case $2 in
        debug) echo "$LOCAL/pg/$1/bin/pg_config" ;;
        release) echo "$LOCAL/pg/$1-release/bin/pg_config" ;;
        *) die "a build is debug or release, not $2" ;;
    esac
}

# Installs all that a release build for DEFAULT_MAJOR needs, and builds it.
prepare_release() {
    scripts/install-postgres.sh "$DEFAULT_MAJOR" "$DEFAULT_MAJOR-release"
    scripts/prepare-build.sh "$DEFAULT_MAJOR"
    say "building the extension in release mode (usually 2 to 3 min; a second if nothing has changed)"
    scripts/install-extension.sh "$DEFAULT_MAJOR" release
}
