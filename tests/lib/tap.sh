# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tap.sh: the Test Anything Protocol for bash tests; sourced. A test ends with done_testing.
#
# Each check takes the test's name first: a sentence that is true when it passes.

tap_count=0
tap_failed=0
tap_ended=    # yes: it was meant to end there

# diag TEXT: a remark for the person; standard input with no argument.
diag() { if [ $# -gt 0 ]; then printf '%s\n' "$*"; else cat; fi | sed 's/^/# /' >&2; }

# tap_result STATUS NAME
tap_result()
{
    tap_count=$((tap_count + 1))
    if [ "$1" -eq 0 ]; then
        printf 'ok %d - %s\n' "$tap_count" "$2"
    else
        tap_failed=$((tap_failed + 1))
        printf 'not ok %d - %s\n' "$tap_count" "$2"
    fi
}

# ok NAME COMMAND...: the command succeeds. What it printed is shown when it does not.
# The command runs in a subshell without -e: it is one command, or a function whose last one counts.
ok()
{
    local name=$1 output status=0
    shift
    output=$("$@" 2>&1) || status=$?
    tap_result "$status" "$name"
    [ "$status" -eq 0 ] || diag "$* gave $status${output:+:$'\n'}$output"
}

# is NAME GOT EXPECTED
is()
{
    if [ "$2" = "$3" ]; then tap_result 0 "$1"; else tap_result 1 "$1"; diag "got:      $2"; diag "expected: $3"; fi
}

# like NAME TEXT REGEX (extended, as [[ =~ ]])
like()
{
    if [[ $2 =~ $3 ]]; then tap_result 0 "$1"; else tap_result 1 "$1"; diag "text:       $2"; diag "is unlike:  $3"; fi
}

bail_out()
{
    tap_ended=yes
    printf 'Bail out!  %s\n' "$*"
    exit 255
}

done_testing()
{
    # shellcheck disable=SC2034  # p2v.sh asks
    tap_ended=yes
    printf '1..%d\n' "$tap_count"
    [ "$tap_failed" -eq 0 ]
}

# give_up NAME: a check that has failed, and on which all the rest of this test stands. The other tests go on: bail_out would stop them too.
give_up()
{
    tap_result 1 "$*"
    done_testing || exit 1
}
