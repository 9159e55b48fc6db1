#!/usr/bin/env bash
# Puts Prometheus's sql_exporter, which its example is tested with, into
# .local/sql-exporter: unpacked from Debian's package, since installing that
# would start a service. Where it cannot be had, the test is skipped.
. "$(dirname "$0")/environment.sh"

PACKAGE=prometheus-sql-exporter
TARGET=$LOCAL/sql-exporter

[ -x "$TARGET/usr/bin/$PACKAGE" ] && exit 0
if ! command -v apt-get >/dev/null; then
    say "there is no apt here to get $PACKAGE with"
    exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# apt's own user, which root would download as, cannot enter the folder.
download() {
    (cd "$folder" && apt-get download -qq -o APT::Sandbox::User=root "$PACKAGE" >/dev/null 2>&1)
}

# The lists of packages may be missing, or older than what the mirror has.
if ! download && ! { apt_get update -qq && download; }; then
    say "apt has no $PACKAGE"
    exit 0
fi
say "unpacking $PACKAGE into .local/sql-exporter"
rm -rf "$TARGET"
dpkg-deb --extract "$folder/$PACKAGE"_*.deb "$TARGET"
