// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which volume group is this LVM2 physical volume of?  libblkid says that it is one, and no more.  Pure memory, but for reader.
#ifndef P2V_INSPECT_LVM_H
#define P2V_INSPECT_LVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LVM_ID_SIZE 39             // "z2EXXb-gM0d-TQCr-yHJ9-QnKp-V73F-8bC1jT" and its NUL
#define LVM_NAME_SIZE 128          // NAME_LEN of LVM2
#define LVM_MAX_MEMBERS 64         // that are listed

// Reads exactly size bytes at offset of the physical volume; false where they are not there.
struct lvm_reader {
    bool (*read)(void *context, uint64_t offset, void *bytes, size_t size);
    void *context;
};

struct lvm_group {
    char name[LVM_NAME_SIZE];
    char id[LVM_ID_SIZE];
    size_t member_count;           // all
    size_t listed;                 // of which these
    char members[LVM_MAX_MEMBERS][LVM_ID_SIZE];
};

// False where this is no physical volume, is of no group, has no copy of the metadata, or is damaged.
bool lvm_read_group(const struct lvm_reader *reader, uint64_t size, struct lvm_group *group);

// The metadata's text alone: name, id and members.
bool lvm_parse_text(const char *text, size_t size, struct lvm_group *group);

#endif
