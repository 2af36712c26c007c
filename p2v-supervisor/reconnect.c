// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lost connections, made again by new helpers.  Touches: the helpers' channels, the clock.
#include "p2v-supervisor/reconnect.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/peers.h"
#include "proto/helper.h"

#define CONTROL MAX_DISKS              // its place among the losses
#define WAIT_MAX 10                    // seconds between two tries

static time_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// "the connection for disk sda"
static const char *name_of(const struct supervisor *sup, size_t place, char text[128])
{
    if (place == CONTROL)
        return "the control connection";
    snprintf(text, 128, "the connection for disk %s", sup->disks[place].name);
    return text;
}

static size_t place_of(const struct peer *peer)
{
    return peer->role == ROLE_CONTROL ? CONTROL : peer->disk;
}

bool reconnect_lost(struct supervisor *sup, struct peer *peer, const char *why)
{
    char name[128];
    if (sup->phase != PHASE_CONVERT || sup->config.reconnect == 0 || (peer->role != ROLE_CONTROL && peer->role != ROLE_DATA))
        return false;
    struct loss *loss = &sup->losses[place_of(peer)];
    error_set(&loss->why, "%s", why);
    if (loss->since == 0) {
        unsigned day = (unsigned)(time(NULL) % 86400);
        loss->since = seconds_now();
        loss->wait = 1;
        conversion_note(sup, P2V__LEVEL__WARNING, "%s is lost (%s): reconnecting since %02u:%02u:%02u UTC, for at most %u seconds",
                        name_of(sup, place_of(peer), name), why, day / 3600, day / 60 % 60, day % 60, (unsigned)sup->config.reconnect);
        if (peer->role == ROLE_DATA)       // without nbdkit's retry filter there virt-v2v fails of it
            error_set(&sup->trouble, "%s was lost (%s)", name, why);
    } else {
        conversion_note(sup, P2V__LEVEL__DEBUG, "%s: %s", name_of(sup, place_of(peer), name), why);
    }
    loss->next = seconds_now() + (sup->cancelling ? 1 : loss->wait);
    loss->wait = loss->wait * 2 < WAIT_MAX ? loss->wait * 2 : WAIT_MAX;
    peer_end(sup, peer);
    return true;
}

void reconnect_made(struct supervisor *sup, struct peer *peer)
{
    char name[128];
    struct loss *loss = &sup->losses[place_of(peer)];
    if (loss->since == 0)
        return;
    conversion_note(sup, P2V__LEVEL__INFO, "%s is back after %lld s", name_of(sup, place_of(peer), name), (long long)(seconds_now() - loss->since));
    *loss = (struct loss){ 0 };
}

// The disk's p2v-export lives on: it and the new transport get a data plane of their own.
static bool join(struct supervisor *sup, struct peer *transport, size_t disk, struct error *err)
{
    int ends[2];
    struct peer *export = peer_export(sup, disk);
    P2v__ExportChannel channel = P2V__EXPORT_CHANNEL__INIT;
    P2v__Envelope envelope = ENVELOPE(export_channel, EXPORT_CHANNEL, &channel);
    if (export == NULL || channel_pair(ends) < 0) {
        error_set_errno(err, export != NULL ? errno : ESRCH, "cannot join p2v-export and p2v-transport");
        return false;
    }
    transport->disk = disk;
    transport->data_fd = ends[1];
    int rc = peer_send(export, &envelope, &ends[0], 1, err);
    close(ends[0]);
    return rc == 0;
}

static void try_again(struct supervisor *sup, size_t place)
{
    struct error err;
    sup->losses[place].next = 0;
    struct peer *transport = conversion_transport(sup, place == CONTROL ? ROLE_CONTROL : ROLE_DATA);
    if (transport != NULL && place != CONTROL && !join(sup, transport, place, &err))
        conversion_fail(sup, "%s", err.text);
}

// While the conversion is being cancelled only the control connection is of use, and the time for that is another.
static bool matters(const struct supervisor *sup, size_t place)
{
    return sup->losses[place].since != 0 && (!sup->cancelling || place == CONTROL);
}

static time_t limit_of(const struct supervisor *sup, size_t place)
{
    return sup->cancelling ? 0 : sup->losses[place].since + (time_t)sup->config.reconnect;
}

void reconnect_advance(struct supervisor *sup)
{
    char name[128];
    time_t now = seconds_now();
    for (size_t i = 0; i <= CONTROL && sup->phase == PHASE_CONVERT; i++) {
        if (!matters(sup, i))
            continue;
        time_t limit = limit_of(sup, i);
        if (limit != 0 && now >= limit)
            conversion_fail(sup, "%s to %s was lost and could not be made again in %u seconds (p2v.reconnect): %s", name_of(sup, i, name),
                            sup->config.server, (unsigned)sup->config.reconnect, sup->losses[i].why.text);
        else if (sup->losses[i].next != 0 && now >= sup->losses[i].next)
            try_again(sup, i);
    }
}

time_t reconnect_next(const struct supervisor *sup)
{
    time_t first = 0;
    for (size_t i = 0; i <= CONTROL && sup->phase == PHASE_CONVERT; i++) {
        if (!matters(sup, i))
            continue;
        time_t next = sup->losses[i].next, limit = limit_of(sup, i);
        if (next == 0 || (limit != 0 && limit < next))
            next = limit;
        if (next != 0 && (first == 0 || next < first))
            first = next;
    }
    return first;
}

void reconnect_hurry(struct supervisor *sup)
{
    if (sup->losses[CONTROL].next != 0)
        sup->losses[CONTROL].next = seconds_now();
}

bool reconnect_leaves_job(const struct supervisor *sup)
{
    return sup->phase == PHASE_CONVERT && sup->remote_directory[0] != '\0' && !sup->ended && (sup->cancelling || sup->losses[CONTROL].since != 0);
}
