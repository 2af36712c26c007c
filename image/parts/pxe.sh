# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pxe.sh: what a TFTP or HTTP server gives to machines that boot by network. Touches: the folder DIR.

check_pxe()
{
    [ ! -e "$1" ] || [ -d "$1" ] || fail "$1 is no folder"
    [ -d "$(dirname "$1")" ] || fail "$1 cannot be made: there is no folder $(dirname "$1")"
}

make_pxe()
{
    local dir=$1 append
    append="${serial:+$serial_words }${words# }"
    mkdir -p "$dir/pxelinux.cfg"
    install -m 644 "$work/vmlinuz" "$dir/vmlinuz"
    install -m "$(output_mode)" "$work/initrd.img" "$dir/initrd"
    example "$dir/pxelinux.cfg/default" <<END
# For pxelinux (BIOS): this folder is the root of the TFTP server, or the paths are from there.
DEFAULT p2v
TIMEOUT 50
PROMPT 0
LABEL p2v
    KERNEL vmlinuz
    INITRD initrd
    APPEND $append
END
    example "$dir/boot.ipxe" <<END
#!ipxe
# For iPXE, by HTTP or TFTP. The first initrd= is what the kernel knows the file by under UEFI.
kernel vmlinuz initrd=initrd $append
initrd initrd
boot
END
    example "$dir/grub.cfg" <<END
# For GRUB's network boot (UEFI: grubnetx64.efi.signed, started by the signed shim), beside it on the TFTP server.
set timeout=5
menuentry 'Convert this machine to a virtual one' {
    linux vmlinuz$(grub_words "$append")
    initrd initrd
}
END
    make_manifest "$dir/manifest" "$dir/vmlinuz" "$dir/initrd"
}

# A configuration with words that are a secret is as secret.
example() { (umask "$(secret && echo 077 || echo 022)" && rm -f "$1" && cat > "$1"); }
