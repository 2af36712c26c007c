// SPDX-License-Identifier: GPL-2.0-or-later
//
// The transmission phase.
//
// Every byte of a read is looked at before its reply is begun: for zeroes, and because only then it is known whether it can
// be read.  A structured reply is made piece by piece, and any piece may turn out to be an error.  A reply that must be whole
// (a simple one, or a structured one of a single chunk) has no way back once its header is sent, so all its pieces are looked
// at first; only a disk that loses what it just gave costs the client its connection.
#include "p2v-export/commands.h"

#include "p2v-export/extents.h"
#include "p2v-export/nbd.h"

// ---- requests ------------------------------------------------------------------------------------------

// "Request types": the error that a request gets, or NBD_OK.
static uint32_t check(const struct connection *connection, const struct export *export, const struct request *request)
{
    bool inside = request->offset <= export->disk.size && request->length <= export->disk.size - request->offset;
    switch (request->type) {
    case NBD_CMD_READ:
        if (request->flags & ~(connection->structured ? NBD_CMD_FLAG_DF : 0) || !inside || request->length > NBD_MAX_READ)
            return NBD_EINVAL;
        return NBD_OK;
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

static size_t next_piece(const struct request *request)
{
    return piece_size(request->offset + request->done, request->offset + request->length);
}

// "NBD_CMD_FLAG_DF": one chunk.
static bool is_whole(const struct connection *connection, const struct request *request)
{
    return !connection->structured || request->flags & NBD_CMD_FLAG_DF;
}

static void count(struct export *export, uint64_t offset, uint64_t length, bool zero)
{
    if (export->progress != NULL)
        progress_add(export->progress, offset, length, zero);
}

// A reply in chunks ----

// Chunks for the first size bytes of the piece, runs of zeroes as holes; the last one ends the reply where `last`.
static void content_chunks(struct connection *connection, struct export *export, const uint8_t *piece, const struct request *request,
                           size_t size, bool last)
{
    uint64_t offset = request->offset + request->done;
    for (size_t at = 0, run; at < size; at += run) {
        bool zero;
        run = zero_run(piece + at, size - at, offset + at, &zero);
        bool done = last && at + run == size;
        count(export, offset + at, run, zero);
        if (zero) {
            uint8_t *p = put64(chunk(connection, request, NBD_REPLY_TYPE_OFFSET_HOLE, done, 12, 12), offset + at);
            put32(p, (uint32_t)run);
        } else {
            put64(chunk(connection, request, NBD_REPLY_TYPE_OFFSET_DATA, done, 8, 8 + run), offset + at);
            connection_reply_disk(connection, offset + at, run);
        }
    }
}

// "NBD_REPLY_TYPE_ERROR_OFFSET": where it failed; the rest is not tried.
static void error_chunk(struct connection *connection, const struct request *request, uint64_t offset)
{
    uint8_t *p = put32(chunk(connection, request, NBD_REPLY_TYPE_ERROR_OFFSET, true, 14, 14), NBD_EIO);
    p = put16(p, 0);
    put64(p, offset);
}

static bool read_in_chunks(struct connection *connection, struct export *export, struct request *request)
{
    size_t size = next_piece(request);
    uint64_t offset = request->offset + request->done;
    struct view view;
    if (!pieces_get(export->pieces, offset, size, &view))
        return false;
    bool bad = view.size < size, last = request->done + size == request->length;
    connection_hold(connection, offset, bad ? request->length - request->done : size);   // what was fetched ahead is for nobody then
    content_chunks(connection, export, view.bytes, request, view.size, last && !bad);
    if (bad)
        error_chunk(connection, request, offset + view.size);
    request->done += (uint32_t)size;
    if (last || bad)
        finish(connection, request);
    return true;
}

// A reply that is whole ----

static void whole_reply(struct connection *connection, struct export *export, struct request *request)
{
    if (connection->structured)
        put64(chunk(connection, request, NBD_REPLY_TYPE_OFFSET_DATA, true, 8, 8 + request->length), request->offset);
    else
        simple_reply(connection, request, NBD_OK);
    connection_reply_disk(connection, request->offset, request->length);
    connection_hold(connection, request->offset, request->length);
    count(export, request->offset, request->length, false);
}

static bool read_whole(struct connection *connection, struct export *export, struct request *request)
{
    size_t size = next_piece(request);
    uint64_t offset = request->offset + request->done;
    struct view view;
    if (!pieces_get(export->pieces, offset, size, &view))
        return false;
    request->done += (uint32_t)size;
    if (view.size < size) {
        if (connection->structured)
            error_chunk(connection, request, offset + view.size);
        else
            simple_reply(connection, request, NBD_EIO);
        connection_hold(connection, request->offset, request->length);
        finish(connection, request);
    } else if (request->done == request->length) {
        whole_reply(connection, export, request);
        finish(connection, request);
    } else if (request->length > PIECES / 2 * PIECE_BYTES)
        pieces_release(export->pieces, offset, offset + size);     // they cannot all stay until they are sent
    return true;
}

static void read_nothing(struct connection *connection, struct request *request)
{
    if (connection->structured)
        chunk(connection, request, NBD_REPLY_TYPE_NONE, true, 0, 0);
    else
        simple_reply(connection, request, NBD_OK);
    finish(connection, request);
}

// ---- NBD_CMD_BLOCK_STATUS ------------------------------------------------------------------------------

static bool block_status(struct connection *connection, struct export *export, struct request *request)
{
    struct extent extents[EXTENTS];
    size_t found = extents_find(export, request->offset, request->offset + request->length, &request->done, extents);
    if (found == 0)
        return false;
    if (request->flags & NBD_CMD_FLAG_REQ_ONE)
        found = 1;
    uint8_t *p = chunk(connection, request, NBD_REPLY_TYPE_BLOCK_STATUS, true, 4 + found * 8, 4 + found * 8);
    p = put32(p, NBD_ALLOCATION_ID);
    for (uint64_t i = 0, at = request->offset; i < found; at += extents[i++].size) {
        p = put32(p, (uint32_t)extents[i].size);       // no more than the request's length
        p = put32(p, extents[i].state);
        if (extents[i].state & NBD_STATE_ZERO)         // a client that knows does not ask for them
            count(export, at, extents[i].size, true);
    }
    finish(connection, request);
    return true;
}

// ---- which request is next -----------------------------------------------------------------------------

// The last may be a write whose data are still to come: a client is not ready for its answer before it has sent them.
size_t commands_complete(const struct connection *connection)
{
    return connection->request_count - (connection->skip > 0 ? 1 : 0);
}

void commands_fetch(struct connection *connection, struct export *export, size_t most)
{
    bool must = connection->out_first == connection->out_count;     // while a reply is being sent there is time
    for (size_t i = 0; i < commands_complete(connection); i++) {
        const struct request *request = &connection->requests[i];
        if (request->error != NBD_OK || request->type != NBD_CMD_READ)
            continue;
        uint64_t end = request->offset + request->length, offset = request->offset + request->done;
        for (size_t size; offset < end; offset += size, most--, must = false) {
            size = piece_size(offset, end);
            if (most == 0 || !pieces_fetch(export->pieces, offset, size, must))
                return;
        }
    }
}

static bool answer(struct connection *connection, struct export *export, struct request *request)
{
    if (request->error != NBD_OK) {
        refuse(connection, request, request->error);
        finish(connection, request);
        return true;
    }
    if (request->type == NBD_CMD_BLOCK_STATUS)
        return block_status(connection, export, request);
    if (request->length == 0) {
        read_nothing(connection, request);
        return true;
    }
    return (is_whole(connection, request) ? read_whole : read_in_chunks)(connection, export, request);
}

// What is in memory goes first, whatever was asked for first.
bool commands_answer(struct connection *connection, struct export *export)
{
    for (size_t i = 0; i < commands_complete(connection); i++)
        if (answer(connection, export, &connection->requests[i]))
            return true;
    return false;
}
