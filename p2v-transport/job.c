// SPDX-License-Identifier: GPL-2.0-or-later
//
// A conversion step by step: files, start, messages, result; or from where a lost connection left it.  Touches: the SSH
// connection; the supervisor's channel.
#include "p2v-transport/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p2v-transport/arguments.h"
#include "p2v-transport/bad-ranges.h"
#include "p2v-transport/lost.h"
#include "p2v-transport/names.h"
#include "p2v-transport/physical-xml.h"
#include "p2v-transport/remote.h"
#include "p2v-transport/sftp.h"
#include "p2v-transport/wrapper.h"
#include "proto/text.h"

#define OUTPUT_MAX 32768          // of one ConversionOutput
#define NOISE_MAX (1024 * 1024)   // of what a login shell prints before our mark
#define DIRECTORY_TRIES 3
#define LINE_MAX_BYTES 1024       // of result's lines
#define CANCEL_PATIENCE_MS 30000  // from the wrapper's cancel to the end of follow

struct job {
    struct helper *helper;
    struct link *link;
    char directory[NAMES_DIRECTORY_SIZE];
    char mark[NAMES_MARK_SIZE];
    uint64_t offset;              // bytes of virt-v2v's messages that have arrived
    bool cancel;                  // was asked for, or the supervisor is gone
    bool cancelled;               // the wrapper was told
    bool by_cat;                  // the server's SFTP has failed, if it has one: files go through a command's standard input
    bool bad_ranges_listed;       // all of them are in the file bad-ranges
    bool alone;                   // the supervisor is gone: there is nobody to tell
    int64_t give_up;              // clock_ms() after which follow is not waited for; 0: never
    char buffer[OUTPUT_MAX + 1];  // where all standard output is read
};

// ---- the supervisor ----------------------------------------------------------------------------------------

static void send_output(struct job *job, char *data, size_t size)
{
    P2v__ConversionOutput output = P2V__CONVERSION_OUTPUT__INIT;
    output.data = (ProtobufCBinaryData){ .len = size, .data = (uint8_t *)data };
    P2v__Envelope envelope = ENVELOPE(conversion_output, CONVERSION_OUTPUT, &output);
    job->offset += size;
    if (!job->alone && helper_send(job->helper, &envelope, NULL, 0) < 0)
        job->alone = job->cancel = true;
}

static void hear_supervisor(struct job *job)
{
    struct message in = { 0 };
    int rc = helper_receive(job->helper, &in);
    if (rc > 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_CONVERSION_CANCEL) {
        job->cancel = true;
    } else {
        if (rc > 0)
            helper_unexpected(job->helper, &in);
        job->alone = job->cancel = true;
    }
    message_clear(&in);
}

// Waits for the server or the supervisor.
static int wait_either(struct job *job, int timeout_ms, struct error *err)
{
    struct pollfd fds[2] = { { 0 }, { .fd = job->alone ? -1 : CHANNEL_FD, .events = POLLIN } };
    if (link_wait(job->link, fds, 2, timeout_ms, err) < 0)
        return -1;
    if (fds[1].revents != 0)
        hear_supervisor(job);
    return 0;
}

// ---- standard output from the mark on -----------------------------------------------------------------------

// Reads until the line that is the mark has come: the bytes after it that have come with it are in job->buffer, their
// number in *size.  1; 0 where output ended without a mark; -1 with err.
static int read_to_mark(struct job *job, struct remote *remote, int64_t deadline, size_t *size, struct error *err)
{
    char mark[NAMES_MARK_SIZE + 1];
    snprintf(mark, sizeof mark, "%s\n", job->mark);
    size_t length = strlen(mark), have = 0, noise = 0;
    for (;;) {
        ssize_t n = remote_read(remote, job->buffer + have, OUTPUT_MAX - have);
        if (n < 0 && remote_ended(remote))
            return 0;
        if (n <= 0) {
            if (link_wait_until(job->link, deadline, "a command's output", err) < 0)
                return -1;
            continue;
        }
        have += (size_t)n;
        noise += (size_t)n;
        char *found = memmem(job->buffer, have, mark, length);
        if (found != NULL) {
            *size = have - (size_t)(found + length - job->buffer);
            memmove(job->buffer, found + length, *size);
            return 1;
        }
        if (noise > NOISE_MAX)
            return error_set(err, "the login shell on %s prints without end: make it silent for commands", job->link->server);
        if (have >= length) {                      // its last bytes may be the beginning of the mark
            memmove(job->buffer, job->buffer + have - (length - 1), length - 1);
            have = length - 1;
        }
    }
}

