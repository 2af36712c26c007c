# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# net.sh: a network that can fail, between this machine and its conversion server; sourced after p2v.sh.
#
#   net_start        two network namespaces and a link; server and supervisor are started in them from then on
#   net_down, net_up the link
#   net_drop         packets of the connections that there are now go nowhere, both ways, and nobody is told
#   net_stop         all of it goes; p2v.sh calls it
# $net_address is the server's.

net_address=10.77.0.2
net_near=p2v-near-$$
net_far=p2v-far-$$

net_start()
{
    ip netns add "$net_near"
    ip netns add "$net_far"
    ip link add near netns "$net_near" type veth peer name far netns "$net_far"
    ip -n "$net_near" address add 10.77.0.1/24 dev near
    ip -n "$net_far" address add "$net_address/24" dev far
    for name in "$net_near near" "$net_far far"; do
        ip -n "${name% *}" link set lo up
        ip -n "${name% *}" link set "${name#* }" up
    done
    # shellcheck disable=SC2034  # p2v.sh and conversion-server.sh use them
    server_enter=(nsenter "--net=/run/netns/$net_far")
    # shellcheck disable=SC2034
    p2v_wrapper=(nsenter "--net=/run/netns/$net_near")
}

net_down() { ip -n "$net_far" link set far down; }
net_up() { ip -n "$net_far" link set far up; }

# shellcheck disable=SC2154  # server_port is the server's
net_drop()
{
    local ports
    ports=$(nsenter "--net=/run/netns/$net_far" ss -Htn state established "sport = :$server_port" | awk '{ sub(/.*:/, "", $4); print $4 }' | paste -sd,)
    [ -n "$ports" ] || give_up "there is a connection that can be dropped"
    nsenter "--net=/run/netns/$net_far" nft -f - <<END
table inet net {
    chain in  { type filter hook input priority 0; tcp dport $server_port tcp sport { $ports } drop; }
    chain out { type filter hook output priority 0; tcp sport $server_port tcp dport { $ports } drop; }
}
END
}

net_stop()
{
    local name
    for name in "$net_near" "$net_far"; do
        if [ -e "/run/netns/$name" ]; then ip netns delete "$name"; fi
    done
}
