// SPDX-License-Identifier: GPL-2.0-or-later
//
// NBD fixed newstyle negotiation.  Every length is checked against what has arrived before it is used.
#include "p2v-export/handshake.h"

#include "p2v-export/nbd.h"

// An option that has arrived whole.
struct option {
    uint32_t number;
    const uint8_t *data;
    size_t size;                       // <= MAX_OPTION
};

// A part of an option's data.
struct span {
    const uint8_t *bytes;
    size_t size;
};

static bool span_is(struct span span, const char *text)
{
    return span.size == strlen(text) && memcmp(span.bytes, text, span.size) == 0;
}

// Takes size bytes, or a length (u32) and that many bytes, from the beginning of *rest.  False where it is too short.
static bool take(struct span *rest, size_t size, struct span *part)
{
    if (rest->size < size)
        return false;
    *part = (struct span){ rest->bytes, size };
    rest->bytes += size;
    rest->size -= size;
    return true;
}

static bool take_string(struct span *rest, struct span *string)
{
    struct span length;
    return take(rest, 4, &length) && get32(length.bytes) <= NBD_MAX_STRING && take(rest, get32(length.bytes), string);
}

// ---- replies -------------------------------------------------------------------------------------------

// "Option reply types": the header; returns where size bytes of data go.
static uint8_t *reply(struct connection *connection, uint32_t option, uint32_t type, size_t size)
{
    uint8_t *p = connection_reply(connection, NBD_OPTION_REPLY_HEADER + size);
    p = put64(p, NBD_OPTION_REPLY_MAGIC);
    p = put32(p, option);
    p = put32(p, type);
    return put32(p, (uint32_t)size);
}

// text: one sentence for the person at the client.
static void refuse(struct connection *connection, uint32_t option, uint32_t type, const char *text)
{
    memcpy(reply(connection, option, type, strlen(text)), text, strlen(text));
}

static uint16_t transmission_flags(const struct connection *connection)
{
    return NBD_FLAG_HAS_FLAGS | NBD_FLAG_READ_ONLY | NBD_FLAG_CAN_MULTI_CONN | (connection->structured ? NBD_FLAG_SEND_DF : 0);
}

static bool is_our_name(const struct export *export, struct span name)
{
    return name.size == 0 || span_is(name, export->name);
}

// ---- the options ---------------------------------------------------------------------------------------

typedef void handler(struct connection *connection, const struct export *export, const struct option *option);

// NBD_OPT_EXPORT_NAME cannot be refused but by closing.
static void export_name(struct connection *connection, const struct export *export, const struct option *option)
{
    if (!is_our_name(export, (struct span){ option->data, option->size })) {
        connection->phase = PHASE_CLOSED;
        return;
    }
    size_t zeroes = connection->no_zeroes ? 0 : 124;
    uint8_t *p = connection_reply(connection, 8 + 2 + zeroes);
    p = put64(p, export->disk.size);
    p = put16(p, transmission_flags(connection));
    memset(p, 0, zeroes);
    connection->phase = PHASE_TRANSMISSION;
}

static void abort_option(struct connection *connection, const struct export *export, const struct option *option)
{
    (void)export;
    reply(connection, option->number, NBD_REP_ACK, 0);
    connection->phase = PHASE_LAST;
}

static void list(struct connection *connection, const struct export *export, const struct option *option)
{
    if (option->size != 0) {
        refuse(connection, option->number, NBD_REP_ERR_INVALID, "NBD_OPT_LIST has no data");
        return;
    }
    size_t n = strlen(export->name);
    uint8_t *p = put32(reply(connection, option->number, NBD_REP_SERVER, 4 + n), (uint32_t)n);
    memcpy(p, export->name, n);
    reply(connection, option->number, NBD_REP_ACK, 0);
}

static void structured_reply(struct connection *connection, const struct export *export, const struct option *option)
{
    (void)export;
    if (option->size != 0) {
        refuse(connection, option->number, NBD_REP_ERR_INVALID, "NBD_OPT_STRUCTURED_REPLY has no data");
        return;
    }
    connection->structured = true;
    reply(connection, option->number, NBD_REP_ACK, 0);
}

static void inform(struct connection *connection, const struct export *export, uint32_t option, uint16_t what)
{
    uint8_t *p;
    switch (what) {
    case NBD_INFO_NAME: {
        size_t n = strlen(export->name);
        p = put16(reply(connection, option, NBD_REP_INFO, 2 + n), what);
        memcpy(p, export->name, n);
        break;
    }
    case NBD_INFO_BLOCK_SIZE:          // "Block size constraints": any byte may be read; best in pages
        p = put16(reply(connection, option, NBD_REP_INFO, 14), what);
        p = put32(p, 1);
        p = put32(p, 4096);
        put32(p, NBD_MAX_READ);
        break;
    case NBD_INFO_EXPORT:
        p = put16(reply(connection, option, NBD_REP_INFO, 12), what);
        p = put64(p, export->disk.size);
        put16(p, transmission_flags(connection));
        break;
    default:                           // a server tells what it can
        break;
    }
}

