# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# iso.sh: the image: an ISO 9660 file system that boots from a CD (El Torito) and from a USB stick (MBR), by BIOS and by UEFI.
# Touches: the work folder.
#
# Its name, VIRT-P2V, tells p2v-inspect that such a stick is no disk of the machine's.

make_iso()
{
    local tree=$work/iso
    mkdir -p "$tree/boot/grub" "$tree/.disk"
    mv "$work/vmlinuz" "$work/initrd.img" "$tree/boot/"
    echo "virt-p2v $(version)" > "$tree/.disk/info"
    write_menu > "$tree/boot/grub/grub.cfg"
    run "making what UEFI starts" make_efi_image "$work/efi.img"
    local bios=()
    if [ "$arch" = amd64 ]; then
        run "making what a BIOS starts" make_bios_core "$tree/boot/grub/bios.img"
        bios=(-b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info
            --grub2-mbr "$work/loaders/usr/lib/grub/i386-pc/boot_hybrid.img" -eltorito-alt-boot)
    fi
    find "$tree" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
    run "making the image" xorriso -as mkisofs -quiet -o "$1" -V VIRT-P2V -R -r -c boot/boot.cat "${bios[@]}" \
        -append_partition 2 0xef "$work/efi.img" -e --interval:appended_partition_2:all:: -no-emul-boot -partition_offset 16 "$tree"
}

# The kernel's words as GRUB takes them: each in single quotes, without its own double ones. GRUB puts those where there is a blank.
grub_words()
{
    local rest=$1
    while [[ $rest =~ ^\ *((\"[^\"]*\"|[^\"\ ])+)(.*)$ ]]; do
        rest=${BASH_REMATCH[3]}
        printf " '%s'" "${BASH_REMATCH[1]//\"/}"
    done
}

serial_words='console=tty0 console=ttyS0,115200'

write_menu()
{
    cat <<END
set timeout=5
${serial:+if serial --unit=0 --speed=115200; then
    terminal_input console serial
    terminal_output console serial
fi
}menuentry 'Convert this machine to a virtual one' {
    linux /boot/vmlinuz${serial:+ $serial_words}$(grub_words "$words")
    initrd /boot/initrd.img
}
END
    [ -n "$serial" ] || cat <<END
menuentry 'The same, on the serial line ttyS0 too (115200 baud)' {
    linux /boot/vmlinuz $serial_words$(grub_words "$words")
    initrd /boot/initrd.img
}
END
}
