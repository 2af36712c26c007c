# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# target.sh: where the image goes: a file, or a block device that nothing uses. Touches: that.

# Whoever names a disk here loses what is on it: so nothing that is in use, in any way, and a partition only with a warning.
check_target()
{
    local out=$1
    if [ -d "$out" ]; then
        fail "$out is a folder: name the file to be written in it"
    elif [ -b "$out" ]; then
        [ -z "$iso" ] || fail "$out is a block device, and --iso makes a file: leave --iso away to write to the device"
        [ -w "$out" ] || fail "$out cannot be written to: become root"
        check_unused "$out"
        [ "$(lsblk --nodeps --noheadings --output TYPE "$out")" != part ] ||
            say "warning: $out is a partition: few machines boot from one. The whole disk is meant, most likely"
    elif [[ $(readlink -m "$out") == /dev/* ]] && [ ! -e "$out" ]; then
        fail "there is no device $out: is it the right name? lsblk lists those there are"
    elif [ -e "$out" ] && [ ! -f "$out" ]; then
        fail "$out is neither a file nor a block device"
    else
        [ -d "$(dirname "$out")" ] || fail "$out cannot be made: there is no folder $(dirname "$out")"
    fi
}

check_unused()
{
    local used
    used=$(uses "$1") || exit 1
    [ -z "$used" ] || fail "$1 is in use ($used): it is not written to. Is it the right device?"
}

# What uses a block device, or a partition of it, or what is built on one: mounts, swap, and whoever holds it.
uses()
{
    local device=$1 parts name mount
    parts=$(lsblk --noheadings --raw --paths --output NAME,MOUNTPOINT "$device") ||
        fail "whether $device is in use cannot be told, for lsblk fails: it is not written to"
    while read -r name mount; do
        [ -z "$mount" ] || { echo "$name is mounted on or used as $mount"; return; }
        [ -z "$(ls -A "/sys/class/block/${name##*/}/holders" 2>/dev/null)" ] || { echo "$name is part of something bigger"; return; }
    done <<< "$parts"
}

# write_target IMAGE OUT
write_target()
{
    local image=$1 out=$2 size
    size=$(stat -c %s "$image")
    if [ -b "$out" ]; then
        [ "$(blockdev --getsize64 "$out")" -ge "$size" ] || fail "$out is too small: $((size >> 20)) MiB are needed"
        check_unused "$out"                # once more: somebody may have mounted it in the minutes since
        run "writing $out" dd if="$image" of="$out" bs=4M conv=fsync
        run "reading $out back" cmp --bytes="$size" "$image" "$out"
    else
        install -m "$(output_mode)" "$image" "$out"
        make_manifest "$out.manifest" "$out"
    fi
}