// One line of text from result, whose first bytes are in job->buffer.
static int read_line(struct job *job, struct remote *remote, int64_t deadline, size_t *size, char line[LINE_MAX_BYTES], struct error *err)
{
    char *end;
    while ((end = memchr(job->buffer, '\n', *size)) == NULL && *size < LINE_MAX_BYTES) {
        ssize_t n = remote_read(remote, job->buffer + *size, OUTPUT_MAX - *size);
        if (n > 0)
            *size += (size_t)n;
        else if (n < 0 && remote_ended(remote))
            break;
        else if (link_wait_until(job->link, deadline, "the result", err) < 0)
            return -1;
    }
    if (end == NULL && !ssh_is_connected(job->link->session))
        return link_lost(job->link, err);
    if (end == NULL)
        return error_set(err, "%s gives no usable result of the conversion: see %s there", job->link->server, job->directory);
    size_t length = (size_t)(end - job->buffer), keep = length < LINE_MAX_BYTES - 1 ? length : LINE_MAX_BYTES - 1;
    memcpy(line, job->buffer, keep);
    line[keep] = '\0';
    text_clean_line(line);
    *size -= length + 1;
    memmove(job->buffer, end + 1, *size);
    return 0;
}

// ---- the steps ------------------------------------------------------------------------------------------------

static void cancel_remote(struct job *job)
{
    struct error err = { 0 };
    char command[BUNDLE_WRAPPER_MAX];
    struct remote_output *output = malloc(sizeof *output);
    job->cancelled = true;
    job->give_up = clock_ms() + CANCEL_PATIENCE_MS;
    bundle_wrapper_command(job->directory, "cancel", command);
    bool failed = output == NULL || remote_run(job->link, command, output, &err) < 0 || output->status != 0;
    if (failed && !job->alone && !job->link->lost)
        helper_note(job->helper, P2V__LEVEL__WARNING, "virt-v2v on %s may not have ended: see %s there%s%s", job->link->server, job->directory,
                    err.text[0] != '\0' ? "; " : "", err.text);
    free(output);
}

// Streams to the supervisor what is in job->buffer and what comes, until output ends.  0, or -1 with err.
static int stream(struct job *job, struct remote *remote, size_t size, struct error *err)
{
    for (;;) {
        if (size > 0)
            send_output(job, job->buffer, size);
        if (job->cancel && !job->cancelled)
            cancel_remote(job);
        ssize_t n = remote_read(remote, job->buffer, OUTPUT_MAX);
        size = n > 0 ? (size_t)n : 0;
        if (n < 0 && remote_ended(remote))
            return 0;
        if (job->give_up > 0 && clock_ms() > job->give_up)
            return 0;
        if (wait_either(job, n > 0 ? 0 : job->give_up > 0 ? 1000 : -1, err) < 0)
            return -1;
    }
}

static int add_own_files(const struct job *job, const P2v__ConversionStart *start, struct bundle *files, struct error *err)
{
    char path[128], when[64];
    snprintf(path, sizeof path, "%s/physical.xml", job->directory);
    time_t now = time(NULL);
    struct tm utc;
    size_t when_size = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ\n", gmtime_r(&now, &utc));
    size_t xml_size = 0, arguments_size = 0;
    char *xml = physical_xml(start->machine, &xml_size);
    char *arguments = arguments_file(start, path, &arguments_size);
    char name[160];
    int name_size = snprintf(name, sizeof name, "%s\n", start->machine->name);
    int rc = -1;
    if (xml == NULL || arguments == NULL)
        error_set(err, "physical.xml cannot be written: out of memory");
    else if (bundle_add(files, "virt-v2v-wrapper.sh", wrapper_begin, (size_t)(wrapper_end - wrapper_begin), err) == 0 &&
             bundle_add(files, "physical.xml", xml, xml_size, err) == 0 &&
             bundle_add(files, "arguments", arguments, arguments_size, err) == 0 &&
             bundle_add(files, "name", name, (size_t)name_size, err) == 0 &&
             bundle_add(files, "p2v-version", P2V_VERSION "\n", strlen(P2V_VERSION "\n"), err) == 0 &&
             bundle_add(files, "time", when, when_size, err) == 0)
        rc = 0;
    free(xml);
    free(arguments);
    return rc;
}

