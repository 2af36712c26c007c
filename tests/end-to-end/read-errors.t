#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# read-errors.t: a disk with bad sectors. By default the conversion fails and says of which disk; with p2v.read_errors=zero
# the bad sectors alone arrive as zeroes, and all are told: on the screen, in the log, and in the file bad-ranges.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/good" 3 half-zero 3
make_disk "$scratch/source" 6 random
# In a page, over a page's edge, two that touch, and the last sector.
bad=(1049600:512 2096640:1536 4194304:4096 4198400:512 6290944:512)
failing_disk failing "$scratch/source" "${bad[@]}"
cp "$scratch/source" "$scratch/zeroed"
for range in "${bad[@]}"; do
    dd if=/dev/zero of="$scratch/zeroed" bs=512 seek=$((${range%:*} / 512)) count=$((${range#*:} / 512)) conv=notrunc status=none
done
new_server copy --v2v copy

fresh() { forget_conversions && rm -rf "$scratch/out" && mkdir "$scratch/out"; }

# run_case CMDLINE DISK...: a conversion to $scratch/out; $folder is what it left on the server.
run_case()
{
    fresh
    run_p2v 120 "$(server_cmdline root) p2v.o=local p2v.of=raw p2v.os=$scratch/out $1" "${@:2}"
    folder=$(remote_folder)
}

run_case "" "$scratch/good" "$scratch/failing"
is "by default a disk with bad sectors fails the conversion" "$p2v_status" 1
like "one sentence on standard error names the disk and where it failed" "$p2v_err" \
    "^virt-p2v: error: [^"$'\n'"]*the disk sdb could not be read at byte [0-9]+[^"$'\n'"]*\$"
ok "there is no list of zeroes then" test ! -e "$folder/bad-ranges"
ok "none of our processes is left" within 5 no_p2v_process_left
run_case "p2v.reconnect=0" "$scratch/good" "$scratch/failing"
is "also where virt-v2v waits for no disk" "$p2v_status" 1
like "and virt-v2v itself says so then" "$p2v_err" 'virt-v2v failed[^'$'\n'']*the disk sdb could not be read at byte [0-9]+'

# zeroes NAME DISK: with p2v.read_errors=zero this disk, the second of two, arrives as $scratch/zeroed.
zeroes()
{
    local name=$1 expected
    run_case "p2v.read_errors=zero" "$scratch/good" "$2"
    is "$name: with p2v.read_errors=zero the conversion succeeds" "$p2v_status" 0
    [ "$p2v_status" = 0 ] || show_output
    ok "$name: its bytes arrive, and the bad sectors alone are zeroes" cmp "$scratch/zeroed" "$scratch/out/guest-sdb"
    ok "$name: the good disk beside it arrives" cmp "$scratch/good" "$scratch/out/guest-sda"
    expected=$'sdb 1049600 512\nsdb 2096640 1536\nsdb 4194304 4608\nsdb 6290944 512'
    is "$name: bad-ranges lists what was zeroed, in bytes, neighbours merged" "$(cat "$folder/bad-ranges")" "$expected"
    is "$name: and so does the log" "$(grep -c '^virt-p2v: could not be read, and is zeroes: sdb ' "$folder/virt-v2v-conversion-log.txt")" 4
    like "$name: a range is told as it is met" "$p2v_out" 'warning: the disk sdb could not be read at byte 1049600: zeroes are put there'
    like "$name: and with its size at the end" "$p2v_out" 'warning: the disk sdb could not be read from byte 4194304 on: 4608 bytes are zeroes'
    like "$name: the verdict says how much" "$p2v_out" "has succeeded[^"$'\n'"]*4 ranges, 7168 bytes could not be read and are zeroes: see $(basename "$folder" | sed 's|^|/tmp/|')/bad-ranges"
    is "$name: standard error is empty" "$p2v_err" ""
    ok "$name: none of our processes is left" within 5 no_p2v_process_left
}
zeroes "a file" "$scratch/failing"
if device=$(loop_attach "$scratch/failing" --read-only --direct-io=on 2>/dev/null) && dd if="$device" of=/dev/null bs=4096 count=1 iflag=direct status=none; then
    zeroes "a block device" "$device"
else
    diag "no loop device with --direct-io here: a block device that fails is left out"
fi

run_case "p2v.read_errors=zero" "$scratch/good"
is "where nothing is bad, the conversion succeeds" "$p2v_status" 0
ok "and there is no file bad-ranges" test ! -e "$folder/bad-ranges"
ok "nor a word of it" test "${p2v_out/are zeroes/}${p2v_out/zeroes are put/}" = "$p2v_out$p2v_out"

# A disk that dies meanwhile: virt-v2v would wait for it as for a lost connection.
echo slow > "$server/etc/pretend"
echo 30 > "$server/etc/slow"
failing_disk dying "$scratch/source"
fresh
start_p2v "$(server_cmdline root) p2v.o=local p2v.of=raw p2v.os=$scratch/out p2v.read_errors=zero" "$scratch/dying"
comes_to Inspecting
kill -KILL "$disk_pid"
wait_p2v 60
is "a disk that dies in the middle ends the conversion" "$p2v_status" 1
like "at once, with its name and what became of it" "$p2v_err" \
    "^virt-p2v: error: [^"$'\n'"]*the disk sda gives nothing any more since byte [0-9]+[^"$'\n'"]*\$"

# A list that cannot be written is not pointed at.
echo 10 > "$server/etc/slow"
fresh
start_p2v "$(server_cmdline root) p2v.o=local p2v.of=raw p2v.os=$scratch/out p2v.read_errors=zero" "$scratch/failing"
comes_to Inspecting
mkdir "$(remote_folder)/bad-ranges.new"
wait_p2v 120
is "where the list cannot be written, the conversion succeeds all the same" "$p2v_status" 0
like "and that is what the verdict says" "$p2v_out" 'has succeeded[^'$'\n'']*4 ranges, 7168 bytes could not be read and are zeroes: the list could not be written there'
echo copy > "$server/etc/pretend"

# 24 ranges, each in a page of its own.
many=()
for i in {1..24}; do many+=("$((i * 40960)):512"); done
failing_disk many "$scratch/source" "${many[@]}"
run_case "p2v.read_errors=zero" "$scratch/many"
is "with many bad ranges it succeeds" "$p2v_status" 0
is "all are listed in bad-ranges" "$(cat "$folder/bad-ranges")" "$(for i in {1..24}; do echo "sda $((i * 40960)) 512"; done)"
is "twenty of them are told as they are met" "$(grep -c 'zeroes are put there' <<< "$p2v_out")" 20
is "and twenty at the end" "$(grep -c '512 bytes are zeroes' <<< "$p2v_out")" 20
like "the others are told by number" "$p2v_out" 'sda has 4 more such ranges'

failing_disk dead "$scratch/source" "0:6291456"
run_case "p2v.read_errors=zero" "$scratch/dead"
is "a disk that gives nothing at all is not converted into zeroes" "$p2v_status" 1
like "and that is said" "$p2v_err" 'the disk sda cannot be read'

run_case "p2v.read_errors=sometimes" "$scratch/good"
is "another word is refused" "$p2v_status" 1
like "with the words there are" "$p2v_err" 'p2v\.read_errors=sometimes is refused: it must be fail or zero'

# shellcheck disable=SC2034  # start_p2v uses it
p2v_options=(--nbd=nbdkit)
run_case "p2v.read_errors=zero" "$scratch/good"
is "another NBD server, which has no zeroes for what is bad, is refused" "$p2v_status" 1
like "and named" "$p2v_err" 'p2v\.read_errors=zero is not for --nbd=nbdkit'

for disk in failing dying many dead; do umount --lazy "$scratch/$disk"; done
server_stop "$server"
done_testing
