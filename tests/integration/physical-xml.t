#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# physical-xml.t: the real virt-v2v reads out of physical.xml what p2v-transport put in, for machines of many kinds.
set -uo pipefail
tests=$(cd "$(dirname "$0")/.." && pwd)
build=${P2V_BUILD:-$tests/../build}
# shellcheck source=tests/lib/tap.sh
. "$tests/lib/tap.sh"
command -v virt-v2v > /dev/null || { echo "Bail out! virt-v2v is not installed (tests/install-needs.sh)"; exit 1; }
scratch=$(mktemp -d)
nbdkit_pid=
end_nbdkit() { if [ -n "$nbdkit_pid" ]; then kill "$nbdkit_pid" 2> /dev/null; wait "$nbdkit_pid"; nbdkit_pid=; fi; }
trap 'end_nbdkit; rm -rf "$scratch"' EXIT

# One small disk for all.
for _ in 1 2 3 4 5 6 7 8; do
    port=$((20000 + RANDOM % 10000))
    nbdkit -f --ipaddr 127.0.0.1 --port "$port" --pidfile "$scratch/pid" null 1M 2> "$scratch/nbdkit" &
    nbdkit_pid=$!
    for _ in $(seq 600); do [ ! -s "$scratch/pid" ] && kill -0 "$nbdkit_pid" 2> /dev/null && sleep 0.1; done
    [ ! -s "$scratch/pid" ] || break
    end_nbdkit
done
[ -n "$nbdkit_pid" ] || bail_out "nbdkit does not start: $(cat "$scratch/nbdkit")"
"$build/tests/test-transport-physical-xml" --write "$scratch" "$port" || bail_out "no documents"

for xml in "$scratch"/*.xml; do
    case=$(basename "$xml" .xml)
    virt-v2v -i libvirtxml "$xml" --print-source > "$scratch/out" 2> "$scratch/err"
    is "virt-v2v takes machine $case" "$?" 0
    # Its headings, and what physical machines have none of, are left out.
    got=$(sed -E 's/^[ \t]+//; s/[ \t]+$//' "$scratch/out" |
        grep -Ev '^(\[.*|Source guest.*|hypervisor type.*|VM genid:|display:|sound:|disks:|removable media:|NICs:|)$')
    is "and reads of machine $case what was written" "$got" "$(sed -E 's/[ \t]+$//' "${xml%.xml}.expected")"
done
done_testing
