#!/usr/bin/env bash
# Usage: install-packages.sh SET...
# Installs the Debian or Ubuntu packages of each set (build, python, run, test,
# clients, browser, lint) that are missing. When none is, it needs neither network nor root.
. "$(dirname "$0")/environment.sh"

missing=()
libraries=$(ldconfig -p)

# need PACKAGE...: the packages must be installed.
need() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok' ||
            missing+=("$package")
    done
}

# need_library SONAME PACKAGE...: the dynamic linker must find the library.
# Releases name its package differently; the first one that exists is taken.
need_library() {
    local soname=$1
    shift
    if [[ $libraries != *"$soname "* ]]; then
        missing+=("$(IFS='|'; echo "$*")")
    fi
}

# resolve 'A|B': the first of the alternatives that apt can install.
resolve() {
    local package
    for package in ${1//|/ }; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            echo "$package"
            return
        fi
    done
    die "none of the packages $1 exists here"
}

for set in "$@"; do
    case $set in
        # bindgen reads PostgreSQL's headers with libclang and clang's own headers.
        build) need gcc libc6-dev clang libclang-dev ca-certificates ;;
        python) need python3-venv ;;
        # What the servers and programs in .local/pg are linked to.
        run)
            # They are built without time zones of their own.
            need tzdata
            need_library libreadline.so.8 libreadline8t64 libreadline8
            need_library libssl.so.3 libssl3t64 libssl3
            need_library libgssapi_krb5.so.2 libgssapi-krb5-2
            need_library libxml2.so.2 libxml2
            need_library liblz4.so.1 liblz4-1
            need_library libzstd.so.1 libzstd1
            need_library libz.so.1 zlib1g
            ;;
        # `cargo pgrx test --runas` starts its server through sudo.
        test) if is_root; then need sudo; fi ;;
        # ActiveRecord and JPA; without apt their tests are skipped, so nothing is needed.
        clients)
            if command -v apt-get >/dev/null; then
                need ruby ruby-activerecord ruby-pg libeclipselink-java libpostgresql-jdbc-java
                # The default of Ubuntu 22.04 is Java 11.
                javac --release 17 -version >/dev/null 2>&1 ||
                    missing+=('openjdk-17-jdk-headless|default-jdk-headless')
            fi
            ;;
        # The tests of the page; Ubuntu has no such package.
        browser) need chromium ;;
        lint) need shellcheck ;;
        *) die "there is no set of packages called $set" ;;
    esac
done

[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null ||
    die "this is neither Debian nor Ubuntu; please install what these packages hold: ${missing[*]}"

apt_get update -qq
packages=()
for alternatives in "${missing[@]}"; do
    packages+=("$(resolve "$alternatives")")
done
say "installing the packages ${packages[*]} (usually about a minute)"
apt_get install -qq -y --no-install-recommends "${packages[@]}"
