// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attempts on files, mounts and devices.
#include "tests/hostile/attack/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MS_REMOUNT                      // <sys/mount.h> and <linux/mount.h> do not go together
#define MS_REMOUNT 32
#endif

ATTEMPT(read_shadow)
{
    (void)scene;
    return refusal(open("/etc/shadow", O_RDONLY | O_CLOEXEC));
}

ATTEMPT(read_passwd)
{
    (void)scene;
    return refusal(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

// The machine's root has an entry that no program's own root has.
ATTEMPT(list_root)
{
    (void)scene;
    char entries[4096];
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (long n; fd >= 0 && (n = syscall(SYS_getdents64, fd, entries, sizeof entries)) != 0;) {
        if (n < 0)
            return errno;
        if (memmem(entries, (size_t)n, "root", 5) != NULL)
            return 0;
    }
    return fd < 0 ? errno : ENOENT;
}

ATTEMPT(list_home)
{
    (void)scene;
    return refusal(open("/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

ATTEMPT(stat_shadow)
{
    (void)scene;
    struct stat st;
    return refusal(syscall(SYS_newfstatat, AT_FDCWD, "/etc/shadow", &st, 0));
}

ATTEMPT(read_proc_root)
{
    (void)scene;
    return refusal(open("/proc/1/environ", O_RDONLY | O_CLOEXEC));
}

ATTEMPT(open_other_disk)
{
    return refusal(open(scene->other_disk, O_RDONLY | O_CLOEXEC));
}

ATTEMPT(create_file)
{
    (void)scene;
    return refusal(open(SCENE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

ATTEMPT(write_file)
{
    (void)scene;
    return refusal(open(SCENE_FILE, O_WRONLY | O_CLOEXEC));
}

ATTEMPT(truncate_file)
{
    (void)scene;
    return refusal(syscall(SYS_truncate, SCENE_FILE, 0L));
}

ATTEMPT(remove_file)
{
    (void)scene;
    return refusal(syscall(SYS_unlinkat, AT_FDCWD, SCENE_FILE, 0));
}

ATTEMPT(chmod_file)
{
    (void)scene;
    return refusal(syscall(SYS_fchmodat, AT_FDCWD, SCENE_FILE, 0600));
}

// Device 7:0 is a loop device's number: it may be attached or not, so only the right to open it is asked for.
ATTEMPT(make_device)
{
    (void)scene;
    if (syscall(SYS_mknodat, AT_FDCWD, SCENE_NEW, S_IFBLK | 0600, 7 << 8) < 0)
        return errno;
    return refusal(open(SCENE_NEW, O_RDONLY | O_CLOEXEC));
}

ATTEMPT(change_root)
{
    (void)scene;
    return refusal(syscall(SYS_chroot, "/"));
}

// ---- mounts ----------------------------------------------------------------------------------------------

ATTEMPT(mount_there)
{
    (void)scene;
    return refusal(syscall(SYS_mount, "none", SCENE_POINT, "tmpfs", 0L, NULL));
}

ATTEMPT(unmount_there)
{
    (void)scene;
    return refusal(syscall(SYS_umount2, SCENE_MOUNTED, 0));
}

ATTEMPT(remount_root)
{
    (void)scene;
    return refusal(syscall(SYS_mount, NULL, "/", NULL, (long)(MS_REMOUNT | 4096), NULL));      // MS_BIND: the mount alone
}

ATTEMPT(open_filesystem)
{
    (void)scene;
    return refusal(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC));
}
