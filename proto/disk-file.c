// SPDX-License-Identifier: GPL-2.0-or-later
//
// A disk, or a file with a disk's content, opened for reading.  Touches: what is at that path.
#include "proto/disk-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

// O_NONBLOCK: neither a FIFO nor a drive without a medium may hold us up; it means nothing for a disk's reads.
#define READING (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static bool is_disk(const struct stat *st, bool files_too)
{
    return S_ISBLK(st->st_mode) || (files_too && S_ISREG(st->st_mode));
}

int disk_file_open(const char *path, bool files_too, uint64_t *size_bytes, struct error *err)
{
    struct stat st;
    int fd = -1;
    // It is looked at before it is opened, for that alone starts a watchdog.
    if (stat(path, &st) < 0 || (is_disk(&st, files_too) && (fd = open(path, READING)) < 0)) {
        int why = errno;
        error_set_errno(err, why, "cannot open the disk %s", path);
        errno = why;
        return -1;
    }
    if (fd >= 0 && fstat(fd, &st) == 0 && is_disk(&st, files_too)) {
        off_t size = lseek(fd, 0, SEEK_END);   // of a block device as well, without an ioctl
        *size_bytes = size > 0 ? (uint64_t)size : 0;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    error_set(err, "%s is not a disk%s", path, files_too ? " or a file with a disk's content" : "");
    errno = ENODEV;
    return -1;
}

int disk_file_open_direct(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, READING | O_DIRECT);
}
