# shellcheck shell=bash disable=SC2154  # the variables are virt-p2v-make-disk's
# SPDX-License-Identifier: GPL-2.0-or-later
#
# messages.sh: what the person is told, and what becomes of what the tools say. Touches: the log in the work folder.

say() { echo "virt-p2v-make-disk: $*" >&2; }
fail() { say "$*"; exit 1; }
fail_usage() { say "$*"; say "see virt-p2v-make-disk --help"; exit 2; }

begin_log() { log=$work/log; : > "$log"; }

# run WHAT COMMAND...: what the command says is kept, and shown if it fails, or with --verbose at once.
run()
{
    local what=$1
    shift
    say "$what"
    if [ -n "$verbose" ]; then
        "$@" >&2 || fail "$what: failed"
    elif ! "$@" >> "$log" 2>&1; then
        tail -n 30 "$log" >&2
        fail "$what: failed; above is the end of what was said"
    fi
}
