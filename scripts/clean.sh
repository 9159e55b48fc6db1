#!/usr/bin/env bash
# `make clean`: stops the demo's server and removes all that was installed or built
# here, and the system user if it was added here.
. "$(dirname "$0")/environment.sh"

[ -d "$DEMO" ] && scripts/demo-server.sh stop

if [ -f "$LOCAL/added-user" ]; then
    user=$(cat "$LOCAL/added-user")
    if as_root userdel "$user"; then
        say "the system user $user is removed"
    else
        say "the system user $user stays; when nothing needs it: userdel $user"
    fi
fi
rm -rf "$LOCAL" .local target