// Why there was no mark.
static int explain_start(const struct job *job, const struct remote *remote, struct error *err)
{
    if (!ssh_is_connected(job->link->session))
        return link_lost(job->link, err);
    char line[512];
    bool said = remote_complaint_line(remote->complaint, NULL, line, sizeof line);
    if (!said)
        snprintf(line, sizeof line, "exit status %d", remote->status);
    switch (remote->status) {
    case BUNDLE_NO_DIRECTORY:
        return error_set(err, "the directory %s cannot be made on %s: %s", job->directory, job->link->server, line);
    case BUNDLE_NO_UPLOAD:
        return error_set(err, "the files of the conversion cannot be written to %s on %s (is its disk full?): %s", job->directory,
                         job->link->server, line);
    case BUNDLE_ELSEWHERE:
        return error_set(err, "what SFTP put into %s on %s is not there for commands", job->directory, job->link->server);
    case BUNDLE_GONE:
        return error_set(err, "the conversion is lost: %s is not there any more on %s (was it restarted?)", job->directory, job->link->server);
    case BUNDLE_FOREIGN:
        return error_set(err, "the conversion is lost: %s on %s is not this user's own directory any more (was the server restarted, and has "
                         "somebody else made it?)", job->directory, job->link->server);
    case BUNDLE_NO_START:
        return error_set(err, "the conversion cannot be started on %s: %s", job->link->server, line);
    default:
        return error_set(err, "%s does not run commands for this user: %s", job->link->server, line);
    }
}

// The directory's name is known to the supervisor before there is anything in it.
static int send_directory(struct job *job)
{
    P2v__ConversionDirectory directory = P2V__CONVERSION_DIRECTORY__INIT;
    directory.remote_directory = job->directory;
    P2v__Envelope envelope = ENVELOPE(conversion_directory, CONVERSION_DIRECTORY, &directory);
    return helper_send(job->helper, &envelope, NULL, 0);
}

// From now on by cat.  What SFTP has put there, if anything, stays; the next try makes another directory.  An answer that did not
// come in time was SFTP's alone: a connection that is lost will be found lost again.
static void give_up_sftp(struct job *job, const struct error *why)
{
    helper_note(job->helper, P2V__LEVEL__DEBUG, "files are uploaded by cat and not by SFTP: %s", why->text);
    job->by_cat = true;
    job->link->lost = false;
}

// The command that starts the wrapper: after SFTP that is all it does, else it takes the files first.  As start_once().
static int upload(struct job *job, const struct bundle *files, char command[BUNDLE_COMMAND_MAX], struct error *err)
{
    if (job->by_cat)
        return bundle_command(files, job->directory, job->mark, command, err) == 0 ? 1 : -1;
    if (sftp_upload(job->link, files, job->directory, err) == 0)
        return bundle_start_command(job->directory, job->mark, command, err) == 0 ? 1 : -1;
    if (!ssh_is_connected(job->link->session))
        return link_lost(job->link, err);
    give_up_sftp(job, err);
    return 0;
}

