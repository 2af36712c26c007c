// SPDX-License-Identifier: GPL-2.0-or-later
//
// Connections that are lost, or cannot be made at first, made again by new helpers.  Touches: the helpers' channels, the clock.

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/urls.h"

#define CONTROL MAX_DISKS              // its place among the losses
#define WAIT_MAX 10                    // seconds between two tries
#define TRY_SECONDS 290                // for one try: p2v-transport's own limits are shorter, and they say more
#define TELL_SECONDS 60

// How long what is away may stay so, in seconds; 0: it is the end.
static unsigned patience(const struct supervisor *sup)
{
    bool first = sup->phase >= PHASE_FETCH && sup->phase <= PHASE_CONNECT;
    bool answer = sup->dialogs && !sup->decided;       // to a person who has asked for a test: they do not wait
    return (unsigned)(sup->phase == PHASE_CONVERT ? sup->settings->reconnect : first && !answer ? sup->settings->remote_wait : 0);
}

static size_t place_of(const struct peer *peer)
{
    return peer->role == ROLE_DATA ? peer->disk : CONTROL;
}

// "the connection for disk sda"
static const char *name_of(const struct supervisor *sup, size_t place, char text[128])
{
    if (place == CONTROL)
        return "the control connection";
    snprintf(text, 128, "the connection for disk %s", sup->disks[place].name);
    return text;
}

// ---- what the person is told ---------------------------------------------------------------------------

// At first one reason is that of all connections: it is told when it is a new one, and about once a minute.
static void tell_waiting(struct supervisor *sup, const char *why)
{
    struct waiting *waiting = &sup->waiting;
    time_t now = seconds_now(), waited = waiting->since != 0 ? now - waiting->since : 0;
    long long left = (long long)patience(sup) - waited;
    if (left <= 0 || (strcmp(waiting->why.text, why) == 0 && now - waiting->told < TELL_SECONDS)) {
        conversion_note(sup, P2V__LEVEL__DEBUG, "not yet: %s", why);
        return;
    }
    if (waiting->since == 0)
        waiting->since = now;
    waiting->told = now;
    error_set(&waiting->why, "%s", why);
    if (waited == 0)
        conversion_note(sup, P2V__LEVEL__WARNING, "waiting, for at most %lld seconds (p2v.wait): %s", left, why);
    else
        conversion_note(sup, P2V__LEVEL__WARNING, "still waiting after %lld seconds, for at most %lld more (p2v.wait): %s", (long long)waited, left, why);
}

static void tell_lost(struct supervisor *sup, const struct peer *peer, bool first, const char *why)
{
    char name[128];
    unsigned day = (unsigned)(time(NULL) % 86400);
    const char *what = name_of(sup, place_of(peer), name);
    if (!first) {
        conversion_note(sup, P2V__LEVEL__DEBUG, "%s: %s", what, why);
        return;
    }
    conversion_note(sup, P2V__LEVEL__WARNING, "%s is lost (%s): reconnecting since %02u:%02u:%02u UTC, for at most %u seconds", what, why,
                    day / 3600, day / 60 % 60, day % 60, patience(sup));
    if (peer->role == ROLE_DATA)           // without nbdkit's retry filter there virt-v2v fails of it
        error_set(&sup->trouble, "%s was lost (%s)", what, why);
}

static void tell_made(struct supervisor *sup, const struct peer *peer, time_t since)
{
    char name[128];
    struct url_file file = { .key = "" };
    long long seconds = (long long)(seconds_now() - since);
    bool url = peer->program == RUN_FETCH && urls_next(sup, &file);
    if (sup->phase == PHASE_CONVERT)
        conversion_note(sup, P2V__LEVEL__INFO, "%s is back after %lld s", name_of(sup, place_of(peer), name), seconds);
    else if (sup->waiting.why.text[0] != '\0')
        conversion_note(sup, P2V__LEVEL__INFO, "%s%s answers after %lld s", url ? "the server of " : "", url ? file.key : sup->connection->remote_server, seconds);
    sup->waiting.why.text[0] = '\0';
}

// ----------------------------------------------------------------------------------------------------------------

