// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of disks -> read-only descriptors.  Touches: /dev/NAME or the file of --test-disk, O_RDONLY.
#include "p2v-supervisor/disks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_disk(const struct stat *st, bool files_too)
{
    return S_ISBLK(st->st_mode) || (files_too && S_ISREG(st->st_mode));
}

static int open_path(struct disk *disk, const char *path, bool files_too, struct error *err)
{
    struct stat st;
    int fd = -1;
    // It is looked at before it is opened, for that alone starts a watchdog.  O_NONBLOCK: neither a FIFO nor a drive without a medium may hold
    // us up; it means nothing for a disk's reads.
    if (stat(path, &st) < 0 || (is_disk(&st, files_too) && (fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0))
        return error_set_errno(err, errno, "cannot open the disk %s", path);
    bool usable = fd >= 0 && fstat(fd, &st) == 0 && is_disk(&st, files_too);
    off_t size = usable ? lseek(fd, 0, SEEK_END) : -1;      // the size of a block device as well, without an ioctl
    if (usable && size > 0) {
        char again[32];                // by the descriptor, so that it is the same disk whatever the path is by now
        snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
        disk->fd = fd;
        disk->direct_fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_DIRECT);
        if (disk->direct_fd < 0)
            disk->direct_fd = fd;
        disk->size_bytes = (uint64_t)size;
        return 0;
    }
    if (fd >= 0)
        close(fd);
    return !usable ? error_set(err, "%s is not a disk%s", path, files_too ? " or a file with a disk's content" : "") :
                     error_set(err, "the disk %s is empty", path);
}

int disk_open(struct disk *disk, const char *name, const char *file, struct error *err)
{
    char path[80];
    snprintf(disk->name, sizeof disk->name, "%s", name);
    snprintf(path, sizeof path, "/dev/%s", name);
    return open_path(disk, file != NULL ? file : path, file != NULL, err);
}

void disk_close(struct disk *disk)
{
    if (disk->direct_fd != disk->fd)
        close(disk->direct_fd);
    close(disk->fd);
}

bool disk_is_at(const char *name, const char *path)
{
    char own[80];
    struct stat a, b;
    snprintf(own, sizeof own, "/dev/%s", name);
    return stat(own, &a) == 0 && stat(path, &b) == 0 && S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode) && a.st_rdev == b.st_rdev;
}
