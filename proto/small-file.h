// SPDX-License-Identifier: GPL-2.0-or-later
//
// A small file that an option names, whole.  Touches: that file, reading.
#ifndef P2V_PROTO_SMALL_FILE_H
#define P2V_PROTO_SMALL_FILE_H

#include <stddef.h>

#include "proto/error.h"

// Reads it into bytes (size of them), which it does not fill: *got is less than size.  0, or -1 with err.
int small_file_read(const char *path, unsigned char *bytes, size_t size, size_t *got, struct error *err);

#endif
