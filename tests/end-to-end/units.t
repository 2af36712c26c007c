#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# units.t: the boot image's units are tight, by systemd's own measure, and what they take away a conversion can do without.
# Where systemd is not the first process as much of a unit as can be had without it is put on (tests/lib/as-unit); the mounts and
# devices of it tests/image/ shows.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

units=usr/lib/systemd/system
most=4.0
cp -r "$tests/../image/root" "$scratch/system"
# One of them, and what they have in common, is in the package virt-p2v.
mkdir "$scratch/system/$units/virt-p2v-.service.d"
cp "$tests/../packaging/systemd/10-supervisor.conf" "$scratch/system/$units/virt-p2v-.service.d/"
sed 's|@bindir@|/usr/bin|' "$tests/../packaging/systemd/virt-p2v-unattended.service" > "$scratch/system/$units/virt-p2v-unattended.service"

score() { systemd-analyze security --offline=true --root="$scratch/system" "$1" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p'; }
at_most() { awk -v score="$1" -v most="$2" 'BEGIN { exit !(score != "" && score + 0 <= most + 0) }'; }
for file in "$scratch/system/$units"/*.service; do
    unit=${file##*/}
    unit=${unit/@./@tty1.}
    score=$(score "$unit")
    ok "$unit exposes at most $most ($score)" at_most "$score" "$most"
done
is "and nothing of them is unknown to systemd" "$(systemd-analyze verify --man=no --root="$scratch/system" "$scratch/system/$units"/virt-p2v-*.service 2>&1 | sed -nE '/[Uu]nknown|[Ii]nvalid|[Ff]ailed to parse/p')" ""

# starts CMDLINE UNIT: would it, with these words of the kernel?
starts()
{
    local conditions=()
    mapfile -t conditions < <(grep '^Condition' "$scratch/system/$units/$2.service")
    SYSTEMD_PROC_CMDLINE=$1 systemd-analyze condition "${conditions[@]}" > "$scratch/condition" 2>&1
}
starts_not() { ! starts "$@"; }
for word in p2v.server p2v.remote.server; do
    for unit in virt-p2v-unattended p2v-told@; do
        ok "$word starts $unit" starts "quiet $word=there" "$unit"
        ok "and without it $unit is not started" starts_not "quiet p2v.o=null" "$unit"
    done
    for unit in virt-p2v-terminal@ virt-p2v-gtk p2v-display; do
        ok "$word keeps $unit away" starts_not "quiet $word=there" "$unit"
        ok "and without it $unit is started" starts "quiet p2v.o=null" "$unit"
    done
done

# ---- a conversion with these rights --------------------------------------------------------------------

common=$scratch/system/$units/virt-p2v-.service.d/10-supervisor.conf
p2v_wrapper=("$tests/lib/as-unit" "$common" "$scratch/system/$units/virt-p2v-unattended.service" --)
rights() { "${p2v_wrapper[@]}" "$@"; }
is "the wrapper takes capabilities away" "$(rights sh -c 'grep CapBnd /proc/self/status' | awk '{ print $2 }')" "$(printf '%016x' $((1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 18 | 1 << 21 | 1 << 22 | 1 << 34)))"
ok "and namespaces that are not listed" sh -c '! "$@"' sh "${p2v_wrapper[@]}" unshare --user true
ok "but none of those that are" rights unshare --mount --net --ipc --uts --pid --fork true
ok "and system calls" sh -c '! "$@"' sh "${p2v_wrapper[@]}" taskset 1 true

# LeakSanitizer looks at a process by ptrace(2), which the units do not permit.
[ -z "${P2V_SANITIZE:-}" ] || export ASAN_OPTIONS=detect_leaks=0

new_server copy --v2v copy
mkdir "$scratch/out"
chmod 777 "$scratch/out"
head -c 8388608 /dev/urandom > "$scratch/disk"
run_p2v 120 "$(server_cmdline root) p2v.o=local p2v.os=$scratch/out p2v.of=raw p2v.name=guest p2v.pre=\"touch $scratch/pre\" p2v.post=\"touch $scratch/post\"" "$scratch/disk"
is "a conversion succeeds" "$p2v_status" 0
ok "the disk is the same" cmp "$scratch/disk" "$scratch/out/guest-sda"
ok "p2v.pre and p2v.post have run" test -e "$scratch/pre" -a -e "$scratch/post"
[ "$p2v_status" = 0 ] || show_output
done_testing
