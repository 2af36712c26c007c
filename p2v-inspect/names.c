// SPDX-License-Identifier: GPL-2.0-or-later
//
// Kernel names of devices.  Pure memory, but for names_list().
#include "p2v-inspect/names.h"

#include <string.h>

#include "p2v-inspect/tree.h"

// '@' stands for one or more letters a-z, '#' for one or more digits; all else for itself.  What is not here is no disk.
// mmcblk0boot0 and mmcblk0rpmb, nvme0c0n1 (a path of a multipath namespace) and all partitions fall through.
static const char *const disk_patterns[] = {
    "cciss!c#d#",        // HP Smart Array, old driver
    "dasd@",             // s390
    "hd@",               // IDE, old drivers
    "mmcblk#",           // SD and eMMC
    "nvme#n#",
    "pmem#",             // persistent memory as a disk: whole, or one of several namespaces, with sectors
    "pmem#.#",
    "pmem#.#s",
    "pmem#s",
    "sd@",               // SCSI, SATA, SAS, USB
    "ubd@",              // user-mode Linux
    "vd@",               // virtio
    "xvd@",              // Xen
};
#define PATTERNS (sizeof disk_patterns / sizeof disk_patterns[0])

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

static bool matches(const char *name, const char *pattern)
{
    for (; *pattern != '\0'; pattern++) {
        bool (*in_run)(char) = *pattern == '#' ? is_digit : *pattern == '@' ? is_letter : NULL;
        if (in_run == NULL) {
            if (*name++ != *pattern)
                return false;
            continue;
        }
        if (!in_run(*name))
            return false;
        while (in_run(*name))
            name++;
    }
    return *name == '\0';
}

static size_t pattern_of(const char *name)
{
    size_t i = 0;
    while (i < PATTERNS && !matches(name, disk_patterns[i]))
        i++;
    return i;
}

bool name_is_disk(const char *name) { return strlen(name) < NAME_SIZE && pattern_of(name) < PATTERNS; }
bool name_is_removable(const char *name) { return strlen(name) < NAME_SIZE && matches(name, "sr#"); }
bool name_is_cpu(const char *name) { return matches(name, "cpu#"); }
bool name_is_memory_block(const char *name) { return matches(name, "memory#"); }

static int compare_runs(const char *a, size_t a_length, const char *b, size_t b_length)
{
    if (a_length != b_length)
        return a_length < b_length ? -1 : 1;
    return memcmp(a, b, a_length);
}

static int compare_digits(const char *a, size_t a_length, const char *b, size_t b_length)
{
    for (; a_length > 1 && *a == '0'; a++)
        a_length--;
    for (; b_length > 1 && *b == '0'; b++)
        b_length--;
    return compare_runs(a, a_length, b, b_length);
}

int name_compare(const char *a, const char *b)
{
    const char *whole_a = a, *whole_b = b;
    size_t a_pattern = pattern_of(a), b_pattern = pattern_of(b);
    if (a_pattern != b_pattern)
        return a_pattern < b_pattern ? -1 : 1;
    while (*a != '\0' && *b != '\0') {
        bool digits = is_digit(*a) && is_digit(*b);
        bool (*in_run)(char) = digits ? is_digit : is_letter;
        size_t a_length = 0, b_length = 0;
        while (in_run(a[a_length]))
            a_length++;
        while (in_run(b[b_length]))
            b_length++;
        if (a_length == 0 || b_length == 0)           // not of one kind: by character
            a_length = b_length = 1;
        int order = (digits ? compare_digits : compare_runs)(a, a_length, b, b_length);
        if (order != 0)
            return order;
        a += a_length;
        b += b_length;
    }
    return *a != '\0' ? 1 : *b != '\0' ? -1 : strcmp(whole_a, whole_b);
}

struct listing {
    struct names *names;
    bool (*wanted)(const char *name);
};

// Keeps the list sorted as it grows: qsort(3) asks the kernel for the memory size when the list is long, a system call
// that this program shall not need.
static bool add_name(const char *name, void *context)
{
    struct listing *listing = context;
    struct names *names = listing->names;
    size_t length = strlen(name);
    if (length >= NAME_SIZE || !listing->wanted(name))
        return true;
    if (names->count == NAMES_MAX) {
        names->overflow = true;
        return false;
    }
    size_t at = names->count++;
    for (; at > 0 && name_compare(name, names->name[at - 1]) < 0; at--)
        memcpy(names->name[at], names->name[at - 1], NAME_SIZE);
    memcpy(names->name[at], name, length + 1);
    return true;
}

bool names_list(struct names *names, int dir, const char *path, bool (*wanted)(const char *name))
{
    names->count = 0;
    names->overflow = false;
    struct listing listing = { names, wanted };
    return tree_each(dir, path, add_name, &listing);
}
