// SPDX-License-Identifier: GPL-2.0-or-later
//
// Is a disk a member of an array that firmware makes?  libblkid knows, but looks for these in files and whole disks alone, and
// whether a device is a whole disk it reads in sysfs, which nobody who reads a disk may see here.  DDF it looks for everywhere.
// Touches: the disk's descriptor, reading.
#include "p2v-inspect/bios-raid.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define SIZE 320                   // of a sector, as far as anybody looks

// ---- sums, for marks that are so short that anything may have them -------------------------------------

static uint16_t sum_of_words(const unsigned char *bytes, size_t size)
{
    uint16_t sum = 0;
    for (size_t i = 0; i < size; i += 2)
        sum = (uint16_t)(sum + (bytes[i] | bytes[i + 1] << 8));
    return sum;
}

static bool via_is_sound(const unsigned char *bytes)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < 50; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return bytes[2] <= 2 && sum == bytes[50];              // the version
}

static bool silicon_is_sound(const unsigned char *bytes)
{
    return bytes[0x116] < 8 && sum_of_words(bytes, 0x140) == 0;        // the disk's number
}

static bool jmicron_is_sound(const unsigned char *bytes)
{
    return sum_of_words(bytes, 128) <= 1;
}

static bool adaptec_is_sound(const unsigned char *bytes)
{
    return memcmp(bytes + 0x100, "DPTM", 4) == 0;
}

// ---- the marks -----------------------------------------------------------------------------------------

static const struct mark {
    const char *type;
    const char *mark;
    unsigned char length;
    unsigned short offset;         // in the sector
    short sector;                  // from the disk's end; below 0: from its beginning
    bool (*is_sound)(const unsigned char *bytes);
} marks[] = {
    { "isw_raid_member", "Intel Raid ISM Cfg Sig. ", 24, 0, 2 },
    { "lsi_mega_raid_member", "$XIDE$", 6, 0, 1 },
    { "via_raid_member", "\x55\xaa", 2, 0, 1, via_is_sound },
    { "silicon_medley_raid_member", "\0\0\0\x2f", 4, 0x60, 1, silicon_is_sound },
    { "nvidia_raid_member", "NVIDIA", 6, 0, 2 },
#define PROMISE(SECTOR) { "promise_fasttrack_raid_member", "Promise Technology, Inc.", 24, 0, SECTOR }
    PROMISE(16), PROMISE(63), PROMISE(255), PROMISE(256), PROMISE(399), PROMISE(591), PROMISE(675), PROMISE(735), PROMISE(911),
    PROMISE(951), PROMISE(974), PROMISE(991), PROMISE(3087),
    { "hpt37x_raid_member", "\xf0\x16\x78\x5a", 4, 32, -9 },
    { "hpt37x_raid_member", "\xfd\x16\x78\x5a", 4, 32, -9 },
    { "hpt45x_raid_member", "\xf3\x16\x78\x5a", 4, 0, 11 },
    { "hpt45x_raid_member", "\xfd\x16\x78\x5a", 4, 0, 11 },
    { "adaptec_raid_member", "\x37\xfc\x4d\x1e", 4, 0, 1, adaptec_is_sound },
    { "jmicron_raid_member", "JM", 2, 0, 1, jmicron_is_sound },
};

const char *bios_raid_find(int fd, uint64_t size, uint32_t sector)
{
    unsigned char bytes[SIZE];
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const struct mark *mark = &marks[i];
        uint64_t sectors = size / sector, from_start = mark->sector < 0 ? (uint64_t)-mark->sector : sectors - (uint64_t)mark->sector;
        if (from_start < sectors && pread(fd, bytes, sizeof bytes, (off_t)(from_start * sector)) == (ssize_t)sizeof bytes &&
            memcmp(bytes + mark->offset, mark->mark, mark->length) == 0 && (mark->is_sound == NULL || mark->is_sound(bytes)))
            return mark->type;
    }
    return NULL;
}
