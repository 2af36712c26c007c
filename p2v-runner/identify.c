// SPDX-License-Identifier: GPL-2.0-or-later
//
// A child of the runner makes the light of one network port blink, so that a person finds that port.  Touches: that interface's
// driver, by one ioctl(2).
//
// The kernel wants CAP_NET_ADMIN for it, with which a process could do anything to the machine's network.  So nothing is started
// here: no ethtool(8), no argument, no name that somebody else has chosen.  What arrives is a number, and the calls that are left
// are the few below.
#include "p2v-runner/identify.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-runner/runner.h"

#define BLINK_SECONDS 10
#define MOST_SECONDS (BLINK_SECONDS + 5)       // a driver that does not come back is left

static const int capabilities[] = { CAP_NET_ADMIN, -1 };

static const struct sandbox_syscall syscalls[] = {
    { SCMP_SYS(socket), "to ask the kernel about interfaces; nothing can be sent by one that is not of a network", .condition_count = 1,
      .conditions = { SCMP_A0(SCMP_CMP_EQ, AF_UNIX) } },
    { SCMP_SYS(ioctl), "the interface's name", .condition_count = 1, .conditions = { SCMP_A1(SCMP_CMP_EQ, SIOCGIFNAME) } },
    { SCMP_SYS(ioctl), "its light; what else ethtool(8) can do hangs on the same number, and cannot be told apart here",
      .condition_count = 1, .conditions = { SCMP_A1(SCMP_CMP_EQ, SIOCETHTOOL) } },
    { SCMP_SYS(write), "why it does not blink", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, STDOUT_FILENO) } },
    { SCMP_SYS(exit_group), "end" },
    { 0 },
};

const struct sandbox_policy identify_policy = {
    .program = "p2v-runner",
    .uid = TOOL_UID,
    .capabilities = capabilities,
    .namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS,       // the network is the one whose ports are meant
    .max_files = 8,
    .syscalls = syscalls,
};

// 0 when it has blinked, or -1 with err.
static int blink(int index, struct error *err)
{
    struct ifreq request = { .ifr_ifindex = index };
    struct ethtool_value light = { .cmd = ETHTOOL_PHYS_ID, .data = BLINK_SECONDS };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot ask about network interfaces");
    if (ioctl(fd, SIOCGIFNAME, &request) < 0)
        return error_set_errno(err, errno, "there is no network interface number %d any more", index);
    request.ifr_data = (char *)&light;         // in place of the number; the name stays
    if (ioctl(fd, SIOCETHTOOL, &request) == 0)
        return 0;
    if (errno == EOPNOTSUPP)
        return error_set(err, "the network interface %.*s cannot be identified: its driver cannot make a light blink", IFNAMSIZ, request.ifr_name);
    if (errno == EBUSY)
        return error_set(err, "the light of network interface %.*s is blinking already", IFNAMSIZ, request.ifr_name);
    return error_set_errno(err, errno, "cannot make the light of network interface %.*s blink", IFNAMSIZ, request.ifr_name);
}

_Noreturn void runner_become_identifier(int index, const int *fds)
{
    int null = runner_open_null();
    int wanted[3] = { null, fds[0], fds[0] };
    struct sandbox_report report;
    struct error err;
    runner_arrange_fds(wanted, 3);
    runner_unblock_signals(true);
    alarm(MOST_SECONDS);
    if (sandbox_lock(&identify_policy, &report, &err) == 0 && blink(index, &err) == 0)
        _exit(0);
    size_t size = strlen(err.text);
    _exit(write(STDOUT_FILENO, err.text, size) == (ssize_t)size ? 1 : 126);
}