// NBD_OPT_INFO and NBD_OPT_GO differ in what comes after.
static void go(struct connection *connection, const struct export *export, const struct option *option)
{
    struct span rest = { option->data, option->size }, name, count, wanted;
    if (!take_string(&rest, &name) || !take(&rest, 2, &count) || !take(&rest, 2 * (size_t)get16(count.bytes), &wanted) ||
        rest.size != 0) {
        refuse(connection, option->number, NBD_REP_ERR_INVALID, "the option's lengths do not add up");
        return;
    }
    if (!is_our_name(export, name)) {
        refuse(connection, option->number, NBD_REP_ERR_UNKNOWN, "there is no export of that name");
        return;
    }
    bool told[NBD_INFO_BLOCK_SIZE + 1] = { false };          // each at most once, however often it is asked for
    for (size_t i = 0; i < wanted.size; i += 2) {
        uint16_t what = get16(wanted.bytes + i);
        if (what == NBD_INFO_EXPORT || what > NBD_INFO_BLOCK_SIZE || told[what])
            continue;
        told[what] = true;
        inform(connection, export, option->number, what);
    }
    inform(connection, export, option->number, NBD_INFO_EXPORT);
    reply(connection, option->number, NBD_REP_ACK, 0);
    if (option->number == NBD_OPT_GO)
        connection->phase = PHASE_TRANSMISSION;
}

// "Metadata querying": a list with no query, or with the query "base:", asks for all that there is.
static bool asks_for_allocation(const struct option *option, struct span query)
{
    return span_is(query, NBD_ALLOCATION) || (option->number == NBD_OPT_LIST_META_CONTEXT && span_is(query, "base:"));
}

static void meta_context(struct connection *connection, const struct export *export, const struct option *option)
{
    bool set = option->number == NBD_OPT_SET_META_CONTEXT;
    if (set)
        connection->allocation = false;          // a new choice replaces the one before, even where it fails
    struct span rest = { option->data, option->size }, name, count, query;
    bool sound = connection->structured && take_string(&rest, &name) && take(&rest, 4, &count);
    uint32_t queries = sound ? get32(count.bytes) : 0;
    bool found = sound && queries == 0 && !set;
    for (uint32_t i = 0; sound && i < queries; i++) {        // ends with the option's bytes, whatever the count says
        sound = take_string(&rest, &query);
        found = found || (sound && asks_for_allocation(option, query));
    }
    if (!sound || rest.size != 0) {
        refuse(connection, option->number, NBD_REP_ERR_INVALID,
               connection->structured ? "the option's lengths do not add up" : "structured replies come first");
        return;
    }
    if (!is_our_name(export, name)) {
        refuse(connection, option->number, NBD_REP_ERR_UNKNOWN, "there is no export of that name");
        return;
    }
    if (found) {
        uint8_t *p = reply(connection, option->number, NBD_REP_META_CONTEXT, 4 + sizeof NBD_ALLOCATION - 1);
        p = put32(p, set ? NBD_ALLOCATION_ID : 0);
        memcpy(p, NBD_ALLOCATION, sizeof NBD_ALLOCATION - 1);   // NBD has no NUL there
    }
    connection->allocation = connection->allocation || (set && found);
    reply(connection, option->number, NBD_REP_ACK, 0);
}

static const struct { uint32_t number; handler *handle; } options[] = {
    { NBD_OPT_EXPORT_NAME, export_name },
    { NBD_OPT_ABORT, abort_option },
    { NBD_OPT_LIST, list },
    { NBD_OPT_INFO, go },
    { NBD_OPT_GO, go },
    { NBD_OPT_STRUCTURED_REPLY, structured_reply },
    { NBD_OPT_LIST_META_CONTEXT, meta_context },
    { NBD_OPT_SET_META_CONTEXT, meta_context },
};

static void handle(struct connection *connection, const struct export *export, const struct option *option)
{
    // A client that did not say it speaks fixed newstyle would not understand a reply to anything but this.
    if (!connection->fixed_newstyle && option->number != NBD_OPT_EXPORT_NAME) {
        connection->phase = PHASE_CLOSED;
        return;
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].number == option->number) {
            options[i].handle(connection, export, option);
            return;
        }
    refuse(connection, option->number, NBD_REP_ERR_UNSUP, "this server does not have that option");
}

// ---- the steps -----------------------------------------------------------------------------------------

void handshake_begin(struct connection *connection)
{
    uint8_t *p = connection_reply(connection, 8 + 8 + 2);
    p = put64(p, NBD_MAGIC);
    p = put64(p, NBD_OPTION_MAGIC);
    put16(p, NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
}

static bool client_flags(struct connection *connection)
{
    if (connection_available(connection) < 4)
        return false;
    uint32_t flags = get32(connection_input(connection));
    connection_take(connection, 4);
    connection->fixed_newstyle = flags & NBD_FLAG_FIXED_NEWSTYLE;
    connection->no_zeroes = flags & NBD_FLAG_NO_ZEROES;
    bool known = (flags & ~(uint32_t)(NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES)) == 0;
    connection->phase = known ? PHASE_OPTIONS : PHASE_CLOSED;
    return true;
}

bool handshake_step(struct connection *connection, const struct export *export)
{
    if (connection->phase == PHASE_FLAGS)
        return client_flags(connection);
    if (connection_available(connection) < NBD_OPTION_HEADER)
        return false;
    const uint8_t *header = connection_input(connection);
    struct option option = { .number = get32(header + 8), .data = header + NBD_OPTION_HEADER, .size = get32(header + 12) };
    bool too_big = option.size > MAX_OPTION;
    bool can_refuse = option.number != NBD_OPT_EXPORT_NAME && connection->fixed_newstyle;
    if (get64(header) != NBD_OPTION_MAGIC || (too_big && !can_refuse)) {
        connection->phase = PHASE_CLOSED;
        return true;
    }
    if (!too_big && connection_available(connection) < NBD_OPTION_HEADER + option.size)
        return false;
    if (++connection->options > MAX_OPTIONS) {
        connection->phase = PHASE_CLOSED;
        return true;
    }
    if (too_big)
        refuse(connection, option.number, NBD_REP_ERR_TOO_BIG, "the option has too much data");
    else
        handle(connection, export, &option);
    connection_skip(connection, NBD_OPTION_HEADER + (uint64_t)option.size);
    return true;
}
