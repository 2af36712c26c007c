#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# display.t: a machine with a display and nothing on its command line shows the dialogs there, with its own fonts and keyboard; what is
# seen is read from the screen by tesseract. Its only keyboard is plugged in when they are seen already. The serial line has dialogs
# as well, and the disks stay as they are. Root logs in on the second console, because this image has a password, and finds the
# package that was asked for. About five minutes.
# shellcheck disable=SC2154  # p2v.sh sets some variables
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/image/machine.sh
. "$(dirname "$0")/machine.sh"

make_disk "$machine/sda.img" 16 random
make_disk "$machine/nvme.img" 16 half-zero
digests=$(machine_digests)
machine_vga=virtio

screen_says()
{
    machine_monitor "screendump $machine/screen.ppm"
    convert "$machine/screen.ppm" -colorspace Gray -resize 200% "$machine/screen.png" || return 1      # not there yet
    tesseract "$machine/screen.png" "$machine/screen" --psm 11 2> /dev/null || return 1
    grep -qiE "$1" "$machine/screen.txt"
}

# sees NAME REGEX SECONDS
sees()
{
    ok "$1" within "$3" screen_says "$2"
    screen_says "$2" || diag < "$machine/screen.txt"
}

# The letters of the keyboard, as qemu calls its keys.
types()
{
    local word=$1 i
    for ((i = 0; i < ${#word}; i++)); do machine_monitor "sendkey ${word:i:1}"; done
}

echo mellon > "$scratch/password"
ok "the image is made" make_image --pxe "$scratch/pxe" --serial --password "$scratch/password" --install hello
machine_start -machine i8042=off -device qemu-xhci -kernel "$scratch/pxe/vmlinuz" -initrd "$scratch/pxe/initrd" \
    -append "$(sed -n 's/^ *APPEND //p' "$scratch/pxe/pxelinux.cfg/default") $machine_words"
sees "the display asks for the conversion server" 'ssh configuration' 400
sees "and has a button to test the connection" 'test connection' 30
machine_monitor "device_add usb-kbd"
sleep 5                                    # udev, the compositor and GTK each take it up, and none of them says so
types gondor
machine_monitor "sendkey alt-t"
sees "what is typed there is taken: there is no server of that name" 'gondor' 120
ok "the serial line has the dialogs too" within 200 machine_says 'Conversion server'

machine_monitor "sendkey ctrl-alt-f2"
sees "the second console asks who logs in" 'login' 60
types root
machine_monitor "sendkey ret"
sees "and for the password" 'password' 60
types mellon
machine_monitor "sendkey ret"
sees "which --password has set" 'root.localhost' 60
types hello
machine_monitor "sendkey ret"
sees "there is the package of --install" 'hello, world' 60

machine_monitor system_powerdown
ok "the power button switches it off" within 120 machine_ended
machine_stop
is "neither disk was written to" "$(machine_digests)" "$digests"
done_testing
