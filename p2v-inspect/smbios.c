// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an SMBIOS table says: DMTF DSP0134, "System Information (Type 1)", "Memory Device (Type 17)" and "Physical Memory Array
// (Type 16)".
// The firmware wrote it, so it is hostile.  Pure memory.
#include "p2v-inspect/smbios.h"

#include <stdbool.h>
#include <string.h>

#include "proto/text.h"

enum { SYSTEM = 1, ARRAY = 16, DEVICE = 17, END = 127 };
enum { USE_SYSTEM_MEMORY = 3 };                            // 7.17.2
enum { KIND_ROM = 8, KIND_FLASH = 9, KIND_STORAGE = 0x1f };// 7.18.2: no memory, though in a memory slot
enum { NVDIMM_N = 4, NVDIMM_P = 6 };                       // 7.18.6, since SMBIOS 3.2: DRAM to look at, and no memory to the system
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

static bool is_memory(const struct structure *s)
{
    unsigned kind = s->at[0x12], technology = s->length > 0x28 ? s->at[0x28] : 0;
    return kind != KIND_ROM && kind != KIND_FLASH && kind != KIND_STORAGE && (technology < NVDIMM_N || technology > NVDIMM_P);
}

uint64_t smbios_installed_memory(const unsigned char *table, size_t size)
{
    struct structure s;
    uint64_t sum = 0, bytes;
    for (size_t offset = 0; next(table, size, &offset, &s);) {
        if (s.at[0] != DEVICE || s.length < 0x13 || !is_memory(&s) || !is_system_array(table, size, word(s.at + 4)))
            continue;
        if (!device_bytes(&s, &bytes))
            return 0;                                      // one slot of unknown size: the sum would be too small
        sum += bytes;
        if (sum > MAX_MEMORY)
            return 0;
    }
    return sum;
}

// ---- the machine ---------------------------------------------------------------------------------------

// The text that the byte at this place of a structure numbers, from 1 on, among those that follow it (6.1.3).
static void take_text(const unsigned char *end, const struct structure *s, size_t place, char *out, size_t size)
{
    const unsigned char *p = s->at + s->length;
    unsigned number = s->length > place ? s->at[place] : 0;
    size_t used = 0;
    out[0] = '\0';
    if (number == 0)
        return;
    for (unsigned i = 1; i < number; i++) {
        while (p < end && *p != 0)
            p++;
        if (++p >= end || *p == 0)         // there are not that many
            return;
    }
    while (p < end && *p != 0 && used + 1 < size)
        out[used++] = (char)*p++;
    while (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
    if (!text_is_line(out))
        out[0] = '\0';
}

void smbios_machine(const unsigned char *table, size_t size, struct smbios_machine *machine)
{
    struct structure s;
    *machine = (struct smbios_machine){ 0 };
    for (size_t offset = 0; next(table, size, &offset, &s);) {
        if (s.at[0] != SYSTEM)
            continue;
        const unsigned char *end = table + offset;
        take_text(end, &s, 4, machine->vendor, sizeof machine->vendor);
        take_text(end, &s, 5, machine->product, sizeof machine->product);
        take_text(end, &s, 7, machine->serial, sizeof machine->serial);
        return;
    }
}
