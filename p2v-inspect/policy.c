// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-inspect may do, and why: read what the kernel says of this machine, and say it on its channel.
// It opens nothing for writing, makes no socket, no process, and no memory that can be executed.
#include "p2v-inspect/policy.h"

#include <fcntl.h>
#include <linux/rtc.h>
#include <sched.h>
#include <sys/mman.h>

#include "proto/channel.h"

// Not all of /sys: that would bring cgroups, debugfs and efivars.  Not all of /proc: its cmdline may hold a password.
static const struct sandbox_path paths[] = {
    { "/sys/block", .reason = "which disks there are; links into /sys/devices" },
    { "/sys/class/net", .reason = "which network interfaces there are; links into /sys/devices" },
    { "/sys/devices", .reason = "what each device says of itself; CPU topology; memory blocks" },
    { "/sys/firmware/acpi/pm_profile", true, "there where the machine has ACPI" },
    { "/sys/firmware/efi/fw_platform_size", true, "there where the machine was started by UEFI" },
    { "/proc/cpuinfo", .reason = "CPU vendor and features" },
    { "/proc/meminfo", .reason = "size of the memory, roughly" },
    { "/proc/swaps", true, "which disks are swapped to" },
    { "/sys/fs/btrfs", true, "which disks are one btrfs" },
    { "/run/udev/data", true, "serial numbers and WWNs that only udev has asked for" },
    { "/usr/share/misc/pci.ids", true, "names of vendors and products" },
    { "/usr/share/misc/usb.ids", true, "the same" },
    { "/usr/share/hwdata/pci.ids", true, "the same, where other distributions have it" },
    { "/usr/share/hwdata/usb.ids", true, "the same" },
    { "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", true, "is Secure Boot on" },
    { "/etc/adjtime", true, "does the hardware clock keep UTC or local time" },
    { NULL },
};

#define OPEN_WRITES (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

static const struct sandbox_syscall syscalls[] = {
    // The tree.
    { SCMP_SYS(openat), "files and directories of the tree, read-only", .condition_count = 1,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, OPEN_WRITES, O_RDONLY) } },
    { SCMP_SYS(read), "files of the tree" },
    { SCMP_SYS(newfstatat), "is it there, is it a regular file; opendir(3)" },
    { SCMP_SYS(getdents64), "readdir(3)" },
    { SCMP_SYS(fcntl), "fdopendir(3) asks how a directory was opened", .condition_count = 1,
      .conditions = { SCMP_A1(SCMP_CMP_EQ, F_GETFL) } },
    { SCMP_SYS(fcntl), "fdopendir(3) sets close-on-exec once more", .condition_count = 1,
      .conditions = { SCMP_A1(SCMP_CMP_EQ, F_SETFD) } },
    { SCMP_SYS(readlinkat), "what device and driver links say" },
    { SCMP_SYS(close), "files of the tree, and descriptors that came with a message" },
    { SCMP_SYS(uname), "host name and architecture" },
    { SCMP_SYS(ioctl), "what the hardware clock shows, by the descriptor that was opened before the lock; nothing else of it", .condition_count = 1,
      .conditions = { SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, RTC_RD_TIME) } },
    { SCMP_SYS(clock_gettime), "what the system's clock shows, where the vDSO cannot tell it" },

    // The channel, and the person where there is none.
    { SCMP_SYS(recvmsg), "messages of the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(sendmsg), "messages to the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(write), "the table, when run by hand", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 1) } },
    { SCMP_SYS(write), "notes and errors, when run by hand", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, 2) } },

    // Memory and the end.
    { SCMP_SYS(brk), "malloc(3)" },
    { SCMP_SYS(mmap), "malloc(3): anonymous memory, never executable", .condition_count = 2,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
    { SCMP_SYS(munmap), "free(3)" },
    { SCMP_SYS(exit_group), "the end" },
    { 0 },
};

const struct sandbox_policy inspect_policy = {
    .program = "p2v-inspect",
    .uid = 60701,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .paths = paths,
    .max_processes = 0,
    .max_files = 16,                   // 0-3, the SMBIOS table, mountinfo, the clock, the root, and at most three of the tree at a time
    .syscalls = syscalls,
};

void policy_for_tree(const char *directory, struct sandbox_policy *policy, struct sandbox_path tree[2])
{
    tree[0] = (struct sandbox_path){ .path = directory, .reason = "the recorded tree, given with --root" };
    tree[1] = (struct sandbox_path){ NULL };
    *policy = inspect_policy;
    policy->paths = tree;
}
