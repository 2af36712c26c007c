#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hooks.t: p2v.pre, p2v.post and p2v.fail have a clean environment and no descriptor of ours; what they print is shown, and kept in
# pre.log on the server and in the system's log; their failure is told.
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

# A standard error that is a character device, as a console is: without a UI the supervisor itself writes to it.
mkdir "$scratch/none"
cp "$scratch/bin/p2v-supervisor" "$scratch/none/"
status=0
"$scratch/bin/virt-p2v" --helper-dir "$scratch/none" --cmdline "p2v.server=127.0.0.1 p2v.fail=\"touch $scratch/failed; exit 3\"" \
    2> /dev/null < /dev/null || status=$?
is "without a UI, on a character device, the exit status is 1 too" "$status" 1
ok "and p2v.fail is run" test -e "$scratch/failed"

# ---- what they print -----------------------------------------------------------------------------------

new_server copy --v2v copy
good="$(server_cmdline root) p2v.o=local p2v.os=$scratch"
run_p2v 60 "$good p2v.pre=\"echo to output; echo to error > /dev/stderr; printf '\\033]0;title\\007end'\" p2v.post=\"echo afterwards; exit 5\"" "$scratch/disk"
is "a conversion with both hooks" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
like "output and error of p2v.pre are shown" "$p2v_out" $'to output\nto error\n'
is "free of what a terminal obeys" "$(grep -c $'\033' "$scratch/stdout" || :)" 0
printf 'to output\nto error\n\033]0;title\007end' > "$scratch/expected"
ok "and are kept on the server as they were" cmp "$(remote_folder)/pre.log" "$scratch/expected"
like "what p2v.post prints is shown" "$p2v_out" 'afterwards'
like "its failure is told" "$p2v_err" 'warning: the command of p2v\.post failed with exit status 5'
rm -rf "$(remote_folder)" "$scratch"/guest*

# What a tool prints only helps to find out about failures: one that hangs, whatever its alarm, does not hold up the conversion.
printf '#!/bin/sh\ntrap "" ALRM\necho begun\nexec sleep 600\n' > "$scratch/hangs"
chmod 755 "$scratch/hangs"
# shellcheck disable=SC2016  # of the other shell
p2v_wrapper=(unshare --mount sh -c 'mount --bind "$1" "$(command -v lscpu)"; shift; exec "$@"' sh "$scratch/hangs")
run_p2v 120 "$good" "$scratch/disk"
p2v_wrapper=()
is "a tool that hangs does not hold up the conversion" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
ok "what the others have printed is kept on the server" test -s "$(remote_folder)/dmesg" -a ! -e "$(remote_folder)/lscpu"
rm -rf "$(remote_folder)" "$scratch"/guest*

run_p2v 60 "$good p2v.pre=\"head -c 3000000 /dev/zero | tr '\\000' x\"" "$scratch/disk"
like "three million bytes are shown, beside what else has an x" "$(tr -cd x < "$scratch/stdout" | wc -c)" '^30000[0-9][0-9]$'
is "and one MiB of them kept" "$(wc -c < "$(remote_folder)/pre.log")" 1048576
rm -rf "$(remote_folder)" "$scratch"/guest*

run_p2v 60 "$good p2v.pre=\"sleep 600 & echo \$! > $scratch/pid; echo begun\"" "$scratch/disk"
is "what a hook leaves running holds up nothing" "$p2v_status" 0
is "nor is more kept than the hook's own" "$(cat "$(remote_folder)/pre.log")" begun
ok "and it goes on" kill "$(cat "$scratch/pid")"

rm "$scratch/pid"
start_p2v "$good p2v.pre=\"echo \$\$ > $scratch/pid; exec sleep 600\" p2v.fail=\"echo cancelled > $scratch/fail\"" "$scratch/disk"
ok "p2v.pre runs" within 60 test -s "$scratch/pid"
kill -s TERM "$p2v_pid"
wait_p2v 30
is "cancelled in its middle, the conversion is not begun" "$p2v_status" 3
ok "p2v.pre has ended" test ! -d "/proc/$(cat "$scratch/pid")"
ok "before p2v.fail is run" test -s "$scratch/fail"
ok "and no process is left" within 20 no_p2v_process_left

# A hook after the verdict: there is nothing else left to be cancelled.
rm "$scratch/pid"
start_p2v "p2v.server=127.0.0.1 p2v.port=1 p2v.password=x p2v.fail=\"echo \$\$ > $scratch/pid; exec sleep 600\"" "$scratch/disk"
ok "p2v.fail runs" within 60 test -s "$scratch/pid"
kill -s TERM "$p2v_pid"
wait_p2v 30
is "a signal ends it, and the verdict stays" "$p2v_status" 1
ok "p2v.fail has ended" test ! -d "/proc/$(cat "$scratch/pid")"
ok "and no process is left" within 20 no_p2v_process_left

# ---- the system's log: logger(1) itself, and a socket that stands for /dev/log --------------------------

cat > "$scratch/syslogd" <<'END'
import os, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1] + "/socket")
os.chmod(sys.argv[1] + "/socket", 0o666)
while True:
    line = log.recv(8192)
    with open(sys.argv[1] + "/log", "ab") as out:
        out.write(line + b"\n")
END
setpriv --pdeathsig KILL python3 "$scratch/syslogd" "$scratch" &
syslogd=$!
within 30 test -S "$scratch/socket" || bail_out "no socket for a log"
mkdir "$scratch/dev"
cat > "$scratch/with-log" <<'END'
mount -t tmpfs -o mode=755 dev "$1/dev"
for node in null zero full random urandom tty; do touch "$1/dev/$node"; mount --bind "/dev/$node" "$1/dev/$node"; done
ln -s /proc/self/fd "$1/dev/fd"
[ ! -e "$1/socket" ] || { touch "$1/dev/log"; mount --bind "$1/socket" "$1/dev/log"; }
mount --rbind "$1/dev" /dev
shift
exec "$@"
END
p2v_wrapper=(unshare --mount sh "$scratch/with-log" "$scratch")
run_p2v 60 "p2v.server=127.0.0.1 p2v.port=1 p2v.password=x p2v.pre=\"echo first; echo second\" p2v.fail=\"echo third\"" "$scratch/disk"
is "the conversion fails" "$p2v_status" 1
within 30 grep -q third "$scratch/log" || :    # what came is looked at next
is "each line is in the system's log, under its hook's name" "$(sed -nE 's/^.* (p2v\.[a-z]+)(\[[0-9]+\])?: (.*)$/\1 \3/p' "$scratch/log" | tr '\n' ';')" \
    "p2v.pre first;p2v.pre second;p2v.fail third;"
kill "$syslogd"
rm "$scratch/socket"
p2v_options=(--verbose)
run_p2v 60 "p2v.server=127.0.0.1 p2v.port=1 p2v.password=x p2v.fail=\"echo third\"" "$scratch/disk"
like "where there is no log, that is told with --verbose" "$p2v_err" 'the output of p2v\.fail is not in the system'
server_stop "$server"
done_testing
