# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# initrd.sh: the system as a squashfs, inside an initrd whose first process (init) mounts it. So whatever a machine is booted from
# gives it two files, a kernel and an initrd, and is not needed afterwards. Touches: the work folder.

make_initrd()
{
    local tree=$work/initrd modules=(drivers/block/loop.ko fs/squashfs/squashfs.ko fs/overlayfs/overlay.ko) module
    mkdir -p "$tree"/{bin,dev,proc,lower,upper,system,modules}
    tar -C "$work" -xf "$work/root.tar" --wildcards ./usr/bin/busybox "${modules[@]/#/./usr/lib/modules/*/kernel/}"
    mv "$work"/boot/vmlinuz-* "$work/vmlinuz"
    mv "$work/usr/bin/busybox" "$tree/bin/busybox"
    for module in "${modules[@]}"; do
        mv "$work"/usr/lib/modules/*/kernel/"$module" "$tree/modules/"
    done
    install -m 755 "$here/init" "$tree/init"
    run "compressing the system" tar2sqfs --quiet --force --compressor zstd --comp-extra level=9 --block-size 1048576 \
        "$tree/root.squashfs" < "$work/root.tar"
    find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    (cd "$tree" && find . -print0 | sort --zero-terminated |
        cpio --quiet --null --create --format=newc --reproducible --owner=+0:+0) > "$work/initrd.img"
    rm -r "$tree"
}
