#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hooks.t: p2v.pre and p2v.fail have a clean environment and no descriptor of ours; what they print is shown; their failure is told.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/disk" 1 random
export LEAKED=leaked
run_p2v 60 "p2v.server=127.0.0.1 p2v.port=1 p2v.password=s3cret p2v.pre=\"env > $scratch/env; ls /proc/self/fd > $scratch/fds; echo from the pre hook\" p2v.fail=\"echo from the fail hook; exit 3\"" "$scratch/disk"
is "the conversion fails" "$p2v_status" 1
is "the hook's environment is PATH and HOME, and what its shell adds" "$(cut -d = -f 1 "$scratch/env" | grep -vx 'PWD\|OLDPWD\|SHLVL\|_' | sort | tr '\n' ' ')" "HOME PATH "
is "the hook has no descriptor but the standard ones and ls's own" "$(tr '\n' ' ' < "$scratch/fds")" "0 1 2 3 "
like "what p2v.pre prints is shown" "$p2v_out" 'from the pre hook'
like "what p2v.fail prints is shown" "$p2v_out" 'from the fail hook'
like "that p2v.fail failed is told" "$p2v_out$p2v_err" 'the command of p2v\.fail failed with exit status 3'
run_p2v 60 "p2v.server=127.0.0.1 p2v.port=1 p2v.password=x p2v.pre=\"exit 4\"" "$scratch/disk"
like "a p2v.pre that fails ends it before any connection" "$p2v_err" 'error: the command of p2v\.pre failed with exit status 4: the conversion is not begun'
is "and the exit status is 1" "$p2v_status" 1
done_testing
