#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# keepalive.t: a firewall that forgets connections on which nothing was said for 20 seconds, and a virt-v2v that neither speaks
# nor reads for 70: the control connection and the disk's stay up.
set -euo pipefail
# shellcheck source=tests/lib/p2v.sh
. "$(dirname "$0")/../lib/p2v.sh"
# shellcheck source=tests/lib/net.sh
. "$tests/lib/net.sh"

net_start
make_disk "$scratch/disk" 3 random
new_server copy --v2v copy --address "$net_address"
mv "$server/bin/virt-v2v" "$server/bin/pretend"
printf '#!/bin/sh\n[ $# -eq 1 ] || { echo quiet; sleep 70; }\nexec %s/bin/pretend "$@"\n' "$server" > "$server/bin/virt-v2v"
chmod 755 "$server/bin/virt-v2v"

# Only what begins with a SYN, or is remembered, comes through.
forgetful()
{
    "${server_enter[@]}" nft -f - <<'END' &&
table inet forgetful {
    chain in { type filter hook input priority 0; policy drop; iif lo accept; ct state established accept; tcp flags & (syn | ack) == syn accept; }
}
END
        "${server_enter[@]}" sh -c 'cd /proc/sys/net/netfilter && echo 0 > nf_conntrack_tcp_loose && echo 20 > nf_conntrack_tcp_timeout_established'
}
ok "the firewall is there" forgetful

# A connection that is silent for 30 seconds: is it answered then?
silent_is_forgotten()
{
    nsenter "--net=/run/netns/$net_near" /usr/bin/python3 - "$net_address" "$server_port" <<'END'
import socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.recv(256)
time.sleep(30)
s.sendall(b"SSH-2.0-test\r\n")
s.settimeout(5)
try:
    sys.exit(1 if s.recv(1) else 0)
except TimeoutError:
    sys.exit(0)
END
}
forgotten=0
silent_is_forgotten &
silent=$!
mkdir "$scratch/out"
run_p2v 200 "$(server_cmdline root) p2v.o=local p2v.os=$scratch/out" "$scratch/disk"
wait "$silent" || forgotten=$?
is "it forgets a connection that is silent" "$forgotten" 0
is "the conversion succeeds" "$p2v_status" 0
[ "$p2v_status" = 0 ] || show_output
ok "virt-v2v was silent for a while" grep -q '^quiet' <<< "$p2v_out"
ok "no connection was lost" test "${p2v_out/is lost/}" = "$p2v_out"
ok "the disk has arrived" cmp "$scratch/disk" "$scratch/out/guest-sda"
done_testing
