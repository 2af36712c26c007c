// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of disks -> read-only descriptors.  The supervisor's only touch of a disk: no byte of it is read here.
#ifndef P2V_SUPERVISOR_DISKS_H
#define P2V_SUPERVISOR_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/error.h"

struct disk {
    char name[65];             // "sda"
    uint64_t size_bytes;
    int fd;                    // O_RDONLY, owned
    int direct_fd;             // the same disk O_DIRECT too, owned; where that cannot be, fd again
    uint64_t sent_bytes;       // what the conversion server has by now, as p2v-export told: as data
    uint64_t zero_bytes;       // and as zeroes; both together no more than its size
    uint32_t port;             // on the conversion server's loopback; 0: not yet
    uint32_t session_pid;      // the sshd that serves it there, for whoever comes after it
    uint64_t session_began;
    size_t bad_ranges;         // what could not be read of it and became zeroes, as p2v-export told at the end
    uint64_t bad_bytes;
    bool bad_more;             // and that there were others
};

// Opens /dev/NAME (name has passed text_is_device_name()), or in its place a file (or block device) of --test-disk; NULL: none.
// 0, or -1 with err.
int disk_open(struct disk *disk, const char *name, const char *file, struct error *err);

// Closes what it has opened.
void disk_close(struct disk *disk);

// True where path (a link below /dev/disk, say) leads to the device /dev/NAME.
bool disk_is_at(const char *name, const char *path);

#endif
