#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# serial.t: a person at a serial line has a machine converted by the dialogs, and has it shut down. Nobody can log in there, and not
# even root's shell behind the shell button can write to a disk; of a data disk with LVM, swap, md and a dirty journal nothing is touched.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/image/machine.sh
. "$(dirname "$0")/machine.sh"

machine_disks
"$tests/guest/make-data-disk.sh" "$machine/nvme.img"           # in the place of random data
digests=$(machine_digests)
new_server copy --v2v copy
mkdir "$scratch/out"
make_image --pxe "$scratch/pxe" --serial || bail_out "the image is not made"
append=$(sed -n 's/^ *APPEND //p' "$scratch/pxe/pxelinux.cfg/default")

machine_start -kernel "$scratch/pxe/vmlinuz" -initrd "$scratch/pxe/initrd" -append "$append $machine_words"
# shellcheck disable=SC2154  # server.env sets them
person=(env "p2v_out=$scratch/out" "server_port=$server_port" "server_password=$server_password" "server_fingerprint=$server_fingerprint"
    /usr/bin/python3 "$tests/image/serial_person.py" "$machine/serial" "$machine/monitor")
status=0
"${person[@]}" > "$scratch/person" || status=$?
grep -v '^1\.\.' "$scratch/person"
tap_count=$(grep -cE '^(not )?ok ' "$scratch/person")    # numbered on from there
like "--serial is what the kernel is told" "$append" 'console=ttyS0'
is "the person saw all that" "$status" 0
ok "the machine is off" within 120 machine_ended
machine_ended || machine_show
machine_stop
is "neither disk was written to" "$(machine_digests)" "$digests"
ok "the chosen disk is converted" cmp "$scratch/out/serial-sda" "$machine/sda.img"
ok "the other one is not" test ! -e "$scratch/out/serial-sdb"
done_testing
