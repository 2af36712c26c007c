#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nbd-servers.t: --nbd. Each external NBD server carries the same bytes as ours, in a sandbox of its own, without a TCP port;
# the first that is installed is taken; one that dies ends the conversion with its name and its last words.
# The server's virt-v2v only copies.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/file" 24 random
make_disk "$scratch/half" 30 half-zero 3    # a whole number of sectors, but not of 4 KiB blocks
chmod 600 "$scratch/file"
loop=$(loop_attach "$scratch/half")         # writable: nothing but the servers' own manners and the sandbox protects it
digest=$(sha256sum "$scratch/file" "$scratch/half")
external=(qemu-nbd qemu-nbd-no-sa nbdkit nbdkit-no-sa)

# arrives NAME SERVER: with p2v_options and p2v_wrapper set, both disks arrive, served by SERVER.
arrives()
{
    local name=$1 words
    mkdir "$scratch/out"
    run_p2v 120 "$at p2v.o=local p2v.os=$scratch/out p2v.of=raw" "$scratch/file" "$loop"
    is "$name: the conversion succeeds" "$p2v_status" 0
    [ "$p2v_status" = 0 ] || show_output
    words=$(grep -o 'the disks are served by [a-z-]*' <<< "$p2v_out") || words="the disks are served by builtin"
    is "$name: the disks are served by the right one" "$words" "the disks are served by $2"
    ok "$name: a file that only root may read is the same, byte for byte" cmp "$scratch/file" "$scratch/out/guest-sda"
    ok "$name: a block device is the same, byte for byte" cmp "$scratch/half" "$scratch/out/guest-sdb"
    ok "$name: none of our processes is left" within 5 no_p2v_process_left
    rm -r "$scratch/out"
}

# fails_saying NAME REGEX: the conversion fails, with one sentence, and nothing is left.
fails_saying()
{
    run_p2v 60 "$at" "$scratch/file" "$loop"
    is "$1: the conversion fails" "$p2v_status" 1
    like "$1: the sentence names the server and the cause" "$p2v_err" "$2"
    is "$1: there is one sentence" "$(grep -c 'virt-p2v: error: ' <<< "$p2v_err")" 1
    ok "$1: no process is left" within 5 no_p2v_process_left
}

# hidden REPLACEMENT PROGRAM... : a wrapper for p2v_wrapper that puts something else in the place of programs, for us alone
hidden()
{
    # shellcheck disable=SC2016  # for the inner shell
    local script='r=$1; shift; while [ "$1" != -- ]; do mount --bind "$r" "$1"; shift; done; shift; exec "$@"'
    p2v_wrapper=(unshare --mount sh -ec "$script" sh "$@" --)
}

new_server copy --v2v copy
at="p2v.server=127.0.0.1 p2v.port=$server_port p2v.identity=file://$server_key p2v.name=guest"
for name in "${external[@]}"; do
    p2v_options=("--nbd=$name")
    arrives "$name" "$name"
done

# ---- which one is taken --------------------------------------------------------------------------------

p2v_options=("--nbd=nbdkit-no-sa,qemu-nbd,builtin")
arrives "of three that are installed, the first" nbdkit-no-sa
hidden /dev/null /usr/bin/qemu-nbd
p2v_options=("--nbd=qemu-nbd,qemu-nbd-no-sa,nbdkit,builtin")
arrives "where two are not installed, the third" nbdkit
hidden /dev/null /usr/bin/qemu-nbd /usr/bin/nbdkit
p2v_options=("--nbd=qemu-nbd,nbdkit,builtin")
arrives "where none but ours is installed, ours" builtin
p2v_options=("--nbd=qemu-nbd,nbdkit-no-sa")
fails_saying "where none is installed" 'none of the NBD servers that --nbd names is installed \(looked for: /usr/bin/qemu-nbd, /usr/bin/nbdkit'

# ---- one that cannot start -----------------------------------------------------------------------------

