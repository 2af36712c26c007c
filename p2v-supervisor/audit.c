// SPDX-License-Identifier: GPL-2.0-or-later
//
// --audit-log.  Each line is one write(2) to a file that is open for appending; after one that fails nothing more is written, so that what
// is there is whole lines from the beginning on.  Touches: that file.
#include "p2v-supervisor/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "p2v-supervisor/peers.h"
#include "proto/message-json.h"

#define SELF "p2v-supervisor"

struct line {
    struct json json;
    char *text;
    size_t size;
};

// False where there is none to be written.
static bool begin(struct audit *audit, struct line *line)
{
    struct timespec now;
    if (audit == NULL || audit->fd == 0 || audit->error != 0)
        return false;
    *line = (struct line){ .json.one_line = true };
    line->json.out = open_memstream(&line->text, &line->size);
    if (line->json.out == NULL) {
        audit->error = errno;
        return false;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    json_open(&line->json, NULL, '{');
    json_micros(&line->json, "time", (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
    return true;
}

static bool begin_event(struct audit *audit, struct line *line, const char *event, const char *program, uint32_t process)
{
    if (!begin(audit, line))
        return false;
    json_text(&line->json, "event", event);
    json_text(&line->json, "program", program);
    if (process != 0)
        json_number(&line->json, "process", process);
    return true;
}

static void end(struct audit *audit, struct line *line)
{
    json_close(&line->json, '{');
    bool whole = fclose(line->json.out) == 0;
    ssize_t n = whole ? write(audit->fd, line->text, line->size) : -1;
    if (n != (ssize_t)line->size)
        audit->error = n < 0 ? errno : ENOSPC;
    free(line->text);
}

void audit_locked(struct audit *audit, const P2v__Ready *self)
{
    struct line line;
    if (!begin(audit, &line))
        return;
    json_text(&line.json, "event", "locked");
    message_json_fields(&line.json, &self->base);
    end(audit, &line);
}

void audit_say(struct audit *audit, const char *event, const struct peer *peer, const char *key, const char *text)
{
    struct line line;
    if (!begin_event(audit, &line, event, peer != NULL ? runner_program_name(peer->program) : SELF, peer != NULL ? peer->id : 0))
        return;
    json_text(&line.json, key, text);
    end(audit, &line);
}

void audit_message(struct audit *audit, const struct peer *peer, bool sent, const P2v__Envelope *envelope, size_t fd_count)
{
    struct line line;
    const char *other = peer == NULL ? "virt-p2v" : runner_program_name(peer->program);
    if (!begin(audit, &line))
        return;
    json_text(&line.json, "from", sent ? SELF : other);
    json_text(&line.json, "to", sent ? other : SELF);
    if (peer != NULL)
        json_number(&line.json, "process", peer->id);
    json_text(&line.json, "type", message_name(envelope->body_case));
    json_number(&line.json, "descriptors", fd_count);
    json_open(&line.json, "fields", '{');
    size_t hidden = message_json_fields(&line.json, &envelope->ready->base);   // whichever it is
    json_close(&line.json, '{');
    json_number(&line.json, "size", p2v__envelope__get_packed_size(envelope) - hidden);
    end(audit, &line);
}

void audit_event(struct audit *audit, const struct runner_event *event)
{
    static const char *const names[] = {
        [RUNNER_STARTED] = "started", [RUNNER_ENDED] = "ended", [RUNNER_NOT_STARTED] = "not started", [RUNNER_CANCEL] = "cancel",
    };
    struct line line;
    char how[128];
    if (event->kind == RUNNER_GONE || event->number >= RUN_PROGRAMS ||
        !begin_event(audit, &line, names[event->kind], event->kind == RUNNER_CANCEL ? "virt-p2v" : runner_program_name(event->number), event->id))
        return;
    if (event->pid > 0)
        json_number(&line.json, "pid", (uint64_t)event->pid);
    if (event->kind == RUNNER_STARTED)
        json_text(&line.json, "rights", runner_program_rights(event->number));
    program_describe_status(event->status, how, sizeof how);
    if (event->kind == RUNNER_ENDED || event->kind == RUNNER_NOT_STARTED)
        json_text(&line.json, "status", event->kind == RUNNER_ENDED ? how : strerror(event->status));
    end(audit, &line);
}
