#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a running p2v-export is locked into, read from /proc, and what its options say and refuse.
. "$(dirname "$0")/export-lib.sh"

head -c 1048576 /dev/urandom > "$work/disk"
touch "$work/inherited"
exec 9< "$work/inherited"
export_disk "$work/disk"
exec 9<&-
status() { awk -v key="$1:" '$1 == key { print $2 }' "/proc/$pid/status"; }
own() { test "$(readlink "/proc/$pid/ns/$1")" != "$(readlink "/proc/self/ns/$1")"; }
sees() { ls "/proc/$pid/root/" | wc -l; }

ok "seccomp filters it (mode 2)" test "$(status Seccomp)" = 2
ok "it can gain no privilege" test "$(status NoNewPrivs)" = 1
for set in CapEff CapPrm CapInh CapAmb; do
    ok "its capability set $set is empty" test "$(status $set)" = 0000000000000000
done
ok "it has one thread" test "$(status Threads)" = 1
ok "it has no core file" sh -c "grep -q 'Max core file size *0 *0 ' /proc/$pid/limits"
if [ "$(id -u)" -eq 0 ]; then
    ok "its capability bounding set is empty" test "$(status CapBnd)" = 0000000000000000
    ok "it runs as uid 60702" test "$(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' "/proc/$pid/status")" = "60702 60702 60702 60702"
    ok "it runs as gid 60702, without other groups" test "$(awk '$1 == "Gid:" { printf "%s ", $2 } $1 == "Groups:" { print NF }' "/proc/$pid/status")" = "60702 1"
    for namespace in mnt net ipc uts; do
        ok "it has a $namespace namespace of its own" own $namespace
    done
    ok "its root is empty" test "$(sees)" = 0
    ok "it can start no process" sh -c "grep -q 'Max processes *0 *0 ' /proc/$pid/limits"
    ok "by hand too it has nothing of what its starter had open" not sh -c "ls -l /proc/$pid/fd | grep inherited"
    ok "its socket is for its starter alone" test "$(stat -c %a "$socket")" = 600
    ok "it has its disk (twice: once past the page cache), one listening socket, and nothing else of the system's" \
        test "$(ls -l "/proc/$pid/fd" | grep -cE -- "-> ($work/disk|socket:)")" = 3
else
    skip "it runs as uid 60702" "not root"
fi
kill -STOP "$pid"; sleep 0.1; kill -CONT "$pid"
ok "it goes on after it was stopped" nbdinfo --size "$uri"
end_export

# What virt-p2v has glibc do for the sake of secrets (p2v-runner/become.c) must not touch memory that is there for large messages. ASan's
# malloc(3) is another one, and has more.
if [ -z "${P2V_SANITIZE:-}" ]; then
    export GLIBC_TUNABLES=glibc.malloc.perturb=255:glibc.malloc.tcache_count=0
    export_disk "$work/disk"
    unset GLIBC_TUNABLES
    ok "as virt-p2v starts it, it has less than 8 MiB of its own ($(status RssAnon) kB)" test "$(status RssAnon)" -lt 8192
    end_export
fi

"$program" --print-sandbox > "$work/whole-policy"
sed -n "/^System calls/,/^Enforced/p" "$work/whole-policy" > "$work/policy"
for call in io_submit io_getevents pread64 sendfile ppoll recvmsg sendmsg; do
    ok "the policy lists $call with a reason" grep -qE "^  $call +[a-z]" "$work/policy"
done
for call in socket socketpair connect bind listen open openat openat2 execve execveat clone clone3 fork ioctl pwrite64 ptrace dup mprotect io_setup io_uring_setup splice copy_file_range; do
    ok "the policy does not list $call" not grep -qE "^  $call( |$)" "$work/policy"
done
ok "--print-sandbox tells what the kernel enforced" grep -qE '^  seccomp +[0-9]+ rules' "$work/whole-policy"

ok "--help says how it is used" sh -c "$program --help | grep -q -- '--disk PATH'"
ok "--version tells a version" sh -c "$program --version | grep -qE '^p2v-export [0-9]'"
usage() { "$@"; test $? = 2; }
fails() { "$@"; test $? = 1; }
ok "without a disk it is used wrongly" usage "$program" --socket "$work/s"
ok "without a socket it is used wrongly" usage "$program" --disk "$work/disk"
ok "an operand is used wrongly" usage "$program" --disk "$work/disk" --socket "$work/s" more
ok "an unknown option is used wrongly" usage "$program" --nothing
ok "a disk that is not there is an error" fails "$program" --disk "$work/none" --socket "$work/s"
ok "a directory is no disk" fails "$program" --disk "$work" --socket "$work/s"
ok "a character device is no disk" fails "$program" --disk /dev/null --socket "$work/s"
touch "$work/there"
ok "a socket path that exists is an error" fails "$program" --disk "$work/disk" --socket "$work/there"
ok "a socket path that is too long is an error" fails "$program" --disk "$work/disk" --socket "$work/$(printf 'x%.0s' $(seq 120))"
done_testing
