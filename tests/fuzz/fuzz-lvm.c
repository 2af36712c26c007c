// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/lvm.c: a physical volume, and the text in it.  Checksums are put right as they are read, or nothing behind them would
// ever be.
#include "tests/fuzz/fuzz.h"

#include "p2v-inspect/lvm.h"
#include "proto/text.h"

#define SECTOR 512

static uint32_t checksum(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0xf597a6cf;
    for (size_t i = 0; i < size * 8; i++)
        sum = sum >> 1 ^ (((sum ^ (uint32_t)bytes[i / 8] >> i % 8) & 1) != 0 ? 0xedb88320 : 0);
    return sum;
}

static uint64_t number_at(const uint8_t *p) { return input_number(&(struct input){ p, 8 }, 8); }

static void put(uint8_t *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

// The sum of the text that a metadata area's header names: it goes round the end of the area.
static void correct_text(const struct input *volume, uint8_t *header)
{
    uint64_t begin = number_at(header + 24), room = number_at(header + 32), at = number_at(header + 40), size = number_at(header + 48);
    if (begin > volume->size || room > volume->size - begin || at >= room || at < SECTOR || size > room - SECTOR)
        return;
    uint8_t *text = malloc((size_t)size + 1);
    MUST(text != NULL);
    for (uint64_t i = 0; i < size; i++)
        text[i] = volume->data[begin + (at + i < room ? at + i : at + i - room + SECTOR)];
    put(header + 56, checksum(text, (size_t)size));
    free(text);
}

static bool read_volume(void *context, uint64_t offset, void *bytes, size_t size)
{
    const struct input *volume = context;
    uint8_t *p = bytes;
    if (offset > volume->size || size > volume->size - offset)
        return false;
    memcpy(p, volume->data + offset, size);
    if (size != SECTOR)
        return true;
    if (memcmp(p, "LABELONE", 8) == 0)
        put(p + 16, checksum(p + 20, SECTOR - 20));
    if (memcmp(p + 4, " LVM2 x[5A%r0N*>", 16) == 0) {
        correct_text(volume, p);
        put(p, checksum(p + 4, SECTOR - 4));
    }
    return true;
}

static void must_be_names(const struct lvm_group *group)
{
    MUST(text_is_word(group->name) && strlen(group->name) < LVM_NAME_SIZE);
    MUST(text_is_word(group->id) && strlen(group->id) < LVM_ID_SIZE);
    MUST(group->listed <= LVM_MAX_MEMBERS && group->listed <= group->member_count);
    for (size_t i = 0; i < group->listed; i++)
        MUST(text_is_word(group->members[i]) && strlen(group->members[i]) < LVM_ID_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lvm_group group;
    struct input volume = { data, size };
    struct lvm_reader reader = { read_volume, &volume };
    if (lvm_read_group(&reader, size, &group))
        must_be_names(&group);
    if (lvm_parse_text((const char *)data, size, &group))
        must_be_names(&group);
    return 0;
}
