// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is on one disk: partitions, file systems, and of which arrays and groups it is a part.
#ifndef P2V_INSPECT_CONTENTS_H
#define P2V_INSPECT_CONTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "p2v-inspect/lvm.h"
#include "proto/p2v.pb-c.h"

#define MAX_CONTENTS 129           // the whole disk and 128 partitions
#define MAX_MEMBER_UUIDS 200       // of one disk's groups altogether

struct content_texts {
    char partition_type[37];
    char partition_name[73];
    char type[33];
    char label[65];
    char uuid[41];
    char set[45];
    char set_name[65];
};

// The message, and the room for all of it: small enough that the fullest fits one datagram.
struct contents {
    P2v__Contents message;         // points into what follows
    P2v__Content contents[MAX_CONTENTS], *list[MAX_CONTENTS];
    struct content_texts texts[MAX_CONTENTS];
    char name[65];
    char table[33];
    char member_uuids[MAX_MEMBER_UUIDS][LVM_ID_SIZE];
    char *member_list[MAX_MEMBER_UUIDS];
    size_t member_count;
    bool left_out;                 // there are more partitions than there is room for
};

// Makes one that is valid and has found nothing.
void contents_init(struct contents *contents, const char *name);

// Looks at the disk behind fd, size bytes long.
void contents_read(struct contents *contents, int fd, uint64_t size);

#endif
