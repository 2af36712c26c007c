// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk of p2v-export's tests: a memfd.  Which of its ranges fail, or take long, is what a test sets here: export-disk.c has
// the program's own pread(2) and reads in the background (io_submit(2)).
#ifndef P2V_TESTS_UNIT_EXPORT_DISK_H
#define P2V_TESTS_UNIT_EXPORT_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define MIB (1 << 20)
#define DISK_SIZE (40 * MIB + 1000)

extern _Atomic uint64_t bad_begin, bad_end, slow_begin, slow_end;      // ranges of bytes; slow until warm()
extern _Atomic uint64_t bad_step;                                      // not 0: of the bad range, one sector in so many bytes alone
extern _Atomic int direct_fd;                                          // reads by sector; all others fail for whole pages
extern _Atomic unsigned direct_block;                                  // sizes and places of direct_fd's reads are multiples of it
extern _Atomic bool first_page_is_cached;                              // it can be read for ever, but not by direct_fd
extern _Atomic bool no_background;                                     // the kernel takes no reads in the background
extern _Atomic int bad_reads;                                          // reads that failed
extern _Atomic int background_reads;

// A disk on which nothing fails or waits.
void disk_is_good(void);

// Does [begin, end) have a byte that is bad?
bool touches_bad(uint64_t begin, uint64_t end);

// The reads that wait, and all that come, are done.
void warm(void);

#endif
