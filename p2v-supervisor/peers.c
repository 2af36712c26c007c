// SPDX-License-Identifier: GPL-2.0-or-later
//
// The helpers as the supervisor holds them.  Touches: their channels, the runner's socket, a memfd for each.
#include "p2v-supervisor/peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/text.h"

static struct peer *free_place(struct supervisor *sup)
{
    struct peer *place = sup->peers;
    while (place < sup->peers + MAX_PEERS && place->id != 0)
        place++;
    return place < sup->peers + MAX_PEERS ? place : NULL;
}

struct peer *peer_start(struct supervisor *sup, enum runner_program program, int disk_fd, struct error *err)
{
    const char *name = runner_program_name(program);
    struct peer *peer = free_place(sup);
    int ends[2];
    if (peer == NULL) {
        error_set(err, "cannot start %s: too many helpers run already", name);
        return NULL;
    }
    if (channel_pair(ends) < 0) {
        error_set_errno(err, errno, "cannot make a channel for %s", name);
        return NULL;
    }
    int errors = memfd_create(name, MFD_CLOEXEC);
    int fds[3] = { ends[1], errors, disk_fd };
    if (errors < 0 || runner_run(sup->runner, program, ++sup->last_id, 0, fds, disk_fd < 0 ? 2 : 3, err) < 0) {
        if (errors < 0)
            error_set_errno(err, errno, "cannot make a file for the errors of %s", name);
        else
            close(errors);
        close(ends[0]);
        close(ends[1]);
        return NULL;
    }
    close(ends[1]);
    *peer = (struct peer){ .id = sup->last_id, .program = program, .state = PEER_STARTING, .fd = ends[0],
                           .audit = &sup->audit, .errors_fd = errors, .data_fd = -1 };
    return peer;
}

enum channel_result peer_try(struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, struct error *err)
{
    enum channel_result result = channel_send(peer->fd, false, envelope, fds, fd_count, err);
    if (result == CHANNEL_MESSAGE)
        audit_message(peer->audit, peer, true, envelope, fd_count);
    return result;
}

static int queue(struct peer *peer, const P2v__Envelope *envelope, struct error *err)
{
    size_t size = p2v__envelope__get_packed_size(envelope);
    unsigned char *packed = peer->queued < MAX_QUEUED ? malloc(size) : NULL;
    P2v__Envelope *copy = packed != NULL ? p2v__envelope__unpack(NULL, p2v__envelope__pack(envelope, packed), packed) : NULL;
    free(packed);
    if (copy == NULL)
        return error_set(err, "%s does not take its messages", runner_program_name(peer->program));
    peer->queue[peer->queued++] = copy;
    return 0;
}

int peer_send(struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, struct error *err)
{
    struct error cause = { 0 };
    bool may_queue = (peer->program == RUN_UI || peer->program == RUN_PLAN) && fd_count == 0;
    if (peer->fd < 0)                  // closed: its end, and why, is told by the runner
        return 0;
    if (may_queue && peer->queued > 0)
        return queue(peer, envelope, err);
    switch (peer_try(peer, envelope, fds, fd_count, &cause)) {
    case CHANNEL_MESSAGE:
    case CHANNEL_CLOSED:               // likewise
        return 0;
    case CHANNEL_AGAIN:
        return may_queue ? queue(peer, envelope, err) : error_set(err, "%s does not take its messages", runner_program_name(peer->program));
    default:
        return error_set(err, "%s cannot be told: %s", runner_program_name(peer->program), cause.text);
    }
}

int peer_flush(struct peer *peer, struct error *err)
{
    struct error cause = { 0 };
    size_t sent = 0;
    enum channel_result result = CHANNEL_MESSAGE;
    while (sent < peer->queued && (result = peer_try(peer, peer->queue[sent], NULL, 0, &cause)) == CHANNEL_MESSAGE)
        p2v__envelope__free_unpacked(peer->queue[sent++], NULL);
    memmove(peer->queue, peer->queue + sent, (peer->queued - sent) * sizeof peer->queue[0]);
    peer->queued -= sent;
    if (result == CHANNEL_BROKEN)
        return error_set(err, "%s cannot be told: %s", runner_program_name(peer->program), cause.text);
    return 0;
}

void peer_close(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    if (peer->data_fd >= 0)
        close(peer->data_fd);
    peer->fd = peer->data_fd = -1;
    peer->state = PEER_CLOSED;
    message_clear(&peer->question);
    for (size_t i = 0; i < peer->queued; i++)
        p2v__envelope__free_unpacked(peer->queue[i], NULL);
    peer->queued = 0;
}

void peer_end(struct supervisor *sup, struct peer *peer)
{
    if (peer->state == PEER_SHOWING_VERDICT)
        sup->verdict_shown = false;
    peer_close(peer);
    peer->killed = true;
    runner_kill(sup->runner, peer->id);
}

void peer_forget(struct peer *peer)
{
    peer_close(peer);
    close(peer->errors_fd);
    peer->id = 0;
}

struct peer *peer_by_id(struct supervisor *sup, uint32_t id)
{
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (id != 0 && sup->peers[i].id == id)
            return &sup->peers[i];
    return NULL;
}

// role, disk: ROLE_NONE, MAX_DISKS: whatever it has.
static struct peer *find(struct supervisor *sup, enum runner_program program, enum role role, size_t disk)
{
    for (struct peer *peer = sup->peers; peer < sup->peers + MAX_PEERS; peer++)
        if (peer->id != 0 && peer->state != PEER_CLOSED && peer->program == program && (role == ROLE_NONE || peer->role == role) &&
            (disk == MAX_DISKS || peer->disk == disk))
            return peer;
    return NULL;
}

struct peer *peer_of(struct supervisor *sup, enum runner_program program)
{
    return find(sup, program, ROLE_NONE, MAX_DISKS);
}

struct peer *peer_export(struct supervisor *sup, size_t disk)
{
    return find(sup, RUN_EXPORT, ROLE_NONE, disk);
}

struct peer *peer_transport(struct supervisor *sup, enum role role)
{
    return find(sup, RUN_TRANSPORT, role, MAX_DISKS);
}

bool ui_tell(struct supervisor *sup, const P2v__Envelope *envelope)
{
    struct peer *ui = peer_of(sup, RUN_UI);
    struct error err;
    return ui != NULL && (ui->state & UI_LISTENS) && peer_send(ui, envelope, NULL, 0, &err) == 0;
}

int task_start(struct supervisor *sup, enum runner_program program, uint32_t argument, const int *fds, size_t fd_count, struct error *err)
{
    int rc = runner_run(sup->runner, program, ++sup->last_id, argument, fds, fd_count, err);
    sup->tasks[program] = rc == 0 ? sup->last_id : 0;
    return rc;
}

bool task_runs(const struct supervisor *sup, enum runner_program first, enum runner_program end)
{
    while (first < end && sup->tasks[first] == 0)
        first++;
    return first < end;
}

void last_words(int fd, const char *name, char *text, size_t size)
{
    off_t end = lseek(fd, 0, SEEK_END), from = end < (off_t)size ? 0 : end - (off_t)size + 1;
    ssize_t n = pread(fd, text, size - 1, from);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    text[n > 0 ? n : 0] = '\0';
    const char *line = strrchr(text, '\n') != NULL ? strrchr(text, '\n') + 1 : text;
    if (strncmp(line, name, strlen(name)) == 0 && strncmp(line + strlen(name), ": ", 2) == 0)
        line += strlen(name) + 2;
    memmove(text, line, strlen(line) + 1);
    text_clean_line(text);
}