// What is waited for before the conversion is waited for since the first failure of the run, whatever came in between.
bool reconnect_lost(struct supervisor *sup, struct peer *peer, const char *why)
{
    bool converting = sup->phase == PHASE_CONVERT;
    if (patience(sup) == 0 || (peer->role == ROLE_NONE && peer->program != RUN_FETCH))
        return false;
    struct loss *loss = &sup->losses[place_of(peer)];
    bool first = loss->since == 0;
    error_set(&loss->why, "%s", why);
    if (converting)
        tell_lost(sup, peer, first, why);
    else
        tell_waiting(sup, why);
    if (first) {
        loss->since = converting ? seconds_now() : sup->waiting.since;
        loss->wait = 1;
    }
    loss->next = seconds_now() + (sup->cancelling ? 1 : loss->wait);
    loss->wait = loss->wait * 2 < WAIT_MAX ? loss->wait * 2 : WAIT_MAX;
    if (!converting && sup->deadline < loss->next + TRY_SECONDS)
        ending_deadline(sup, (int)(loss->next + TRY_SECONDS - seconds_now()));
    peer_end(sup, peer);
    return true;
}

void reconnect_made(struct supervisor *sup, struct peer *peer)
{
    struct loss *loss = &sup->losses[place_of(peer)];
    if (loss->since == 0)
        return;
    tell_made(sup, peer, loss->since);
    *loss = (struct loss){ 0 };
}

bool reconnect_join(struct supervisor *sup, struct peer *transport, size_t disk)
{
    int ends[2];
    struct error err;
    struct peer *export = peer_export(sup, disk);
    if (export == NULL || channel_pair(ends) < 0) {
        conversion_fail(sup, "cannot join p2v-export and p2v-transport: %s", strerror(export != NULL ? errno : ESRCH));
        return false;
    }
    transport->disk = disk;
    transport->data_fd = ends[1];
    if (export->state == PEER_STARTING) {          // it gets this one with its task
        if (export->data_fd >= 0)
            close(export->data_fd);
        export->data_fd = ends[0];
        return true;
    }
    int rc = peer_send(export, &MESSAGE(export_channel, EXPORT_CHANNEL, ExportChannel), &ends[0], 1, &err);
    close(ends[0]);
    if (rc < 0)
        conversion_fail(sup, "%s", err.text);
    return rc == 0;
}

static void try_again(struct supervisor *sup, size_t place)
{
    sup->losses[place].next = 0;
    if (sup->phase == PHASE_FETCH) {
        conversion_connect(sup);
        return;
    }
    struct peer *transport = conversion_transport(sup, place != CONTROL ? ROLE_DATA : sup->phase == PHASE_TEST ? ROLE_TEST : ROLE_CONTROL);
    if (transport != NULL && place != CONTROL)
        reconnect_join(sup, transport, place);
}

// While the conversion is being cancelled only the control connection is of use, and the time for that is another.
static bool matters(const struct supervisor *sup, size_t place)
{
    return sup->losses[place].since != 0 && (!sup->cancelling || place == CONTROL);
}

static void give_up(struct supervisor *sup, size_t place)
{
    char name[128];
    const char *why = sup->losses[place].why.text;
    if (sup->phase == PHASE_CONVERT)
        conversion_fail(sup, "%s to %s was lost and could not be made again in %u seconds (p2v.reconnect): %s", name_of(sup, place, name),
                        sup->connection->remote_server, patience(sup), why);
    else
        conversion_fail(sup, "the %u seconds of p2v.wait are over: %s", patience(sup), why);
}

void reconnect_advance(struct supervisor *sup)
{
    time_t now = seconds_now();
    for (size_t i = 0; i <= CONTROL && patience(sup) > 0; i++) {
        if (!matters(sup, i))
            continue;
        if (!sup->cancelling && now >= sup->losses[i].since + (time_t)patience(sup))
            give_up(sup, i);
        else if (sup->losses[i].next != 0 && now >= sup->losses[i].next)
            try_again(sup, i);
    }
}

bool reconnect_waits(const struct supervisor *sup)
{
    for (size_t i = 0; i <= CONTROL && patience(sup) > 0; i++)
        if (matters(sup, i))
            return true;
    return false;
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
