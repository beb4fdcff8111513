#!/usr/bin/env bash
# Installs the Debian 12 packages that Assay needs, and only those that are missing.
#
#   tools/deps.sh             what building and running needs (same as --demo)
#   tools/deps.sh --test      that, and what the tests need
#   tools/deps.sh --list      prints the packages of both sets and what is missing; installs nothing
#
# Needs root or sudo when something is missing, and then the network; neither otherwise.
set -euo pipefail

# One package a line: what it is for stands behind it.
RUN_AND_BUILD="
    gcc                 # the compiler of the dev and release presets
    libc6-dev
    cmake
    ninja-build
    pkg-config
    liburing-dev        # journal, network
    libck-dev           # rings, epochs
    libjemalloc-dev     # the program's allocator
    libnng-dev          # broadcast of the event stream
    libpq-dev           # settlement writer
    postgresql-15       # its server; the demo runs a private one
    libssl-dev          # SHA-256, HMAC
    libargon2-dev       # password hashes
    libcyaml-dev        # venue.yaml
    libyaml-dev
    libjansson-dev      # control and configuration data
    zlib1g-dev          # WebSocket compression
    libxxhash-dev       # hash tables, digests
    libcmocka-dev       # unit tests; part of every configured build
    liblzma-dev         # recordings of order flow, as they ship
    tzdata              # time zones of timetables
"
TEST_ONLY="
    clang               # the compiler of the asan and tsan presets
    libclang-rt-14-dev  # its sanitizers and libFuzzer
    llvm                # readable sanitizer reports
    clang-format
    clang-tidy
    g++                 # the QuickFIX client is C++
    libquickfix-dev     # a FIX peer that is not ours
    chromium            # the page in a real browser
    fonts-dejavu-core   # so that its screenshots have letters
    python3             # the test runner, small tools of the tests
    git
    curl
    procps
"

names()
{
    sed -e 's/#.*//' <<<"$1" | xargs
}

# Tests need any Node from 18 on, from wherever it came; Debian's only when there is none.
node_packages()
{
    local major
    major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p' || true)
    [ "${major:-0}" -ge 18 ] || echo nodejs
    command -v npm >/dev/null || echo npm
}

missing()
{
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done
}

# Debian's server package makes and starts a cluster at its first installation. Assay runs its own
# private servers, so none is made here; the setting is put back afterwards.
keep_postgresql_quiet()
{
    conf=/etc/postgresql-common/createcluster.conf
    $root env DEBIAN_FRONTEND=noninteractive apt-get "${apt_options[@]}" install postgresql-common >>"$log" 2>&1
    [ -f "$conf" ] || return 0
    $root cp -p "$conf" "$conf.assay-saved"
    trap '$root mv "$conf.assay-saved" "$conf"' EXIT
    $root sed -i '1i create_main_cluster = false' "$conf"
}

sets=demo
case "${1:---demo}" in
--demo) ;;
--test) sets=test ;;
--list) sets=list ;;
-h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
*)
    echo "deps.sh: unknown argument $1; try --help" >&2
    exit 2
    ;;
esac
if ! command -v dpkg-query >/dev/null; then
    echo "deps.sh: this needs a Debian system (Debian 12 is the one that is tested)." >&2
    echo "Install by hand what stands at the top of tools/deps.sh." >&2
    exit 1
fi

packages=$(names "$RUN_AND_BUILD")
[ "$sets" = demo ] || packages="$packages $(names "$TEST_ONLY") $(node_packages | xargs)"
# shellcheck disable=SC2086
wanted=$(missing $packages | xargs)

if [ "$sets" = list ]; then
    echo "build and run: $(names "$RUN_AND_BUILD")"
    echo "tests: $(names "$TEST_ONLY") (and nodejs, npm where no Node 18 or newer is)"
    echo "missing: ${wanted:-nothing}"
    exit 0
fi
if [ -z "$wanted" ]; then
    exit 0
fi

echo "deps.sh: installing $wanted"
root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "deps.sh: neither root nor sudo. Ask for this, then start again:" >&2
        echo "    apt-get update && apt-get install --no-install-recommends $wanted" >&2
        exit 1
    fi
    root="sudo"
fi
apt_options=(-y -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 --no-install-recommends)
log=$(mktemp "${TMPDIR:-/tmp}/assay-deps.XXXXXX")
if ! $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 update; then
    echo "deps.sh: apt-get update failed (no network, or a source of packages is wrong): trying on" >&2
fi
case " $wanted " in
*" postgresql-15 "*) keep_postgresql_quiet ;;
esac
# shellcheck disable=SC2086
if ! $root env DEBIAN_FRONTEND=noninteractive apt-get "${apt_options[@]}" install $wanted >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "deps.sh: apt-get could not install: $wanted (the whole log is in $log)" >&2
    exit 1
fi
rm -f "$log"
echo "deps.sh: installed"
