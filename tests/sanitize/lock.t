#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lock.t: what a sanitizer finds in a locked program ends that program, and is seen: on standard error, in the file of reports, and by
# whoever runs virt-p2v. With SANITIZE=1 alone (make check-reports).
. "$(dirname "$0")/../lib/p2v.sh"

export P2V_SANITIZE_REPORTS=$scratch/reports
finds()
{
    local kind=$1 words=$2 status=0 said
    : > "$P2V_SANITIZE_REPORTS"
    said=$("$build/tests/fault" "$kind" 2>&1) || status=$?
    is "a fault ($kind) ends a locked program with the sanitizers' status" "$status" 199
    like "it is told on standard error" "$said" "$words"
    like "and kept" "$(cat "$P2V_SANITIZE_REPORTS")" "$words"
}
finds overflow "AddressSanitizer: heap-buffer-overflow on address"
finds stack "stack-buffer-overflow|with insufficient space for an object"
finds freed "AddressSanitizer: heap-use-after-free on address"
finds arithmetic "runtime error: signed integer overflow: 2147483647 \+ 1 cannot be represented"

: > "$P2V_SANITIZE_REPORTS"
ok "the same program without a fault ends well" "$build/tests/fault" none
is "and nothing is kept" "$(cat "$P2V_SANITIZE_REPORTS")" ""

cp --remove-destination "$build/tests/fault" "$scratch/bin/p2v-inspect"
truncate -s 1M "$scratch/disk.img"
run_p2v 60 "p2v.server=localhost p2v.o=local p2v.os=/tmp" "$scratch/disk.img"
is "virt-p2v whose helper has such a fault fails" "$p2v_status" 1
like "and says how it ended, with the last line of the report" "$p2v_err" "p2v-inspect ended unexpectedly, by exit status 199: ==[0-9]+==ABORTING"

done_testing