p2v_options=(--nbd=qemu-nbd)
hidden /usr/bin/false /usr/bin/qemu-nbd
fails_saying "a server that only ends" 'cannot serve disk sd[ab]: the NBD server qemu-nbd has ended, by exit status 1'
hidden /usr/bin/ls /usr/bin/qemu-nbd
fails_saying "a server that complains" 'the NBD server qemu-nbd has ended, by exit status 2: .*--help'
p2v_options=(--nbd=qemu-nbd-no-sa)
fails_saying "a server that makes no socket" 'the NBD server qemu-nbd-no-sa has ended, by exit status 2: .*--help'
p2v_wrapper=()

for list in nfs "" qemu-nbd,nfs; do
    status=0
    words=$("$scratch/bin/virt-p2v" "--nbd=$list" 2>&1) || status=$?
    is "--nbd='$list' is a usage error" "$status" 2
    like "--nbd='$list': the sentence names what there is" "$words" 'builtin, qemu-nbd, qemu-nbd-no-sa, nbdkit, nbdkit-no-sa'
done
server_stop "$server"

# ---- what a server is locked into, while it runs -------------------------------------------------------

# The children of this test's p2v-export processes.
servers()
{
    local pid program
    while read -r pid program; do
        if [ "$program" = p2v-export ]; then pgrep -P "$pid" || :; fi
    done < <(p2v_processes)
}
both_servers() { [ "$(servers | wc -l)" -eq 2 ]; }
status_of() { awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$1/status"; }
# Network namespaces of all our processes: the listening TCP sockets in each.
tcp_listeners()
{
    local pid
    { while read -r pid _; do echo "$pid"; done < <(p2v_processes); servers; } | while read -r pid; do
        [ "$(readlink "/proc/$pid/ns/net")" = "$(readlink /proc/self/ns/net)" ] || nsenter -t "$pid" -n ss -Hltn
    done
    ss -Hltnp | grep -E '"(p2v-|virt-p2v|qemu-nbd|nbdkit)' | grep -F -e "$(servers | sed 's/.*/pid=&,/')" -e "$(p2v_processes | sed 's/ .*//; s/.*/pid=&,/')" || :
}
gone() { local pid; for pid in "$@"; do [ ! -e "/proc/$pid" ] || [ "$(status_of "$pid" State)" = "Z (zombie)" ] || return 1; done; }

names_in() { find "$1/" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | xargs; }

# locked PID NAME: each layer, and the little that it sees
locked()
{
    local pid=$1 name=$2 namespace
    is "$name: its uid is p2v-export's" "$(status_of "$pid" Uid | xargs)" "60702 60702 60702 60702"
    is "$name: it can gain no privilege" "$(status_of "$pid" NoNewPrivs)" 1
    is "$name: seccomp filters it" "$(status_of "$pid" Seccomp)" 2
    is "$name: it has no capability to gain" "$(status_of "$pid" CapBnd)" 0000000000000000
    for namespace in mnt net ipc uts pid; do
        ok "$name: it has a $namespace namespace of its own" test "$(readlink "/proc/$pid/ns/$namespace")" != "$(readlink "/proc/self/ns/$namespace")"
    done
    is "$name: its network is empty" "$(nsenter -t "$pid" -n ip -br addr | xargs)" "lo DOWN"
    is "$name: all it sees is its disk, itself and libraries" "$(names_in "/proc/$pid/root")" "dev disk etc lib lib64 socket usr"
    is "$name: the only program is itself" "$(names_in "/proc/$pid/root/usr/bin")" "${name%-no-sa}"
    is "$name: there is no other device" "$(names_in "/proc/$pid/root/dev")" "null urandom"
    ok "$name: it has no core file" grep -q 'Max core file size *0 *0 ' "/proc/$pid/limits"
}

new_server hang --v2v hang
at="p2v.server=127.0.0.1 p2v.port=$server_port p2v.identity=file://$server_key p2v.name=guest"
for name in "${external[@]}"; do
    p2v_options=("--nbd=$name")
    start_p2v "$at" "$loop" "$scratch/file"
    comes_to 'Copying disk 1'    # virt-v2v has read from it
    ok "$name: one for each disk runs during the conversion" both_servers
    mapfile -t running < <(servers)
    [ "${#running[@]}" = 2 ] || { show_output; bail_out "$name does not run"; }
    for pid in "${running[@]}"; do
        [ "$(stat -c %F "/proc/$pid/root/disk")" != "block special file" ] || break
    done
    locked "$pid" "$name"
    is "$name: with a block device it has no capability" "$(for set in CapEff CapPrm CapInh CapAmb; do status_of "$pid" $set; done | sort -u)" 0000000000000000
    is "$name: the device is root's, and its group may read it" "$(stat -c '%u %g %a' "/proc/$pid/root/disk")" "0 60702 40"
    is "$name: nobody of ours listens on TCP" "$(tcp_listeners)" ""
    kill -SEGV "$pid"
    wait_p2v 40
    is "$name, killed: the conversion fails" "$p2v_status" 1
    like "$name, killed: the sentence names it and the signal" "$p2v_err" "cannot serve disk sda: the NBD server $name has ended, by signal 11"
    ok "$name, killed: no process is left" within 5 no_p2v_process_left
    ok "$name, killed: the other disk's server has ended too" within 5 gone "${running[@]}"
done

p2v_options=(--nbd=nbdkit)
start_p2v "$at" "$loop" "$scratch/file"
comes_to 'Copying disk 1'
mapfile -t running < <(servers)
kill -INT "$p2v_pid"
wait_p2v 40
is "SIGINT cancels" "$p2v_status" 3
ok "cancelled: no server is left" within 5 gone "${running[@]}"
start_p2v "$at" "$loop" "$scratch/file"
comes_to 'Copying disk 1'
mapfile -t running < <(servers)
kill -KILL "$p2v_pid"
wait_p2v 5
ok "a killed supervisor leaves no process" within 20 no_p2v_process_left
ok "a killed supervisor leaves no server" within 5 gone "${running[@]}"
server_stop "$server"

# ---- by hand: writes, and another user than root -------------------------------------------------------

# by_hand SERVER DISK [WRAPPER...]: $socket is where it serves, $pid the p2v-export
by_hand()
{
    local name=$1 disk=$2
    shift 2
    socket=$scratch/by-hand/socket
    rm -f "$socket"
    setpriv --pdeathsig KILL "$@" "$scratch/bin/p2v-export" --external "$name" --disk "$disk" --socket "$socket" 2> "$scratch/stderr" &
    pid=$!
    within 60 nbdinfo --size "nbd+unix:///?socket=$socket" > /dev/null 2>&1 || show_output
}
end_by_hand() { kill "$pid"; wait "$pid" || :; }
mkdir "$scratch/by-hand"
chmod 777 "$scratch/by-hand"

# Each way to change a disk, sent although the server says it is read-only. Prints those that were let through.
try_to_write()
{
    /usr/bin/python3 - "$1" <<'PYTHON'
import nbd, sys
h = nbd.NBD()
h.set_strict_mode(0)
h.connect_unix(sys.argv[1])
print("read-only" if h.is_read_only() else "writable")
for name, call in (("write", lambda: h.pwrite(b"x" * 512, 0)), ("trim", lambda: h.trim(512, 0)), ("zero", lambda: h.zero(512, 0))):
    try:
        call()
        print(name, "was let through")
    except nbd.Error:
        pass
PYTHON
}
for name in "${external[@]}"; do
    by_hand "$name" "$loop"
    is "$name: it says that the disk is read-only, and refuses every change" "$(try_to_write "$socket")" read-only
    end_by_hand
done

chmod 644 "$scratch/file"
for name in "${external[@]}"; do
    by_hand "$name" "$scratch/file" setpriv --reuid 12345 --regid 12345 --clear-groups
    nbdcopy "nbd+unix:///?socket=$socket" "$scratch/copy" || :
    ok "$name, not root: the same bytes" cmp "$scratch/file" "$scratch/copy"
    is "$name, not root: nothing stays in /tmp" "$(find /tmp -maxdepth 1 -user 12345)" ""
    end_by_hand
    rm -f "$scratch/copy"
done

is "the disks are as they were" "$(sha256sum "$scratch/file" "$scratch/half")" "${digest}"
done_testing
