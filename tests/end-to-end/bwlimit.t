#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bwlimit.t: a conversion with p2v.bwlimit takes as long as its disks' bytes need at that rate, and they arrive.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

make_disk "$scratch/one" 4 random
make_disk "$scratch/two" 4 random
mkdir "$scratch/out"
new_server copy --v2v copy
began=$(date +%s%N)
run_p2v 120 "$(server_cmdline root) p2v.os=$scratch/out p2v.bwlimit=8M" "$scratch/one" "$scratch/two"
milliseconds=$((($(date +%s%N) - began) / 1000000))
is "the conversion succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
ok "the first disk arrives byte for byte" cmp "$scratch/one" "$scratch/out/guest-sda"
ok "the second disk arrives byte for byte" cmp "$scratch/two" "$scratch/out/guest-sdb"
diag "8 MiB in $milliseconds ms"
ok "at 8 Mbit/s, 8 MiB take no less than 7 seconds" test "$milliseconds" -ge 7000
ok "none of our processes is left" within 5 no_p2v_process_left
run_p2v 120 "$(server_cmdline root) p2v.os=$scratch/out p2v.bwlimit=10" "$scratch/one"
is "a limit that is too low is refused" "$p2v_status" 1
like "and what may be given is said" "$p2v_err" 'p2v\.bwlimit=10 is refused.*bits per second, at least 64K'
done_testing
