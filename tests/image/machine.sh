# shellcheck shell=bash disable=SC2154  # $scratch and $tests are of p2v.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# machine.sh: a physical machine in qemu, under its own emulation, to be booted from the boot image; sourced, after p2v.sh.
#
# It has a SATA disk with a real Debian, an NVMe disk with data, a CD drive, an e1000 and a virtio network card, two processors, 2 GiB and a
# serial line. It reaches this machine's loopback, where the conversion server is, as 10.0.2.2, by its first network card.
#
#   machine_disks                     makes $machine/sda.img and $machine/nvme.img, once
#   machine_digests                   of both
#   machine_cd                        what lies in the CD drive, if anything
#   machine_vga                       its graphics card: qemu's -vga
#   machine_nets                      what its network cards, first and second, are connected to: qemu's -netdev
#   machine_words                     for its kernel's command line, which the test gives it
#   machine_start OPTION...           with more options of qemu; $machine_pid; the console's text goes to $machine/console
#   machine_says REGEX                has the console said this?
#   machine_monitor COMMAND           of qemu's monitor
#   machine_ended, machine_stop
#   make_image OPTION...              virt-p2v-make-disk of this tree, with its packages: of the folder $P2V_DEBS, or made here

machine=$scratch/machine
machine_pid=
machine_cd=
machine_vga=std
# A tick on each processor: one that is emulated and loses one interrupt of its timer, as happens under load, would never wake again.
machine_words="nohz=off highres=off"
machine_nets=("user,id=first" "user,id=second,net=10.9.9.0/24,restrict=on")
mkdir "$machine"

# No --test-disk: the programs are inside the image.
make_image()
{
    local debs=${P2V_DEBS:-$scratch/deb}
    [ -d "$debs" ] || "$tests/../packaging/make-deb" "$debs" > "$scratch/make-deb" 2>&1 || { diag < "$scratch/make-deb"; return 1; }
    "$tests/../image/virt-p2v-make-disk" --deb-dir "$debs" "$@" > "$scratch/make-image" 2>&1 || { diag < "$scratch/make-image"; return 1; }
}

machine_disks()
{
    "$tests/guest/make-guest.sh" "$machine/sda.img"
    make_disk "$machine/nvme.img" 64 half-zero
}

machine_digests() { openssl dgst -sha256 "$machine/sda.img" "$machine/nvme.img"; }

machine_start()
{
    rm -f "$machine/console" "$machine/serial" "$machine/monitor"
    setpriv --pdeathsig KILL qemu-system-x86_64 -nodefaults -no-user-config -machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 \
        -vga "$machine_vga" -display none -no-reboot \
        -chardev "socket,id=serial,path=$machine/serial,server=on,wait=off,logfile=$machine/console" -serial chardev:serial \
        -monitor "unix:$machine/monitor,server=on,wait=off" \
        -netdev "${machine_nets[0]}" -device e1000,netdev=first \
        -netdev "${machine_nets[1]}" -device virtio-net-pci,netdev=second \
        -drive "if=none,id=sda,file=$machine/sda.img,format=raw" -device ide-hd,drive=sda,serial=PHYSICAL1 \
        -drive "if=none,id=nvme,file=$machine/nvme.img,format=raw" -device nvme,drive=nvme,serial=PHYSICAL2 \
        -drive "if=none,id=cd,media=cdrom${machine_cd:+,file=$machine_cd,format=raw,readonly=on}" -device ide-cd,bus=ide.2,drive=cd,bootindex=1 \
        "$@" < /dev/null > "$machine/qemu" 2>&1 &
    machine_pid=$!
    within 10 test -S "$machine/monitor" || { diag < "$machine/qemu"; return 1; }
}

machine_says() { grep -aqE "$1" "$machine/console"; }
machine_ended() { ! kill -0 "$machine_pid" 2>/dev/null; }
# Either: what is waited for, or the end.
machine_says_or_ended() { machine_says "$1" || machine_ended; }
machine_monitor() { printf '%s\n' "$1" | socat -t 2 - "UNIX-CONNECT:$machine/monitor" > /dev/null; }
machine_show() { { cat "$machine/qemu"; tail -n 40 "$machine/console" | tr -d "\000\r"; } | diag; }

machine_stop()
{
    if [ -n "$machine_pid" ]; then
        kill -KILL "$machine_pid" 2>/dev/null || :   # it may have ended by itself
        wait "$machine_pid" 2>/dev/null || :
        machine_pid=
    fi
}
