// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of disks -> read-only descriptors.  Touches: /dev/NAME or the file of --test-disk, O_RDONLY.
#include "p2v-supervisor/disks.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/disk-file.h"

int disk_open(struct disk *disk, const char *name, const char *file, struct error *err)
{
    char own[80];
    snprintf(disk->name, sizeof disk->name, "%s", name);
    snprintf(own, sizeof own, "/dev/%s", name);
    const char *path = file != NULL ? file : own;
    disk->fd = disk_file_open(path, file != NULL, &disk->size_bytes, err);
    if (disk->fd < 0)
        return -1;
    disk->direct_fd = disk_file_open_direct(disk->fd);
    if (disk->direct_fd < 0)
        disk->direct_fd = disk->fd;
    if (disk->size_bytes > 0)
        return 0;
    disk_close(disk);
    return error_set(err, "the disk %s is empty", path);
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
