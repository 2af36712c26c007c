// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finding zeroes fast.  Pure memory.
#ifndef P2V_EXPORT_ZERO_H
#define P2V_EXPORT_ZERO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A hole is told from data in units of this many bytes of the disk: small enough to find a file system's free blocks, large
// enough that a hole's chunk (32 bytes, and 28 for the data after it) is always cheaper than its zeroes.
#define ZERO_GRANULE 4096

// True where all of the size bytes are zero (size 0: true).  The fastest way this CPU has; it is slowest on zeroes, and
// stops early in data.
bool zero_all(const uint8_t *bytes, size_t size);

// The length, at least 1, of the run at the beginning of bytes (size > 0) that is all zeroes or all data, and which.
// offset: where bytes lie on the disk; runs begin and end at multiples of ZERO_GRANULE of it, or with the bytes.
size_t zero_run(const uint8_t *bytes, size_t size, uint64_t offset, bool *zero);

// The ways, for the unit test; zero_all_avx2() only where zero_has_avx2().
bool zero_all_portable(const uint8_t *bytes, size_t size);
bool zero_has_avx2(void);
bool zero_all_avx2(const uint8_t *bytes, size_t size);

#endif
