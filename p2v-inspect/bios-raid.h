// SPDX-License-Identifier: GPL-2.0-or-later
//
// Is a disk a member of an array that firmware makes?
#ifndef P2V_INSPECT_BIOS_RAID_H
#define P2V_INSPECT_BIOS_RAID_H

#include <stdint.h>

// Looks at the disk behind fd: size bytes, in sectors of `sector` bytes.  The type, as libblkid calls it; NULL where it is none
// that is known.
const char *bios_raid_find(int fd, uint64_t size, uint32_t sector);

#endif
