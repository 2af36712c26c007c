// SPDX-License-Identifier: GPL-2.0-or-later
//
// Asks the supervisor for each disk's bad ranges, and writes them to a file on the server.  Touches: the SSH connection; the
// supervisor's channel.
#include "p2v-transport/bad-ranges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "p2v-transport/bundle.h"
#include "p2v-transport/remote.h"

struct saving {
    struct helper *helper;
    struct link *link;
    FILE *text;                   // what the file will be, in memory: BAD_MAX_RANGES lines a disk at most
};

static void append(const struct saving *saving, const char *disk, const P2v__BadRanges *bad)
{
    for (size_t i = 0; i < bad->n_ranges; i++)
        fprintf(saving->text, "%s %" PRIu64 " %" PRIu64 "\n", disk, bad->ranges[i]->offset, bad->ranges[i]->length);
    if (bad->more)
        fprintf(saving->text, "# %s has more bad ranges than these\n", disk);
}

// Waits for the answer however long it takes: p2v-export may be trying to read.  The connection is kept alive meanwhile, and
// a person who does not want to wait cancels, which comes here as a message that is no answer.
static enum bad_ranges_result ask(const struct saving *saving, const char *disk, struct error *err)
{
    P2v__BadRangesAsk question = P2V__BAD_RANGES_ASK__INIT;
    question.name = (char *)disk;
    P2v__Envelope envelope = ENVELOPE(bad_ranges_ask, BAD_RANGES_ASK, &question);
    if (helper_send(saving->helper, &envelope, NULL, 0) < 0)
        return BAD_RANGES_ALONE;
    struct pollfd fds[2] = { { 0 }, { .fd = CHANNEL_FD, .events = POLLIN } };
    while (fds[1].revents == 0)
        if (link_wait(saving->link, fds, 2, -1, err) < 0)
            return BAD_RANGES_NO_FILE;
    struct message in = { 0 };
    enum bad_ranges_result result = BAD_RANGES_DONE;
    int received = helper_receive(saving->helper, &in);
    if (received > 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_BAD_RANGES) {
        append(saving, disk, in.envelope->bad_ranges);
    } else if (received > 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_CONVERSION_CANCEL) {
        error_set(err, "the conversion was cancelled");
        result = BAD_RANGES_NO_FILE;
    } else {
        if (received > 0)
            helper_unexpected(saving->helper, &in);
        result = BAD_RANGES_ALONE;
    }
    message_clear(&in);
    return result;
}

// The wrapper takes it all before it gives the file its name.
static enum bad_ranges_result write_file(const struct saving *saving, const char *directory, const char *text, size_t size, struct error *err)
{
    char command[BUNDLE_WRAPPER_MAX], line[256];
    struct remote remote;
    int64_t deadline = clock_ms() + REMOTE_TIMEOUT_MS;
    bundle_wrapper_command(directory, "bad-ranges", command);
    if (remote_open(saving->link, &remote, command, err) < 0)
        return BAD_RANGES_NO_FILE;
    int rc = remote_feed(&remote, text, size, deadline, err);
    while (rc == 0 && !(remote_read(&remote, line, sizeof line) < 0 && remote_ended(&remote)))
        rc = link_wait_until(saving->link, deadline, "the file bad-ranges", err);
    if (rc == 0 && remote.status != 0 && !remote_complaint_line(remote.complaint, NULL, err->text, sizeof err->text))
        error_set(err, "exit status %d", remote.status);
    remote_close(&remote);
    return rc == 0 && remote.status == 0 ? BAD_RANGES_DONE : BAD_RANGES_NO_FILE;
}

enum bad_ranges_result bad_ranges_save(struct helper *helper, struct link *link, const P2v__Machine *machine, const char *directory,
                                       struct error *err)
{
    char *text = NULL;
    size_t size = 0;
    enum bad_ranges_result result = BAD_RANGES_DONE;
    struct saving saving = { .helper = helper, .link = link, .text = open_memstream(&text, &size) };
    if (saving.text == NULL) {
        error_set(err, "out of memory");
        return BAD_RANGES_NO_FILE;
    }
    for (size_t i = 0; i < machine->n_disks && result == BAD_RANGES_DONE; i++)
        result = ask(&saving, machine->disks[i]->name, err);
    if (fclose(saving.text) != 0 && result == BAD_RANGES_DONE) {
        error_set(err, "out of memory");
        result = BAD_RANGES_NO_FILE;
    }
    if (result == BAD_RANGES_DONE && size > 0)
        result = write_file(&saving, directory, text, size, err);
    free(text);
    return result;
}
