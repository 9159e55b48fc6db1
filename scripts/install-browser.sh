#!/usr/bin/env bash
# What the tests of the page need: node, and Chromium from Debian's packages.
# Prints the path of the browser. Where it cannot be installed the exit status
# is 3, and the reason is printed instead.
. "$(dirname "$0")/environment.sh"

cannot() { echo "$*"; exit 3; }

# A snap sees neither /tmp nor .local, so what is in /snap is passed over.
find_browser() {
    local name path
    for name in ${CHROMIUM:+"$CHROMIUM"} chromium google-chrome-stable google-chrome; do
        path=$(command -v "$name") || continue
        case $path in /snap/*) continue ;; esac
        echo "$path"
        return
    done
    return 1
}

if ! find_browser >/dev/null; then
    command -v apt-get >/dev/null || cannot "there is no Chromium, and no apt-get to install it"
    # shellcheck source=/dev/null
    distribution=$(. /etc/os-release && echo "$ID")
    [ "$distribution" = debian ] || cannot "there is no Chromium, and that of $distribution is no package of apt"
    is_root || sudo --non-interactive true 2>/dev/null || cannot "there is no Chromium, and installing it needs root"
    scripts/install-packages.sh browser >&2
fi
scripts/install-node.sh >&2
find_browser || die "the package chromium has no program called chromium"
