#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every fuzz target takes all of its seeds, and all cases that once were findings. And what would be a finding is one.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/lib/tap.sh
. tests/fuzz/lib.sh

# replay NAME: fails where the target has no input, or one of them is a finding.
replay()
{
    prepare "$1"
    [ -n "$(ls "$build/start/$1")" ] || { echo "$1 has no seeds"; return 1; }
    "$build/fuzz-$1" "${limits[@]}" "$build/start/$1"/*
}

# finds INPUT WORD: the canary's replay ends with a finding that has this word.
finds()
{
    local output status=0
    printf %s "$1" > "$build/canary"
    output=$("$build/fuzz-canary" "$build/canary" 2>&1) || status=$?
    echo "exit status $status: $output"
    [[ $status -ne 0 && $output == *"$2"* ]]
}

for source in tests/fuzz/fuzz-*.c; do
    name=${source#tests/fuzz/fuzz-}
    ok "${name%.c}: all seeds and cases" replay "${name%.c}"
done
ok 'a byte behind its block is a finding' finds 00000001 AddressSanitizer
ok 'an overflow is a finding' finds 999999999 'runtime error'
ok 'what must hold and does not is a finding' finds 7 'this does not hold'
no_seeds() { ! replay canary; }
ok 'a target without seeds fails' no_seeds
done_testing
