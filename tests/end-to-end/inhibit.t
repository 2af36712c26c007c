#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# inhibit.t: while converting, and no longer, logind keeps the machine from sleep and shutdown; where there is none that is no
# matter. The logind is a real one, in namespaces of its own.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"

# Everything in it dies with the test, its mounts too.
cat > "$scratch/machine" <<'END'
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/dbus /run/systemd
dbus-daemon --system --nofork --nopidfile &
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.1; done
/lib/systemd/systemd-logind &
until systemd-inhibit --list --no-legend; do sleep 0.1; done
touch "$1/ready"
wait
END
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc bash "$scratch/machine" "$scratch" \
    < /dev/null > "$scratch/machine.log" 2>&1 &
machine=$!
within 60 test -e "$scratch/ready" || { diag < "$scratch/machine.log"; give_up "a logind runs"; }
# A logind takes no caller whose process it cannot see.
inside=(nsenter --mount --pid --target "$(pgrep --parent "$machine")")

held() { "${inside[@]}" systemd-inhibit --list --no-legend; }
held_by_us() { [[ $(held) == *virt-p2v*0*root*systemd-inhibit*shutdown:sleep:idle*block* ]]; }
not_held() { [[ $(held) != *virt-p2v* ]]; }

make_disk "$scratch/disk" 1 random
new_server hang --v2v hang
good="$(server_cmdline root) p2v.o=local p2v.os=$scratch"
list="systemd-inhibit --list --no-legend"
p2v_wrapper=("${inside[@]}" --)
p2v_options=(--verbose)

is "nothing is held before" "$(held)" ""
start_p2v "$good p2v.pre=\"$list > $scratch/pre\" p2v.fail=\"$list > $scratch/fail\"" "$scratch/disk"
comes_to 'Copying disk'
ok "while converting, sleep, shutdown and idling are" within 30 held_by_us
kill -s TERM "$(pgrep --parent "$p2v_pid")"
wait_p2v 30
is "the conversion is cancelled" "$p2v_status" 3
is "nothing was held yet when p2v.pre ran" "$(cat "$scratch/pre")" ""
is "nor any longer when p2v.fail ran, which may well be poweroff" "$(cat "$scratch/fail")" ""

start_p2v "$good" "$scratch/disk"
comes_to 'Copying disk'
ok "they are held again" within 30 held_by_us
kill -KILL "$(pgrep --parent "$p2v_pid")"
ok "a supervisor that is killed holds nothing" within 10 not_held
wait_p2v 5
ok "and leaves no process" within 20 no_p2v_process_left
server_stop "$server"

# No logind here, and one whose systemd-inhibit is not there.
p2v_wrapper=()
new_server copy --v2v copy
good="$(server_cmdline root) p2v.o=local p2v.os=$scratch"
run_p2v 60 "$good" "$scratch/disk"
is "without a logind it is converted all the same" "$p2v_status" 0
like "which --verbose tells" "$p2v_out" 'debug: this machine is not kept from sleep and shutdown: systemd-inhibit: '
# shellcheck disable=SC2016  # the inner shell's $
p2v_wrapper=(unshare --mount sh -c 'mount --bind /dev/null "$(command -v systemd-inhibit)" && exec "$@"' sh)
run_p2v 60 "$good p2v.name=other" "$scratch/disk"
is "and without a systemd-inhibit" "$p2v_status" 0
like "which is told in the same way" "$p2v_out" 'debug: this machine is not kept from sleep and shutdown: systemd-inhibit: '
done_testing