// Uploads, starts, and opens the stream of messages.  1 where it has started; 0 where another directory may do; -1.
static int start_once(struct job *job, const P2v__ConversionStart *start, const struct bundle *attachments, struct remote *remote,
                      size_t *size, struct error *err)
{
    struct bundle files = { 0 };
    char *command = malloc(BUNDLE_COMMAND_MAX);
    int rc = -1;
    names_directory(time(NULL), job->directory);
    names_mark(job->mark);
    size_t offset = 0;
    bool added = command != NULL && send_directory(job) == 0;
    for (size_t i = 0; added && i < attachments->count; offset += attachments->files[i++].size)
        added = bundle_add(&files, attachments->files[i].name, attachments->data + offset, attachments->files[i].size, err) == 0;
    if (added && add_own_files(job, start, &files, err) == 0)
        rc = upload(job, &files, command, err);
    if (rc == 1 && (rc = remote_open(job->link, remote, command, err)) == 0) {
        int64_t deadline = clock_ms() + REMOTE_TIMEOUT_MS;
        if ((rc = remote_feed(remote, files.data, job->by_cat ? files.size : 0, deadline, err)) == 0)
            rc = read_to_mark(job, remote, deadline, size, err);
        if (rc == 0) {
            explain_start(job, remote, err);
            if (remote->status == BUNDLE_ELSEWHERE && !job->by_cat)
                give_up_sftp(job, err);
            rc = remote->status == BUNDLE_NO_DIRECTORY || remote->status == BUNDLE_ELSEWHERE ? 0 : -1;
        }
        if (rc != 1)
            remote_close(remote);
    }
    free(command);
    bundle_free(&files);
    return rc;
}

// Opens the stream of messages of the job that a lost connection began, or was about to begin.  1; 0 where there is none: it
// is certain then that there never will be, for whoever makes the link `claim` first decides; -1.
static int resume(struct job *job, const P2v__ConversionStart *start, struct remote *remote, size_t *size, struct error *err)
{
    char command[1024], follow[64], own[BUNDLE_OWN_MAX];
    const char *directory = job->directory;
    names_mark(job->mark);
    snprintf(job->directory, sizeof job->directory, "%s", start->remote_directory);
    job->offset = start->offset;
    snprintf(follow, sizeof follow, "follow %s %llu", job->mark, (unsigned long long)job->offset);
    bundle_own(directory, own);
    if (start->started)
        bundle_wrapper_command(directory, follow, command);
    else                                           // the lost connection's command may make the directory at the same time
        snprintf(command, sizeof command, "/bin/sh -c '[ -e %s ] || mkdir -m 0700 %s || [ -e %s ] || exit %d; %s ln -s nobody %s/claim 2>/dev/null; "
                 "[ \"$(readlink %s/claim)\" = nobody ] && exit %d; exec /bin/sh %s/virt-v2v-wrapper.sh %s'",
                 directory, directory, directory, BUNDLE_NO_DIRECTORY, own, directory, directory, BUNDLE_NOT_STARTED, directory, follow);
    if (remote_open(job->link, remote, command, err) < 0)
        return -1;
    ssh_channel_send_eof(remote->channel);
    int rc = read_to_mark(job, remote, clock_ms() + REMOTE_TIMEOUT_MS, size, err);
    if (rc == 0 && (remote->status != BUNDLE_NOT_STARTED || start->started))
        rc = explain_start(job, remote, err);
    if (rc != 1)
        remote_close(remote);
    return rc;
}

static int send_started(struct job *job)
{
    P2v__ConversionStarted started = P2V__CONVERSION_STARTED__INIT;
    started.remote_directory = job->directory;
    P2v__Envelope envelope = ENVELOPE(conversion_started, CONVERSION_STARTED, &started);
    return helper_send(job->helper, &envelope, NULL, 0);
}

// What became of it, and the messages that follow did not bring any more.
static int fetch_result(struct job *job, int *status, char text[LINE_MAX_BYTES], struct error *err)
{
    char command[BUNDLE_WRAPPER_MAX], words[64], line[LINE_MAX_BYTES];
    struct remote remote;
    size_t size = 0;
    int64_t deadline = clock_ms() + REMOTE_TIMEOUT_MS;
    names_mark(job->mark);
    snprintf(words, sizeof words, "result %s %llu", job->mark, (unsigned long long)job->offset);
    bundle_wrapper_command(job->directory, words, command);
    if (remote_open(job->link, &remote, command, err) < 0)
        return -1;
    ssh_channel_send_eof(remote.channel);
    int rc = read_to_mark(job, &remote, deadline, &size, err);
    if (rc == 0)
        rc = !ssh_is_connected(job->link->session) ? link_lost(job->link, err) :
             error_set(err, "%s gives no result of the conversion: see %s there", job->link->server, job->directory);
    if (rc == 1 && (rc = read_line(job, &remote, deadline, &size, line, err)) == 0 &&
        (rc = read_line(job, &remote, deadline, &size, text, err)) == 0) {
        char *end;
        long number = strtol(line, &end, 10);
        *status = end != line && *end == '\0' && number >= 0 && number <= 255 ? (int)number : -1;
        job->give_up = deadline;
        rc = stream(job, &remote, size, err);
    }
    remote_close(&remote);
    return rc;
}

