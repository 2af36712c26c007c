#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whole conversions: whose host key is believed, a key that changes in between, what the person is asked and how often.
set -euo pipefail
. "$(dirname "$0")/../lib/p2v.sh"

# shellcheck disable=SC2154  # server.env sets server_fingerprint and its like
new_server main --v2v copy
main=$server main_fingerprint=$server_fingerprint
make_disk "$scratch/disk" 8 half-zero
base="$(server_cmdline p2v) p2v.os=/tmp"
converted() { cmp "$scratch/disk" "$main/tmp/guest-sda"; }
no_p2v_left() { within 20 no_p2v_process_left; }

# ---- with nobody there -----------------------------------------------------------------------------------

run_p2v 120 "$base" "$scratch/disk"
is "without a pin it goes on" "$p2v_status" 0
like "with a loud warning that has the fingerprint" "$p2v_out" "warning: NOBODY HAS CHECKED.*${main_fingerprint//+/\\+}"
is "which is told once, not for every connection" "$(grep -c 'NOBODY HAS CHECKED' <<< "$p2v_out")" 1
ok "and the disk arrives" converted

run_p2v 120 "$base p2v.hostkey=SHA256:$(printf 'A%.0s' {1..43}),$main_fingerprint p2v.compress p2v.ciphers=aes256-ctr" "$scratch/disk"
is "with a pin it goes on" "$p2v_status" 0
ok "without a warning" test "${p2v_out#*warning}" = "$p2v_out"
like "by the cipher that was asked for" "$p2v_out" "cipher aes256-ctr"
ok "and the disk arrives, compressed on its way" converted

: > "$main/log/sshd"
run_p2v 120 "$base p2v.hostkey=required" "$scratch/disk"
is "p2v.hostkey=required refuses what is not known" "$p2v_status" 1
like "and names it" "$p2v_err" "is not known, and must be.*"
ok "and nobody has tried to log in" test -z "$(grep -E 'Accepted|Failed' "$main/log/sshd")"
run_p2v 120 "$base p2v.hostkey=ask" "$scratch/disk"
is "p2v.hostkey=ask with nobody there is a failure" "$p2v_status" 1
like "and says what to do" "$p2v_err" "nobody is there to say.*p2v.hostkey"

echo "[127.0.0.1]:$server_port $(cut -d' ' -f1,2 "$main/etc/host_key.pub")" > "$scratch/known_hosts"
run_p2v 120 "$base p2v.hostkey=required p2v.known_hosts=file://$scratch/known_hosts" "$scratch/disk"
is "a known_hosts file is as good as a pin" "$p2v_status" 0
run_p2v 60 "$base p2v.known_hosts=file://$scratch/none" "$scratch/disk"
like "one that is not there is an error" "$p2v_err" "cannot read $scratch/none \(p2v.known_hosts\)"
truncate -s 25000 "$scratch/large"
run_p2v 60 "$base p2v.known_hosts=file://$scratch/large" "$scratch/disk"
like "and so is one that is too large" "$p2v_err" "has 25000 bytes, which is not between 1 and 24000"

cp "$server_key" "$scratch/locked"
ssh-keygen -q -p -P '' -N 'open-sesame' -f "$scratch/locked" > /dev/null
locked="${base/identity=file:\/\/$server_key/identity=file:\/\/$scratch/locked} p2v.hostkey=$main_fingerprint"
run_p2v 120 "$locked p2v.passphrase=open-sesame" "$scratch/disk"
is "an identity with a passphrase is good if that is given" "$p2v_status" 0
ok "which is not shown" test "${p2v_out#*open-sesame}" = "$p2v_out"
run_p2v 120 "$locked" "$scratch/disk"
is "without it and with nobody there it is a failure" "$p2v_status" 1
like "that says what to do" "$p2v_err" 'passphrase, and there is nobody to ask for it: give it as p2v.passphrase'

# ---- with somebody there ---------------------------------------------------------------------------------

on_terminal() { p2v_wrapper=("$tests/lib/on-terminal" "$@" --); }

on_terminal 'passphrase of the SSH identity' wrong 'that was not it; passphrase' open-sesame 'yes/no' yes
run_p2v 120 "${locked/p2v.hostkey=$main_fingerprint/p2v.hostkey=ask}" "$scratch/disk"
is "a person may accept the key and give the passphrase" "$p2v_status" 0
like "and is asked for the passphrase until it is right" "$p2v_out" 'that was not it; passphrase of'
ok "which is not seen" test "${p2v_out#*open-sesame}" = "$p2v_out"
like "and the terminal is as it was" "$p2v_out" 'echo is on'

on_terminal 'passphrase of the SSH identity' open-sesame 'yes/no' yes
run_p2v 120 "${locked/p2v.hostkey=$main_fingerprint/p2v.hostkey=ask} p2v.skip_test_connection" "$scratch/disk" "$scratch/disk"
# A question is shown again after what is told meanwhile; a second one would have no answer here, and the run no good end.
is "three connections that ask at once ask once" "$p2v_status" 0

on_terminal 'yes/no' no
run_p2v 120 "$base p2v.hostkey=ask" "$scratch/disk"
is "a key that the person refuses ends it" "$p2v_status" 1
like "which is said" "$p2v_out" "has been refused"

on_terminal 'passphrase of the SSH identity' $'\003'
run_p2v 120 "$locked" "$scratch/disk"
is "who is asked may cancel" "$p2v_status" 3
like "and the terminal is as it was" "$p2v_out" 'echo is on'
ok "and nothing is left" no_p2v_left
p2v_wrapper=()

# ---- a key that changes in between -----------------------------------------------------------------------

# The first connection reaches one server, every other one another.
new_server other --v2v copy
exec {switch}< <(exec setpriv --pdeathsig KILL python3 "$tests/lib/relay.py" "$(sed -n 's/^server_port=//p' "$main/server.env")" "$server_port")
read -r port <&"$switch"
: > "$server/log/sshd"
run_p2v 120 "$(sed "s/p2v.port=[0-9]*/p2v.port=$port/" <<< "$base")" "$scratch/disk"
is "a host key that changes in between ends the conversion" "$p2v_status" 1
like "as an attack" "$p2v_err" "has changed since this run began.*Somebody may be in between"
ok "with both fingerprints" grep -qF "was $main_fingerprint and is now $server_fingerprint" <<< "$p2v_err"
ok "and nobody has tried to log in there" test -z "$(grep -E 'Accepted|Failed|Postponed' "$server/log/sshd")"
ok "nothing is left" no_p2v_left

done_testing
