// SPDX-License-Identifier: GPL-2.0-or-later
//
// The transmission phase.
//
// Every byte of a read is looked at before its reply is begun: for zeroes, and because only then it is known whether it can
// be read.  Then the kernel sends it, from its page cache (connection.c).  A structured reply is made piece by piece, and any
// piece may turn out to be an error.  A simple reply has no way back once its header is sent, so all its pieces are looked
// at first; only a disk that loses what it just gave costs the client its connection.
#include "p2v-export/commands.h"

#include "p2v-export/extents.h"
#include "p2v-export/nbd.h"

#define LOOK_AHEAD 8           // requests that are tried before the disk is waited for
#define MAX_EXTENTS 256        // of one block status reply; the client asks on from where it ends

// ---- requests ------------------------------------------------------------------------------------------

// "Request types": the error that a request gets, or NBD_OK.
static uint32_t check(const struct connection *connection, const struct export *export, const struct request *request)
{
    bool inside = request->offset <= export->disk.size && request->length <= export->disk.size - request->offset;
    switch (request->type) {
    case NBD_CMD_READ:
        if (request->flags & ~(connection->structured ? NBD_CMD_FLAG_DF : 0) || !inside || request->length > NBD_MAX_READ)
            return NBD_EINVAL;
        // "NBD_CMD_FLAG_DF": one chunk, whole or not at all; so no more than a piece, which is past the 64 KiB we owe.
        return request->flags & NBD_CMD_FLAG_DF && request->length > PIECE_BYTES ? NBD_EOVERFLOW : NBD_OK;
    case NBD_CMD_BLOCK_STATUS:
        if (request->flags & ~NBD_CMD_FLAG_REQ_ONE || !inside || request->length == 0 || !connection->allocation)
            return NBD_EINVAL;
        return NBD_OK;
    case NBD_CMD_WRITE:
    case NBD_CMD_TRIM:
    case NBD_CMD_WRITE_ZEROES:
        return NBD_EPERM;              // "NBD_FLAG_READ_ONLY"
    default:
        return NBD_EINVAL;             // NBD_CMD_FLUSH and NBD_CMD_CACHE too: they were not offered
    }
}

void commands_parse(struct connection *connection, const struct export *export)
{
    while (connection->request_count < MAX_REQUESTS && connection_available(connection) >= NBD_REQUEST_HEADER) {
        const uint8_t *p = connection_input(connection);
        struct request request = { .flags = get16(p + 4), .type = get16(p + 6), .cookie = get64(p + 8), .offset = get64(p + 16),
                                   .length = get32(p + 24) };
        if (get32(p) != NBD_REQUEST_MAGIC) {
            connection->phase = PHASE_CLOSED;
            return;
        }
        // The data of a write is thrown away as it comes, so that the next request is found.
        connection_skip(connection, NBD_REQUEST_HEADER + (request.type == NBD_CMD_WRITE ? (uint64_t)request.length : 0));
        if (request.type == NBD_CMD_DISC) {
            connection->phase = PHASE_LAST;
            return;
        }
        request.error = check(connection, export, &request);
        connection->requests[connection->request_count++] = request;
    }
}

static void finish(struct connection *connection, struct request *request)
{
    size_t index = (size_t)(request - connection->requests);
    connection->request_count--;
    memmove(request, request + 1, (connection->request_count - index) * sizeof *request);
}

// ---- replies -------------------------------------------------------------------------------------------

static void simple_reply(struct connection *connection, const struct request *request, uint32_t error)
{
    uint8_t *p = connection_reply(connection, NBD_SIMPLE_REPLY);
    p = put32(p, NBD_SIMPLE_REPLY_MAGIC);
    p = put32(p, error);
    put64(p, request->cookie);
}

// "Structured reply chunk message": the header of a chunk of size bytes, of which the first `here` follow it in the heads;
// returns where those go.
static uint8_t *chunk(struct connection *connection, const struct request *request, uint16_t type, bool done, size_t here,
                      size_t size)
{
    uint8_t *p = connection_reply(connection, NBD_CHUNK_HEADER + here);
    p = put32(p, NBD_CHUNK_MAGIC);
    p = put16(p, done ? NBD_REPLY_FLAG_DONE : 0);
    p = put16(p, type);
    p = put64(p, request->cookie);
    return put32(p, (uint32_t)size);
}

static void refuse(struct connection *connection, const struct request *request, uint32_t error)
{
    if (!connection->structured) {
        simple_reply(connection, request, error);
        return;
    }
    uint8_t *p = put32(chunk(connection, request, NBD_REPLY_TYPE_ERROR, true, 6, 6), error);
    put16(p, 0);                       // no text
}

// ---- NBD_CMD_READ --------------------------------------------------------------------------------------

static size_t next_piece(const struct request *request, uint32_t done)
{
    return request->length - done < PIECE_BYTES ? request->length - done : PIECE_BYTES;
}

