# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For the export-*.t: a p2v-export by hand, TAP, and a directory that goes away. Source it.
set -u
program=${P2V_BUILD:-build}/bin/p2v-export
work=$(mktemp -d)
tests=0
pid=
loops=()

clean_up() {
    end_export
    for loop in "${loops[@]}"; do losetup -d "$loop"; done
    rm -rf "$work"
}
trap clean_up EXIT

# ok NAME COMMAND...: a test that passes where the command succeeds; its output is shown where it does not.
ok() {
    local name=$1 output
    shift
    tests=$((tests + 1))
    if output=$("$@" 2>&1); then
        echo "ok $tests - $name"
    else
        echo "not ok $tests - $name"
        printf '%s\n' "\$ $*" "$output" | head -20 | sed 's/^/# /'
    fi
}
skip() { tests=$((tests + 1)); echo "ok $tests - $1 # SKIP $2"; }
not() { ! "$@"; }
done_testing() { echo "1..$tests"; }

# Puts a disk out of the page cache: then it is read as under the supervisor, and not sent from there.
cold() {
    sync "$1"
    dd "if=$1" iflag=nocache count=0 status=none
}

cached() { cat "$1" > /dev/null; }

# export_disk DISK: serves it; $pid is the server, $socket its socket, $uri where it is.
export_disk() {
    socket=$work/socket.$RANDOM$RANDOM
    uri="nbd+unix:///?socket=$socket"
    "$program" --disk "$1" --socket "$socket" &
    pid=$!
    for _ in $(seq 600); do
        nbdinfo --size "$uri" >/dev/null 2>&1 && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    echo "Bail out! p2v-export does not answer: $(nbdinfo --size "$uri" 2>&1)"
    exit 1
}

# Once: its number is another's later.
end_export() {
    [ -n "$pid" ] || return 0
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    pid=
}
