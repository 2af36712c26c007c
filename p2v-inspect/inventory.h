// SPDX-License-Identifier: GPL-2.0-or-later
//
// The inventory while it is gathered: the message to be sent, and the room for all its lists and texts, without one
// allocation.  The room is small enough that the fullest inventory fits one datagram of the channel.
#ifndef P2V_INSPECT_INVENTORY_H
#define P2V_INSPECT_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "p2v-inspect/in-use.h"
#include "p2v-inspect/smbios.h"
#include "p2v-inspect/tree.h"
#include "proto/helper.h"
#include "proto/limits.h"
#include "proto/p2v.pb-c.h"

struct disk_texts {
    char name[33];                 // DISK_NAME_LEN of the kernel
    char vendor[33];
    char model[65];
    char serial[129];
    char wwn[129];
    char transport[17];
    char in_use[65];
    char same_as[33];
};

struct removable_texts {
    char name[33];
    char model[98];                // "vendor model"
};

struct nic_texts {
    char name[16];
    char mac[18];
    char vendor[65];
    char product[65];
    char driver[33];
};

struct inventory {
    P2v__Inventory message;        // points into what follows
    P2v__Cpu cpu;
    P2v__Rtc rtc;
    P2v__Disk disks[MAX_DISKS], *disk_list[MAX_DISKS];
    P2v__Removable removables[MAX_REMOVABLES], *removable_list[MAX_REMOVABLES];
    P2v__Nic nics[MAX_NICS], *nic_list[MAX_NICS];

    char hostname[254];
    char architecture[33];
    char cpu_vendor[17];
    char cpu_name[65];
    struct smbios_machine machine;
    struct disk_texts disk_texts[MAX_DISKS];
    struct removable_texts removable_texts[MAX_REMOVABLES];
    struct nic_texts nic_texts[MAX_NICS];
};

// One look at one machine.
struct inspection {
    struct helper *helper;         // whom the notes go through
    struct inventory *inventory;
    int root;                      // "/" or the recorded tree (O_PATH)
    bool recorded;                 // a recorded tree: ask no system call what the tree should say
    int smbios;                    // the SMBIOS table, opened before the lock; -1 where there is none
    unsigned char smbios_table[SMBIOS_MAX_BYTES];
    size_t smbios_size;            // read of it, by inspect_firmware()
    int clock;                     // the hardware clock, opened by whoever may; -1: none
    int mounts;                    // mountinfo of the machine, opened before the lock; -1 where there is none
    struct in_use *in_use;         // what the running system uses of it
    unsigned notes;                // said so far
};

// Makes an empty inventory that is valid as it is.
void inventory_init(struct inventory *inventory);

// Gathers everything.
void inspect_machine(struct inspection *in);

// Its parts: identity.c has the first, the others each the file of its name.  Each leaves out what the machine does not say or says absurdly.
void inspect_identity(struct inspection *in);  // host name, architecture
void inspect_firmware(struct inspection *in);
void inspect_cpu(struct inspection *in);
void inspect_memory(struct inspection *in);
void inspect_clock(struct inspection *in);
void inspect_disks(struct inspection *in);
void inspect_removables(struct inspection *in);
void inspect_nics(struct inspection *in);

// Says that something was left out, and why; after many, says nothing more: a hostile tree shall not flood the person.
void inspect_note(struct inspection *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A text field of `owner` ("sda"): what the file says, or "" with a note where that cannot be shown.  True where it is not "".
bool inspect_text(struct inspection *in, int dir, const char *path, const char *owner, char *text, size_t size);

// A number or flag of `owner`: 0 where the machine does not say, 0 with a note where it is not between min and max.
uint64_t inspect_number(struct inspection *in, int dir, const char *path, const char *owner, uint64_t min, uint64_t max);

#endif