static int tell_end(struct job *job, int status, char text[LINE_MAX_BYTES])
{
    if (job->alone)
        return EXIT_FAILED;
    if (status < 0 && job->cancelled)
        return helper_fail(job->helper, "the conversion was cancelled, but virt-v2v on %s has left no status and may not have ended: see %s there",
                           job->link->server, job->directory);
    if (status < 0)
        return helper_fail(job->helper, "the conversion on %s ended without leaving a status (was the server restarted?): see %s there",
                           job->link->server, job->directory);
    P2v__ConversionEnded ended = P2V__CONVERSION_ENDED__INIT;
    ended.result = status == 0 ? P2V__CONVERSION_RESULT__CONVERSION_DONE :
                   job->cancelled ? P2V__CONVERSION_RESULT__CONVERSION_CANCELLED : P2V__CONVERSION_RESULT__CONVERSION_FAILED;
    ended.status = (uint32_t)status;
    if (status != 0 && !job->cancelled)
        ended.text = text;
    ended.bad_ranges_listed = job->bad_ranges_listed;
    P2v__Envelope envelope = ENVELOPE(conversion_ended, CONVERSION_ENDED, &ended);
    return helper_send(job->helper, &envelope, NULL, 0) == 0 ? EXIT_OK : EXIT_FAILED;
}

// virt-v2v has ended.  Whatever fails here, its result stands, and is known already; but where the connection is lost and may
// be made again, the list is left to the next one: -1 with err.
static int save_bad_ranges(struct job *job, const P2v__ConversionStart *start, struct error *err)
{
    switch (bad_ranges_save(job->helper, job->link, start->machine, job->directory, err)) {
    case BAD_RANGES_DONE:
        job->bad_ranges_listed = true;
        break;
    case BAD_RANGES_NO_FILE:
        if (job->link->lost && start->patience > 0)
            return -1;
        helper_note(job->helper, P2V__LEVEL__WARNING, "the file bad-ranges, of what could not be read of the disks, cannot be written to %s on %s: %s",
                    job->directory, job->link->server, err->text);
        break;
    case BAD_RANGES_ALONE:
        job->alone = true;
        break;
    }
    return 0;
}

static int convert(struct job *job, const P2v__ConversionStart *start, const struct bundle *attachments, struct error *err)
{
    struct remote remote;
    char text[LINE_MAX_BYTES] = "";
    size_t size = 0;
    int status = -1, rc = 0;
    if (start->remote_directory[0] != '\0')
        rc = resume(job, start, &remote, &size, err);
    if (rc == 0 && start->cancel) {                // nothing has begun, and nothing will
        job->cancelled = true;
        return tell_end(job, 1, text);
    }
    for (int i = 0; i < DIRECTORY_TRIES && rc == 0; i++)
        rc = start_once(job, start, attachments, &remote, &size, err);
    if (rc != 1)
        return -1;
    job->cancel = start->cancel;
    if (send_started(job) < 0)
        job->alone = job->cancel = true;
    rc = stream(job, &remote, size, err);
    remote_close(&remote);
    if (rc < 0 || fetch_result(job, &status, text, err) < 0)
        return -1;
    if (start->list_bad_ranges && !job->alone && save_bad_ranges(job, start, err) < 0)
        return -1;
    return tell_end(job, status, text);
}

int job_convert(struct helper *helper, struct link *link, const P2v__ConversionStart *start, struct bundle *files)
{
    struct error err = { 0 };
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return helper_fail(helper, "out of memory");
    job->helper = helper;
    job->link = link;
    link->may_ask = true;
    link->heard_at = clock_ms();
    int status = convert(job, start, files, &err);
    if (status < 0)
        status = job->alone ? EXIT_FAILED : lost_or_failed(helper, link, &err);
    free(job);
    return status;
}
