# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh: what the scripts of tests/fuzz share; sourced.
build=${B:-build}/fuzz

# prepare NAME: the target's seeds and cases as the target takes them, in $build/start/NAME, and what libFuzzer is given for it,
# in $limits. Those named *.messages and *.bytes are text of it: encode says how.
prepare()
{
    local name=$1 file
    rm -rf "$build/start/$name"
    mkdir -p "$build/start/$name"
    for file in tests/fuzz/seeds/"$name"/* tests/fuzz/cases/"$name"/*; do
        case $file in
            */'*') ;;
            *.messages | *.bytes) tests/fuzz/encode "$file" > "$build/start/$name/$(basename "$file")" ;;
            *) cp "$file" "$build/start/$name/" ;;
        esac
    done
    # An input may take a minute, for the machine may be busy, and 2 GiB (-rss_limit_mb has that for its default); more is a finding.
    limits=(-timeout=60 -max_len=16384)
    [ "$name" != supervisor ] || limits+=(-close_fd_mask=2)      # it says on standard error what there is no p2v-ui for
    [ ! -e "tests/fuzz/dictionaries/$name" ] || limits+=(-dict="tests/fuzz/dictionaries/$name")
}
