#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# p2v-export by hand and the clients people use: nbdinfo, nbdcopy, qemu-img, qemu-io, and nbdkit's nbd plugin. Every copy is
# the disk, whatever its size and content, and the disk stays what it was.
. "$(dirname "$0")/export-lib.sh"

random() { head -c "$1" /dev/urandom; }
zeroes() { head -c "$1" /dev/zero; }
mib=1048576

random $((40 * mib)) > "$work/random"
for _ in 1 2 3 4 5 6; do random $((3 * mib)); zeroes $((3 * mib)); done > "$work/half-zero"
for _ in $(seq 300); do random 4096; zeroes 8192; random 512; zeroes 512; done > "$work/mixed"
{ random $((5 * mib)); zeroes 4096; random 1536; } > "$work/sectors-not-pages"
{ random $((2 * mib)); zeroes 70000; random 77; } > "$work/no-sectors"
truncate -s 60M "$work/sparse"; random $mib | dd of="$work/sparse" bs=64k seek=100 conv=notrunc status=none
zeroes $((20 * mib)) > "$work/zero"
random 1 > "$work/one-byte"

# The bytes that arrive by nbdcopy, with any options, are the file's.
copy_is() { local file=$1; shift; nbdcopy "$@" "$uri" - | cmp - "$file"; }
through_nbdkit() { nbdkit -U - nbd "uri=$uri" --run "nbdcopy --synchronous \"\$uri\" - | cmp - '$1'"; }
qemu_uri() { echo "nbd+unix:///?socket=$socket"; }
cow_is() { nbdkit -U - --filter=cow nbd "uri=$uri" --run "nbdcopy \"\$uri\" - | cmp - '$1'"; }
convert_is() { qemu-img convert -n -f raw -O raw "$(qemu_uri)" "$2" && cmp "$1" "$2"; }

# What every client gets of a disk, and "when": read piece by piece, or sent out of the page cache.
conforms() {
    local name=$1 when=$2 file=$work/$1 before
    before=$(sha256sum < "$file")
    "$when" "$file"
    export_disk "$file"
    ok "the size of a $name disk ($when) is told to the byte" test "$(nbdinfo --size "$uri")" = "$(stat -c %s "$file")"
    ok "nbdcopy of a $name disk ($when) on four connections is identical" copy_is "$file" --connections=4
    ok "nbdcopy of a $name disk ($when) with requests of 32 MiB is identical" copy_is "$file" --request-size=33554432 --connections=2
    ok "nbdcopy of a $name disk ($when) that asks for no extents, in small requests, is identical" \
        copy_is "$file" --no-extents --request-size=4096 --connections=1
    ok "a copy of a $name disk ($when) through nbdkit's nbd plugin is identical" through_nbdkit "$file"
    if [ $(($(stat -c %s "$file") % 512)) -eq 0 ]; then
        ok "a copy of a $name disk ($when) as virt-v2v reads it, through a cow filter on several connections, is identical" cow_is "$file"
        ok "qemu-img compare finds a $name disk ($when) identical" qemu-img compare -f raw -F raw "$file" "$(qemu_uri)"
        truncate -s "$(stat -c %s "$file")" "$work/converted"
        ok "qemu-img convert of a $name disk ($when) is identical" convert_is "$file" "$work/converted"
        rm "$work/converted"
    fi
    ok "a $name disk ($when) is unchanged after all of that" test "$(sha256sum < "$file")" = "$before"
    end_export
}

for name in random half-zero mixed sectors-not-pages no-sectors sparse zero one-byte; do
    conforms "$name" cold
    conforms "$name" cached
done

export_disk "$work/random"
tell() { nbdinfo "$uri" | grep -q "$1"; }
ok "it is fixed newstyle with structured packets" tell 'newstyle-fixed without TLS, using structured packets'
ok "it is read-only" tell 'is_read_only: true'
ok "several connections are welcome" tell 'can_multi_conn: true'
ok "don't-fragment is offered" tell 'can_df: true'
ok "caching, flushing, trimming and zeroing are not offered" test "$(nbdinfo "$uri" | grep -cE 'can_(cache|flush|fua|trim|zero|fast_zero): false')" = 6
ok "base:allocation is the one context" test "$(nbdinfo --json "$uri" | tr -d ' \t\n' | grep -o '"contexts":\[[^]]*\]')" = '"contexts":["base:allocation"]'
ok "the export is listed under the disk's name" sh -c "nbdinfo --list '$uri' | grep -q 'export=\"random\"'"
ok "the disk's name opens it" nbdinfo --size "nbd+unix:///random?socket=$socket"
ok "another name does not" not nbdinfo --size "nbd+unix:///other?socket=$socket"
ok "TLS is not spoken" not nbdinfo --size "nbds+unix:///?socket=$socket"
ok "qemu-io reads unaligned" sh -c "qemu-io -r -f raw -c 'read 1 3' -c 'read 4095 70001' -c 'read 0 32M' '$(qemu_uri)' | grep -c '^read' | grep -qx 3"
ok "qemu-io cannot open it for writing" not qemu-io -f raw -c 'write 0 512' "$(qemu_uri)"
end_export

export_disk "$work/sparse"
ok "the holes of a sparse file are told as holes" sh -c "nbdinfo --map '$uri' | grep -q 'hole,zero'"
ok "qemu-img map sees where the data are" sh -c "qemu-img map --output=json -f raw '$(qemu_uri)' | grep -q '\"zero\": true'"
end_export

# refused SENTENCE PATH: it ends at once with exit status 1, and says why.
refused() {
    local said status=0
    said=$(timeout 20 "$program" --disk "$2" --socket "$work/refused.socket" 2>&1) || status=$?
    echo "exit status $status: $said"
    [ "$status" -eq 1 ] && [[ $said == *"$1"* ]] && [ ! -e "$work/refused.socket" ]
}
mkfifo "$work/fifo"
ok "a FIFO is not waited for" refused "$work/fifo is not a disk or a file with a disk's content" "$work/fifo"
ok "a device without a disk's content is refused" refused "/dev/null is not a disk" /dev/null
ok "what is not there is told" refused "cannot open the disk $work/none: No such file or directory" "$work/none"

if [ "$(id -u)" -eq 0 ]; then
    loop=$(losetup -f --show -r "$work/half-zero") || { echo "Bail out! no loop device"; exit 1; }
    loops+=("$loop")
    export_disk "$loop"
    ok "a block device is served whole" copy_is "$work/half-zero"
    ok "a block device is all data to block status" test "$(nbdinfo --map --totals "$uri" | grep -c data)" = 1
    truncate -s "$(stat -c %s "$work/half-zero")" "$work/copied"
    ok "nbdcopy of a block device to a file is identical" sh -c "nbdcopy '$uri' '$work/copied' && cmp '$work/copied' '$work/half-zero'"
    end_export
else
    skip "a block device is served whole" "not root"
fi
done_testing
