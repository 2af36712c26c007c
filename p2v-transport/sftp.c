// SPDX-License-Identifier: GPL-2.0-or-later
//
// SFTP's requests written and its replies, which are hostile, read.  Touches: the SSH connection.
#include "p2v-transport/sftp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-transport/remote.h"

#define VERSION 3
#define GREETING_MS 15000         // for the server's first answer: what is no SFTP server may never give one
#define REPLY_MAX 16384           // bytes; the longest that is expected is the server's list of extensions
#define HANDLE_MAX 256            // draft, 3
#define REQUEST_MAX 512           // without a file's bytes
#define WRITE_MAX 32768           // of a file's bytes: every server must take so many (draft, 3)

enum type { INIT = 1, VERSION_REPLY = 2, OPEN = 3, CLOSE = 4, WRITE = 6, MKDIR = 14, STATUS = 101, HANDLE = 102 };
enum status { OK = 0 };
enum { ATTR_PERMISSIONS = 4, OPEN_WRITE = 2, OPEN_CREATE = 8, OPEN_EXCLUSIVE = 32 };

struct sftp {
    struct remote remote;
    int64_t deadline;
    const struct bundle *bundle;
    struct { size_t size; char bytes[HANDLE_MAX]; } handles[BUNDLE_FILES_MAX];
    size_t have;                  // bytes in reply
    unsigned char reply[4 + REPLY_MAX];
};

// ---- requests ----------------------------------------------------------------------------------------------

struct request {
    size_t size;
    unsigned char bytes[REQUEST_MAX];
};

static void put_u32(struct request *request, uint32_t value)
{
    value = htonl(value);
    memcpy(request->bytes + request->size, &value, sizeof value);
    request->size += sizeof value;
}

// Callers' texts are bounded: names of files and directories, handles.
static void put_string(struct request *request, const void *text, size_t size)
{
    put_u32(request, (uint32_t)size);
    memcpy(request->bytes + request->size, text, size);
    request->size += size;
}

static struct request begin(enum type type, uint32_t id)
{
    struct request request = { .size = 4 };            // the length comes last
    request.bytes[request.size++] = (unsigned char)type;
    put_u32(&request, id);
    return request;
}

// more: so many bytes of a file follow.
static int send_request(struct sftp *sftp, struct request *request, size_t more, struct error *err)
{
    uint32_t length = htonl((uint32_t)(request->size - 4 + more));
    memcpy(request->bytes, &length, sizeof length);
    return remote_write(&sftp->remote, request->bytes, request->size, sftp->deadline, err);
}

// ---- replies -----------------------------------------------------------------------------------------------

static uint32_t get_u32(const unsigned char *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return ntohl(value);
}

// The whole next reply is in sftp->reply: its size without the length in front, or -1 with err.
static ssize_t receive_reply(struct sftp *sftp, struct error *err)
{
    for (;;) {
        uint32_t length = sftp->have >= 4 ? get_u32(sftp->reply) : 5;
        if (length < 5 || length > REPLY_MAX)
            return error_set(err, "%s answers with something else than SFTP", sftp->remote.link->server);
        if (sftp->have >= 4 + length)
            return (ssize_t)length;
        size_t wanted = (sftp->have < 4 ? 4 : 4 + length) - sftp->have;
        ssize_t n = remote_read(&sftp->remote, sftp->reply + sftp->have, wanted);
        if (n > 0)
            sftp->have += (size_t)n;
        else if (n < 0)
            return error_set(err, "%s ended SFTP", sftp->remote.link->server);
        else if (link_wait_until(sftp->remote.link, sftp->deadline, "SFTP", err) < 0)
            return -1;
    }
}

// A reply to one of ids [0, count), of this type: its id; *rest and *size what follows that.  -1 with err.
static int receive_for(struct sftp *sftp, enum type type, size_t count, const unsigned char **rest, size_t *size, struct error *err)
{
    ssize_t length = receive_reply(sftp, err);
    if (length < 0)
        return -1;
    const unsigned char *p = sftp->reply + 4;
    uint32_t id = get_u32(p + 1);
    *rest = p + 5;
    *size = (size_t)length - 5;
    sftp->have = 0;
    if (p[0] == STATUS && *size >= 8 && get_u32(*rest) != OK) {
        uint32_t words = get_u32(*rest + 4);
        return error_set(err, "%s: %.*s (SFTP status %u)", sftp->remote.link->server, (int)(words <= *size - 8 ? words : 0), (const char *)*rest + 8,
                         get_u32(*rest));
    }
    if (p[0] != type || id >= count || (type == STATUS && *size < 4))
        return error_set(err, "%s answers with an SFTP message that was not asked for", sftp->remote.link->server);
    return (int)id;
}

// ---- the steps ---------------------------------------------------------------------------------------------

