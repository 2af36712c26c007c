// SPDX-License-Identifier: GPL-2.0-or-later
//
// A disk, or a file with a disk's content, opened for reading.  Not a byte of it is read here.  Touches: what is at that path.
#ifndef P2V_PROTO_DISK_FILE_H
#define P2V_PROTO_DISK_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/error.h"

// The block device at path, or (files_too) a regular file there.  What is neither is not even opened.
// The descriptor, the caller's, and *size_bytes: 0 where there is nothing in it.  Or -1 with err and errno.
int disk_file_open(const char *path, bool files_too, uint64_t *size_bytes, struct error *err);

// The disk of that descriptor again, for reads past the page cache (O_DIRECT): the same one, whatever its path is by now.
// A descriptor, the caller's; -1 where that cannot be.
int disk_file_open_direct(int fd);

#endif
