// SPDX-License-Identifier: GPL-2.0-or-later
//
// How much memory is installed.  The kernel's MemTotal is less: it lacks what the firmware and the kernel keep.  From the
// best to the roughest: the firmware's own list of modules, the kernel's memory blocks, MemTotal rounded up.
// Touches: the SMBIOS table opened before the lock, sys/devices/system/memory and proc/meminfo of the tree.
#include <stdio.h>
#include <string.h>

#include "p2v-inspect/inventory.h"
#include "p2v-inspect/names.h"

#define MAX_MEMORY (UINT64_C(1) << 50)         // as proto/check.c
#define ROUNDING (UINT64_C(64) << 20)          // finer than any module; never up to a power of two

static uint64_t by_kernel(struct inspection *in)
{
    struct tree_lines lines;
    uint64_t kib = 0;
    if (!tree_lines_open(&lines, in->root, "proc/meminfo"))
        return 0;
    for (char *line; (line = tree_next_line(&lines)) != NULL;) {
        char *unit;
        if (strncmp(line, "MemTotal:", 9) != 0 || (unit = strstr(line, " kB")) == NULL)
            continue;
        *unit = '\0';
        if (!tree_number(tree_trim(line + 9), &kib) || kib > MAX_MEMORY >> 10) {
            inspect_note(in, "MemTotal in proc/meminfo is left out: it is no size of memory");
            kib = 0;
        }
        break;
    }
    tree_lines_close(&lines);
    return kib << 10;
}

static uint64_t by_firmware(struct inspection *in)
{
    return smbios_installed_memory(in->smbios_table, in->smbios_size);
}

struct blocks {
    struct inspection *in;
    uint64_t online;
};

static bool visit_block(const char *name, void *context)
{
    struct blocks *blocks = context;
    char path[TREE_PATH_MAX], text[16];
    if (!name_is_memory_block(name) ||
        snprintf(path, sizeof path, "sys/devices/system/memory/%s/state", name) >= (int)sizeof path)
        return true;
    if (tree_read_line(blocks->in->root, path, text, sizeof text) == TREE_READ && strcmp(text, "online") == 0)
        blocks->online++;
    return true;
}

static bool hexadecimal(const char *text, uint64_t *number)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strlen(text);
    *number = 0;
    if (length == 0 || length > 16)
        return false;
    for (; *text != '\0'; text++) {
        const char *digit = strchr(digits, *text);
        if (digit == NULL)
            return false;
        *number = *number << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

static uint64_t by_blocks(struct inspection *in)
{
    char text[32];
    uint64_t size = 0;
    struct blocks blocks = { .in = in };
    if (tree_read_line(in->root, "sys/devices/system/memory/block_size_bytes", text, sizeof text) != TREE_READ)
        return 0;
    if (!hexadecimal(text, &size) || size == 0 || size > MAX_MEMORY) {
        inspect_note(in, "the size of a memory block is left out: it is no size of memory");
        return 0;
    }
    tree_each(in->root, "sys/devices/system/memory", visit_block, &blocks);
    return blocks.online > MAX_MEMORY / size ? 0 : blocks.online * size;
}

void inspect_memory(struct inspection *in)
{
    uint64_t usable = by_kernel(in);
    // What is installed is never less than what is used: an answer below that is wrong, whoever gave it.
    uint64_t memory = by_firmware(in);
    if (memory == 0 || memory < usable)
        memory = by_blocks(in);
    if (memory == 0 || memory < usable)
        memory = (usable + ROUNDING - 1) / ROUNDING * ROUNDING;
    if (memory == 0 || memory > MAX_MEMORY) {
        inspect_note(in, "the size of the memory is unknown");
        memory = 0;
    }
    in->inventory->message.memory_bytes = memory;
}
