// SPDX-License-Identifier: GPL-2.0-or-later
//
// Memory devices in an SMBIOS table: DMTF DSP0134, "Memory Device (Type 17)" and "Physical Memory Array (Type 16)".
// The firmware wrote it, so it is hostile.  Pure memory.
#include "p2v-inspect/smbios.h"

#include <stdbool.h>

enum { ARRAY = 16, DEVICE = 17, END = 127 };
enum { USE_SYSTEM_MEMORY = 3 };                            // 7.17.2
enum { KIND_ROM = 8, KIND_FLASH = 9, KIND_STORAGE = 0x1f };// 7.18.2: no memory, though in a memory slot
#define MAX_MEMORY (UINT64_C(1) << 50)                     // as proto/check.c

struct structure {
    const unsigned char *at;
    size_t length;                                         // of the formatted part
};

static uint16_t word(const unsigned char *p) { return (uint16_t)(p[0] | p[1] << 8); }
static uint32_t dword(const unsigned char *p) { return (uint32_t)word(p) | (uint32_t)word(p + 2) << 16; }

// Takes the structure at *offset and goes past its strings, which end with two NULs (6.1.3).
static bool next(const unsigned char *table, size_t size, size_t *offset, struct structure *structure)
{
    if (size - *offset < 4)
        return false;
    structure->at = table + *offset;
    structure->length = structure->at[1];
    if (structure->length < 4 || structure->length > size - *offset || structure->at[0] == END)
        return false;
    size_t end = *offset + structure->length;
    while (end + 1 < size && (table[end] != 0 || table[end + 1] != 0))
        end++;
    *offset = end + 2 < size ? end + 2 : size;
    return true;
}

// Is the array with this handle for system memory?  (Others hold video memory, flash, cache.)
static bool is_system_array(const unsigned char *table, size_t size, uint16_t handle)
{
    struct structure s;
    for (size_t offset = 0; next(table, size, &offset, &s);)
        if (s.at[0] == ARRAY && s.length > 5 && word(s.at + 2) == handle)
            return s.at[5] == USE_SYSTEM_MEMORY;
    return false;
}

// 7.18: size at 0Ch in MiB, or KiB where bit 15 is set; 7FFFh: extended size at 1Ch; 0: empty slot; FFFFh: unknown.
static bool device_bytes(const struct structure *s, uint64_t *bytes)
{
    uint16_t size = s->length >= 0x0e ? word(s->at + 0x0c) : 0;
    *bytes = 0;
    if (size == 0xffff)
        return false;
    if (size != 0x7fff)
        *bytes = (uint64_t)(size & 0x7fff) << (size & 0x8000 ? 10 : 20);
    else if (s->length >= 0x20)
        *bytes = (uint64_t)(dword(s->at + 0x1c) & 0x7fffffff) << 20;
    return size != 0x7fff || *bytes > 0;
}

uint64_t smbios_installed_memory(const unsigned char *table, size_t size)
{
    struct structure s;
    uint64_t sum = 0, bytes;
    for (size_t offset = 0; next(table, size, &offset, &s);) {
        if (s.at[0] != DEVICE || s.length < 0x13)
            continue;
        unsigned kind = s.at[0x12];
        if (kind == KIND_ROM || kind == KIND_FLASH || kind == KIND_STORAGE || !is_system_array(table, size, word(s.at + 4)))
            continue;
        if (!device_bytes(&s, &bytes))
            return 0;                                      // one slot of unknown size: the sum would be too small
        sum += bytes;
        if (sum > MAX_MEMORY)
            return 0;
    }
    return sum;
}