static int greet(struct sftp *sftp, struct error *err)
{
    struct request request = begin(INIT, VERSION);     // the version stands where others have an id
    if (send_request(sftp, &request, 0, err) < 0 || receive_reply(sftp, err) < 0)
        return -1;
    bool good = sftp->reply[4] == VERSION_REPLY && get_u32(sftp->reply + 5) >= VERSION;
    sftp->have = 0;
    return good ? 0 : error_set(err, "%s has an SFTP too old for use", sftp->remote.link->server);
}

static int make_directory(struct sftp *sftp, const char *directory, struct error *err)
{
    const unsigned char *rest;
    size_t size;
    struct request request = begin(MKDIR, 0);
    put_string(&request, directory, strlen(directory));
    put_u32(&request, ATTR_PERMISSIONS);
    put_u32(&request, 0700);
    return send_request(sftp, &request, 0, err) < 0 || receive_for(sftp, STATUS, 1, &rest, &size, err) < 0 ? -1 : 0;
}

static int take_handle(struct sftp *sftp, struct error *err)
{
    const unsigned char *rest;
    size_t size;
    int id = receive_for(sftp, HANDLE, sftp->bundle->count, &rest, &size, err);
    if (id < 0)
        return -1;
    uint32_t length = size >= 4 ? get_u32(rest) : 0;
    if (length == 0 || length > HANDLE_MAX || length > size - 4 || sftp->handles[id].size > 0)
        return error_set(err, "%s answers with an SFTP handle that is none", sftp->remote.link->server);
    sftp->handles[id].size = length;
    memcpy(sftp->handles[id].bytes, rest + 4, length);
    return 0;
}

// All are asked for before the first answer is waited for: replies are small, so that neither side waits for the other's.
static int open_files(struct sftp *sftp, const char *directory, struct error *err)
{
    for (size_t i = 0; i < sftp->bundle->count; i++) {
        char path[BUNDLE_NAME_MAX + 64];
        int length = snprintf(path, sizeof path, "%s/%s", directory, sftp->bundle->files[i].name);
        struct request request = begin(OPEN, (uint32_t)i);
        put_string(&request, path, (size_t)length);
        put_u32(&request, OPEN_WRITE | OPEN_CREATE | OPEN_EXCLUSIVE);
        put_u32(&request, ATTR_PERMISSIONS);
        put_u32(&request, 0600);
        if (send_request(sftp, &request, 0, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < sftp->bundle->count; i++)
        if (take_handle(sftp, err) < 0)
            return -1;
    return 0;
}

// Asks for one file to be written and closed: the number of replies to come is added to *replies.
static int send_file(struct sftp *sftp, size_t file, const char *data, size_t size, size_t *replies, struct error *err)
{
    for (size_t done = 0; done < size;) {
        size_t n = size - done < WRITE_MAX ? size - done : WRITE_MAX;
        struct request request = begin(WRITE, (uint32_t)file);
        put_string(&request, sftp->handles[file].bytes, sftp->handles[file].size);
        put_u32(&request, 0);                          // the upper half of the offset
        put_u32(&request, (uint32_t)done);
        put_u32(&request, (uint32_t)n);
        if (send_request(sftp, &request, n, err) < 0 || remote_write(&sftp->remote, data + done, n, sftp->deadline, err) < 0)
            return -1;
        done += n;
        ++*replies;
    }
    struct request request = begin(CLOSE, (uint32_t)file);
    put_string(&request, sftp->handles[file].bytes, sftp->handles[file].size);
    ++*replies;
    return send_request(sftp, &request, 0, err);
}

static int write_files(struct sftp *sftp, struct error *err)
{
    const unsigned char *rest;
    size_t size, replies = 0, offset = 0;
    for (size_t i = 0; i < sftp->bundle->count; offset += sftp->bundle->files[i++].size)
        if (send_file(sftp, i, sftp->bundle->data + offset, sftp->bundle->files[i].size, &replies, err) < 0)
            return -1;
    for (size_t i = 0; i < replies; i++)
        if (receive_for(sftp, STATUS, sftp->bundle->count, &rest, &size, err) < 0)
            return -1;
    return 0;
}

int sftp_upload(struct link *link, const struct bundle *bundle, const char *directory, struct error *err)
{
    int rc = -1;
    struct sftp *sftp = calloc(1, sizeof *sftp);
    if (sftp == NULL)
        return error_set(err, "out of memory");
    sftp->bundle = bundle;
    sftp->deadline = clock_ms() + GREETING_MS;
    if (remote_open_subsystem(link, &sftp->remote, "sftp", err) == 0) {
        rc = greet(sftp, err);
        sftp->deadline = clock_ms() + REMOTE_TIMEOUT_MS;
        if (rc == 0 && (rc = make_directory(sftp, directory, err)) == 0 && (rc = open_files(sftp, directory, err)) == 0)
            rc = write_files(sftp, err);
        remote_close(&sftp->remote);
    }
    free(sftp);
    return rc;
}