// Chunks for the first size bytes of the piece, runs of zeroes as holes; the last one ends the reply where `last`.
static void content_chunks(struct connection *connection, const uint8_t *piece, const struct request *request, size_t size,
                           bool last)
{
    uint64_t offset = request->offset + request->done;
    for (size_t at = 0, run; at < size; at += run) {
        bool zero;
        run = zero_run(piece + at, size - at, offset + at, &zero);
        if (request->flags & NBD_CMD_FLAG_DF && run < size) {
            run = size;                // a mixture, but it must be one chunk
            zero = false;
        }
        bool done = last && at + run == size;
        if (zero) {
            uint8_t *p = put64(chunk(connection, request, NBD_REPLY_TYPE_OFFSET_HOLE, done, 12, 12), offset + at);
            put32(p, (uint32_t)run);
        } else {
            put64(chunk(connection, request, NBD_REPLY_TYPE_OFFSET_DATA, done, 8, 8 + run), offset + at);
            connection_reply_disk(connection, offset + at, run);
        }
    }
}

static enum command_result read_structured(struct connection *connection, struct export *export, struct request *request,
                                           bool wait)
{
    size_t size = next_piece(request, request->done), good;
    uint64_t offset = request->offset + request->done;
    if (size == 0) {                   // a read of no bytes has no content chunk
        chunk(connection, request, NBD_REPLY_TYPE_NONE, true, 0, 0);
        finish(connection, request);
        return COMMAND_ANSWERED;
    }
    enum disk_result result = disk_read(&export->disk, export->piece, size, offset, wait, &good);
    if (result == DISK_COLD)
        return COMMAND_COLD;
    bool last = request->done + size == request->length;
    if (result == DISK_READ || !(request->flags & NBD_CMD_FLAG_DF))
        content_chunks(connection, export->piece, request, good, last && result == DISK_READ);
    if (result == DISK_BAD) {          // "NBD_REPLY_TYPE_ERROR_OFFSET": where it failed; the rest is not tried
        uint8_t *p = put32(chunk(connection, request, NBD_REPLY_TYPE_ERROR_OFFSET, true, 14, 14), NBD_EIO);
        p = put16(p, 0);
        put64(p, offset + good);
    }
    request->done += (uint32_t)size;
    if (last || result == DISK_BAD)
        finish(connection, request);
    return COMMAND_ANSWERED;
}

static enum command_result read_simple(struct connection *connection, struct export *export, struct request *request, bool wait)
{
    size_t size = next_piece(request, request->done), good;
    enum disk_result result = disk_read(&export->disk, export->piece, size, request->offset + request->done, wait, &good);
    if (result == DISK_COLD)
        return COMMAND_COLD;
    request->done += (uint32_t)size;
    if (result == DISK_READ && request->done < request->length)
        return COMMAND_ANSWERED;       // so far so good
    simple_reply(connection, request, result == DISK_READ ? NBD_OK : NBD_EIO);
    if (result == DISK_READ)
        connection_reply_disk(connection, request->offset, request->length);
    finish(connection, request);
    return COMMAND_ANSWERED;
}

// ---- NBD_CMD_BLOCK_STATUS ------------------------------------------------------------------------------

static enum command_result block_status(struct connection *connection, struct export *export, struct request *request, bool wait)
{
    struct extent extents[MAX_EXTENTS];
    size_t most = request->flags & NBD_CMD_FLAG_REQ_ONE ? 1 : MAX_EXTENTS;
    size_t count = extents_find(export, request->offset, request->offset + request->length, wait, extents, most);
    if (count == 0)
        return COMMAND_COLD;
    uint8_t *p = chunk(connection, request, NBD_REPLY_TYPE_BLOCK_STATUS, true, 4 + count * 8, 4 + count * 8);
    p = put32(p, NBD_ALLOCATION_ID);
    for (size_t i = 0; i < count; i++) {
        p = put32(p, (uint32_t)extents[i].size);       // no more than the request's length
        p = put32(p, extents[i].state);
    }
    finish(connection, request);
    return COMMAND_ANSWERED;
}

// ---- which request is next -----------------------------------------------------------------------------

static enum command_result answer(struct connection *connection, struct export *export, struct request *request, bool wait)
{
    if (request->error == NBD_OK && request->type == NBD_CMD_READ)
        return (connection->structured ? read_structured : read_simple)(connection, export, request, wait);
    if (request->error == NBD_OK)
        return block_status(connection, export, request, wait);
    refuse(connection, request, request->error);
    finish(connection, request);
    return COMMAND_ANSWERED;
}

static void fetch_all(struct connection *connection, const struct export *export)
{
    for (size_t i = 0; i < connection->request_count; i++) {
        struct request *request = &connection->requests[i];
        if (!request->fetching && request->error == NBD_OK && request->type == NBD_CMD_READ)
            disk_fetch(&export->disk, request->offset, request->length);
        request->fetching = true;
    }
}

// What is in memory goes first; meanwhile the kernel fetches everything else that was asked for.
enum command_result commands_answer(struct connection *connection, struct export *export, bool wait)
{
    // The last may be a write whose data are still to come: a client is not ready for its answer before it has sent them.
    size_t count = connection->request_count - (connection->skip > 0 ? 1 : 0);
    for (size_t i = 0; i < count && i < LOOK_AHEAD; i++) {
        if (answer(connection, export, &connection->requests[i], wait && i == 0) == COMMAND_ANSWERED)
            return COMMAND_ANSWERED;
        fetch_all(connection, export);
    }
    return count > 0 ? COMMAND_COLD : COMMAND_NONE;
}
