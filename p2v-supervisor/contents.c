// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is on the disks: a p2v-inspect --contents for each.  Each gets one disk, answers once, and ends; the answers are kept in
// sup->contents, by the disk's place in the inventory.  Touches: the disks, to open them read-only; the helpers' channels.

#include <string.h>

#include "p2v-supervisor/conversion.h"

void contents_begin(struct supervisor *sup)
{
    for (size_t i = 0; i < sup->machine->n_disks && sup->outcome == OUTCOME_NONE; i++) {
        struct peer *peer = conversion_start(sup, RUN_CONTENTS, -1);
        if (peer != NULL)
            peer->disk = i;
    }
}

void contents_ask(struct supervisor *sup, struct peer *peer)
{
    struct disk disk;
    struct error err;
    if (plan_open_disk(sup, peer->disk, &disk, &err) < 0) {
        conversion_note(sup, P2V__LEVEL__DEBUG, "%s", err.text);
        peer_close(peer);
        return;
    }
    P2v__Envelope envelope = MESSAGE(contents_start, CONTENTS_START, ContentsStart, .name = disk.name, .size_bytes = disk.size_bytes);
    conversion_send(sup, peer, &envelope, &disk.fd, 1, PEER_READING_CONTENTS);
    disk_close(&disk);
}

void on_contents(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const char *name = sup->machine->disks[peer->disk]->name;
    if (strcmp(in->envelope->contents->name, name) != 0) {
        peer_end(sup, peer);
        conversion_fail(sup, "p2v-inspect, which has the disk %s, spoke of %s: it has been ended, and the conversion with it", name,
                        in->envelope->contents->name);
        return;
    }
    message_keep(&sup->contents[peer->disk], in);
}

void contents_lost(struct supervisor *sup, struct peer *peer, const char *why)
{
    conversion_note(sup, P2V__LEVEL__WARNING,
                    "what is on the disk %s cannot be found out: whether it is a part of an array is not checked (p2v-inspect was ended: %s)",
                    sup->machine->disks[peer->disk]->name, why);
}

void contents_give_up(struct supervisor *sup)
{
    for (struct peer *peer; (peer = peer_of(sup, RUN_CONTENTS)) != NULL; peer_end(sup, peer))
        contents_lost(sup, peer, "it took too long");
}
