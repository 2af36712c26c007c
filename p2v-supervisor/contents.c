// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is on the disks: a p2v-inspect --contents for each.  Each gets one disk, answers once, and ends; the answers are kept in
// sup->contents, by the disk's place in the inventory.  Touches: the disks, to open them read-only; the helpers' channels.
#include "p2v-supervisor/contents.h"

#include <unistd.h>

#include "p2v-supervisor/choice.h"
#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/peers.h"
#include "proto/helper.h"

void contents_begin(struct supervisor *sup)
{
    struct error err;
    for (size_t i = 0; i < choice_count(sup) && sup->outcome == OUTCOME_NONE; i++) {
        struct peer *peer = peer_start(sup, RUN_CONTENTS, -1, &err);
        if (peer != NULL)
            peer->disk = i;
        else
            conversion_fail(sup, "%s", err.text);
    }
}

void contents_ask(struct supervisor *sup, struct peer *peer)
{
    struct disk disk;
    struct error err;
    if (choice_open(sup, peer->disk, &disk, &err) < 0) {
        conversion_note(sup, P2V__LEVEL__DEBUG, "%s", err.text);
        peer_close(peer);
        return;
    }
    P2v__ContentsStart start = P2V__CONTENTS_START__INIT;
    start.name = disk.name;
    start.size_bytes = disk.size_bytes;
    P2v__Envelope envelope = ENVELOPE(contents_start, CONTENTS_START, &start);
    if (peer_send(peer, &envelope, &disk.fd, 1, &err) < 0)
        conversion_fail(sup, "%s", err.text);
    else
        peer->state = PEER_READING_CONTENTS;
    disk_close(&disk);
}

bool contents_awaited(const struct supervisor *sup)
{
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (sup->peers[i].id != 0 && sup->peers[i].program == RUN_CONTENTS && sup->peers[i].state != PEER_CLOSED)
            return true;
    return false;
}

void on_contents(struct supervisor *sup, struct peer *peer, struct message *in)
{
    sup->contents[peer->disk] = *in;
    *in = (struct message){ 0 };
    if (choice_is_medium(sup, peer->disk))
        conversion_note(sup, P2V__LEVEL__INFO, "the disk %s is a medium that virt-p2v boots from: it is converted only where it is chosen by name",
                        choice_name(sup, peer->disk));
    peer_close(peer);
}

void contents_lost(struct supervisor *sup, struct peer *peer, const char *why)
{
    conversion_note(sup, P2V__LEVEL__WARNING,
                    "what is on the disk %s cannot be found out: whether it is a part of an array is not checked (p2v-inspect was ended: %s)",
                    choice_name(sup, peer->disk), why);
}

void contents_give_up(struct supervisor *sup)
{
    for (size_t i = 0; i < MAX_PEERS; i++) {
        struct peer *peer = &sup->peers[i];
        if (peer->id == 0 || peer->program != RUN_CONTENTS || peer->state == PEER_CLOSED)
            continue;
        contents_lost(sup, peer, "it took too long");
        peer_end(sup, peer);
    }
}
