// SPDX-License-Identifier: GPL-2.0-or-later
//
// What p2v-inspect --contents may do, and why: read one disk, which may be made to deceive whoever looks at it, and say what is
// on it.  It sees no file at all, has no other descriptor than that disk and its channel, and ends after one answer.
#include "p2v-inspect/policy.h"

#include <errno.h>
#include <linux/blkzoned.h>
#include <linux/cdrom.h>
#include <linux/fd.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "proto/channel.h"

#define IOCTL(REQUEST) .condition_count = 1, .conditions = { SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, (REQUEST)) }

static const struct sandbox_syscall syscalls[] = {
    // The disk
    { SCMP_SYS(lseek), "libblkid reads from a position" },
    { SCMP_SYS(read), "what is there" },
    { SCMP_SYS(pread64), "the same, where libblkid does not look" },
    { SCMP_SYS(fadvise64), "libblkid says that it will not read on from there" },
    { SCMP_SYS(newfstatat), "libblkid asks whether it is a disk" },
    { SCMP_SYS(ioctl), "its sector size", IOCTL(BLKSSZGET) },
    { SCMP_SYS(ioctl), "its size", IOCTL(BLKGETSIZE64) },
    // What libblkid asks as well, and can do without
    { SCMP_SYS(ioctl), "is it a floppy disk", ENOTTY, IOCTL((uint32_t)FDGETFDCSTAT) },
    { SCMP_SYS(ioctl), "is it a CD drive", ENOTTY, IOCTL(CDROM_GET_CAPABILITY) },
    { SCMP_SYS(ioctl), "the same, newer", ENOTTY, IOCTL(CDROM_DRIVE_STATUS) },
    { SCMP_SYS(ioctl), "how much of a CD is written", ENOTTY, IOCTL(CDROM_LAST_WRITTEN) },
    { SCMP_SYS(ioctl), "has it zones", ENOTTY, IOCTL((uint32_t)BLKGETZONESZ) },
    { SCMP_SYS(ioctl), "which disk of this drive is it", ENOTTY, IOCTL((uint32_t)_IOR(0x12, 128, uint64_t)) },     // BLKGETDISKSEQ
    { SCMP_SYS(ioctl), "is it locked", ENOTTY, IOCTL((uint32_t)_IOR('p', 236, uint64_t)) },                        // IOC_OPAL_GET_STATUS
    { SCMP_SYS(openat), "sysfs: is it a whole disk; bios-raid.c and contents.c do what it leaves out then", ENOENT },
    { SCMP_SYS(faccessat2), "the same", ENOENT },
    { SCMP_SYS(faccessat), "the same, in an older C library", ENOENT },

    // The channel, and the person where there is none
    { SCMP_SYS(recvmsg), "the disk, from the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(sendmsg), "messages to the supervisor", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_EQ, CHANNEL_FD) } },
    { SCMP_SYS(write), "what was found, when run by hand", .condition_count = 1, .conditions = { SCMP_A0(SCMP_CMP_LE, 2) } },
    { SCMP_SYS(close), "the disk" },

    // Memory and the end
    { SCMP_SYS(brk), "malloc(3)" },
    { SCMP_SYS(mmap), "malloc(3): anonymous memory, never executable", .condition_count = 2,
      .conditions = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
    { SCMP_SYS(mremap), "realloc(3)" },
    { SCMP_SYS(munmap), "free(3)" },
    { SCMP_SYS(getrandom), "malloc(3)'s own secrets" },
    { SCMP_SYS(exit_group), "the end" },
    { 0 },
};

const struct sandbox_policy contents_policy = {
    .program = "p2v-inspect",
    .option = "--contents",
    .uid = 60701,
    .namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
    .max_processes = 0,
    .max_files = 6,                    // 0-3, the disk
    .syscalls = syscalls,
};
