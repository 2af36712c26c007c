#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# faults.t: a machine that converts itself, when things go wrong: no DHCP answer at first, then a server that is down at first, a wrong
# key, and a network cable that is pulled in mid-copy and put back. A static address by ip=. The virt-v2v is a pretended one that
# copies. About ten minutes.
# shellcheck disable=SC2154  # server.env and p2v.sh set some variables
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/image/machine.sh
. "$(dirname "$0")/machine.sh"

make_disk "$machine/sda.img" 96 random
make_disk "$machine/nvme.img" 16 half-zero
digests=$(machine_digests)
new_server server --v2v copy --restarts
mkdir "$scratch/out"
ok "the files for PXE are made" make_image --pxe "$scratch/pxe"

# begin WORDS [OPTION...]
begin()
{
    rm -rf "$scratch"/out/*
    machine_start -kernel "$scratch/pxe/vmlinuz" -initrd "$scratch/pxe/initrd" \
        -append "console=tty0 console=ttyS0,115200 p2v.server=10.0.2.2 p2v.port=$server_port p2v.password=$server_password p2v.o=local p2v.os=$scratch/out p2v.name=guest $machine_words $1" \
        "${@:2}"
}

# told NAME REGEX [SECONDS]
told()
{
    within "${3:-240}" machine_says_or_ended "$2" || :
    ok "$1" machine_says "$2"
    machine_says "$2" || machine_show
}

# over NAME: converted, and switched off
over()
{
    ok "$1: it is converted after all, and the machine powers itself off" within 400 machine_ended
    machine_ended || machine_show
    machine_stop
    ok "$1: the disk arrived" cmp "$scratch/out/guest-sda" "$machine/sda.img"
    is "$1: no disk was written to" "$(machine_digests)" "$digests"
}

# ---- nobody answers DHCP; then somebody does, but the server is down; then it is up ------------------------

sockets=("${machine_nets[@]}")
machine_nets=("hubport,id=first,hubid=1" "hubport,id=second,hubid=2")
server_down "$server"
begin ''
told "no DHCP answer: it waits, and says that there is no network" 'waiting, for at most 3600 seconds .*there is no way to 10\.0\.2\.2'
machine_monitor 'netdev_add user,id=late'
machine_monitor 'netdev_add hubport,id=plug,hubid=1,netdev=late'
told "an address, and no server: it waits, and says so" '10\.0\.2\.2 refuses connections' 300
server_up "$server"
told "the server comes up: it is told, and after how long" '10\.0\.2\.2 answers after [0-9]+ s'
over "late network and server"

# ---- a key that is not the server's --------------------------------------------------------------------

machine_nets=("${sockets[@]}")
begin "p2v.hostkey=SHA256:$(head -c 32 /dev/urandom | base64 | tr -d =)"
told "a wrong host key ends it, and is told" 'error: .*host key'
ok "and the machine stays on, for somebody to read that" kill -0 "$machine_pid"
machine_stop
is "nothing was converted" "$(ls "$scratch/out")" ""

# ---- a static address, and the cable is pulled in mid-copy ---------------------------------------------

echo slow > "$server/etc/pretend"
echo 1 > "$server/etc/slow"
begin 'ip=10.0.2.77::10.0.2.2:255.255.255.0::enp0s2:none p2v.pre="nm-online -q -t 60; ip -4 -o address"'
told "the static address of ip= is that of the first card" 'enp0s2 +inet 10\.0\.2\.77/24'
told "the copy is begun" 'Copying disk 1/'
machine_monitor 'set_link first off'
told "the cable is pulled: it is told" 'is lost \(.*reconnecting since'
machine_monitor 'set_link first on'
told "it is back: so is that" 'is back after [0-9]+ s'
over "cable pulled"
done_testing
