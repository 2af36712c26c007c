// SPDX-License-Identifier: GPL-2.0-or-later
//
// Touches: p2v-ui's channel.

#include <string.h>

#include "p2v-supervisor/conversion.h"

// Never queued, as other messages for a slow display are: the next one says more.
static void show(struct supervisor *sup, struct peer *ui, const struct disk *disk)
{
    P2v__Envelope envelope = MESSAGE(progress, PROGRESS, Progress, .name = (char *)disk->name, .size_bytes = disk->size_bytes,
                                     .sent_bytes = disk->sent_bytes, .zero_bytes = disk->zero_bytes);
    struct error err;
    if (ui != NULL && (ui->state & UI_LISTENS) && ui->fd >= 0 && ui->queued == 0 &&
        peer_try(ui, &envelope, NULL, 0, &err) == CHANNEL_BROKEN)
        conversion_fail(sup, "p2v-ui cannot be told: %s", err.text);
}

void on_progress(struct supervisor *sup, struct peer *peer, struct message *in)
{
    const P2v__Progress *progress = in->envelope->progress;        // no number in it is more than INT64_MAX: check.c
    struct disk *disk = &sup->disks[peer->disk];
    if (strcmp(progress->name, disk->name) != 0 || progress->size_bytes != disk->size_bytes ||
        progress->sent_bytes + progress->zero_bytes > disk->size_bytes) {
        peer_end(sup, peer);
        conversion_fail(sup, "p2v-export told a progress of disk %s that cannot be: it has been ended, and the conversion with it", disk->name);
        return;
    }
    disk->sent_bytes = progress->sent_bytes;
    disk->zero_bytes = progress->zero_bytes;
    show(sup, peer_of(sup, RUN_UI), disk);
}

void progress_repeat(struct supervisor *sup, struct peer *ui)
{
    for (size_t i = 0; i < sup->disk_count; i++)
        if (sup->disks[i].sent_bytes + sup->disks[i].zero_bytes > 0)
            show(sup, ui, &sup->disks[i]);
}
