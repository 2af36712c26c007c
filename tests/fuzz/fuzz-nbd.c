// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export's server as it is: a client comes by the data channel, has said all of the input and closed its side; whatever that
// was, the server answers, closes the connection, and is there for the next.  The first bytes say what is wrong with the disk; where
// nothing is, the chunks of structured replies follow each other without a gap, and have the disk's bytes.
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-export/nbd.h"
#include "p2v-export/serve.h"
#include "proto/descriptors.h"
#include "tests/unit/export-disk.h"

#define SIZE (10 * PIECE_BYTES + 1000)         // more than the pieces hold
#define ENOUGH (16 * MIB)                      // received; then the client goes

static int disk = -1;
static uint8_t *content;
static uint8_t answers[ENOUGH + 1];

// Pieces of data, of zeroes, and of pages of either.
static void make_disk(void)
{
    if (disk >= 0)
        return;
    MUST((disk = memfd_create("disk", MFD_CLOEXEC)) >= 0 && ftruncate(disk, SIZE) == 0);
    content = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, disk, 0);
    MUST(content != MAP_FAILED);
    for (size_t i = 0; i < SIZE; i++)
        content[i] = i / PIECE_BYTES % 3 == 0 || (i / PIECE_BYTES % 3 == 2 && i / 4096 % 2 == 0) ? (uint8_t)(i / 7 + 1) | 1 : 0;
}

// True where nothing is wrong with it.
static bool spoil_disk(struct input *input, struct export *export)
{
    uint64_t how = input_number(input, 1);
    disk_is_good();
    bad_begin = input_number(input, 3);
    bad_end = bad_begin + input_number(input, 2);
    bad_step = how & 1 ? 4096 : 0;
    no_background = how & 2;
    export->disk = (struct disk){ .fd = disk, .direct = -1, .size = SIZE, .zero_bad = how & 4 };
    if (how & 8)
        direct_fd = export->disk.direct = dup(disk);
    return how == 0 && bad_begin == bad_end;
}

// Takes what has come.  False where the server has closed, or it is enough.
static bool drain(int client, size_t *received)
{
    ssize_t n = -1;
    while (*received < ENOUGH && (n = recv(client, answers + *received, ENOUGH - *received, MSG_DONTWAIT)) > 0)
        *received += (size_t)n;
    return n < 0 && *received < ENOUGH;
}

// ---- what came -----------------------------------------------------------------------------------------

static void must_be_content(struct input chunk, uint16_t type)
{
    if (type != NBD_REPLY_TYPE_OFFSET_DATA && type != NBD_REPLY_TYPE_OFFSET_HOLE)
        return;
    uint64_t offset = get64(chunk.data);
    input_take(&chunk, 8);
    size_t size = type == NBD_REPLY_TYPE_OFFSET_HOLE ? get32(chunk.data) : chunk.size;
    MUST(size > 0 && offset < SIZE && size <= SIZE - offset);
    if (type == NBD_REPLY_TYPE_OFFSET_DATA)
        MUST(memcmp(chunk.data, content + offset, size) == 0);
    for (size_t i = 0; type == NBD_REPLY_TYPE_OFFSET_HOLE && i < size; i++)
        MUST(content[offset + i] == 0);
}

// Greeting, replies to options, chunks; up to where the connection was closed.  Simple replies do not say how long they are.
static void must_be_whole(struct input received, bool zeroes)
{
    input_take(&received, 18);
    while (received.size >= NBD_OPTION_REPLY_HEADER && get64(received.data) == NBD_OPTION_REPLY_MAGIC)
        input_take(&received, NBD_OPTION_REPLY_HEADER + get32(received.data + 16));
    if (received.size >= 10 && get64(received.data) == SIZE)
        input_take(&received, zeroes ? 134 : 10);
    while (received.size >= NBD_CHUNK_HEADER) {
        struct input header = input_take(&received, NBD_CHUNK_HEADER);
        uint32_t magic = get32(header.data), size = get32(header.data + 16);
        if (magic == NBD_SIMPLE_REPLY_MAGIC)
            return;
        MUST(magic == NBD_CHUNK_MAGIC);
        struct input chunk = input_take(&received, size);
        if (chunk.size == size)
            must_be_content(chunk, get16(header.data + 6));
    }
}

// ---- the server ----------------------------------------------------------------------------------------

static void serve_one(struct server *server, struct export *export, int arrivals, int client, size_t *received)
{
    struct error err = { 0 };
    do {
        enum serve_result result = serve(server, export, ARRIVAL_DATAGRAM, arrivals, client, &err);
        MUST(result == SERVE_CHANNEL || result == SERVE_PROGRESS);     // the client's side can be read
    } while (drain(client, received));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct progress progress;
    static struct server *kept;                // with a good disk: its memory costs more than all else
    struct input input = { data, size };
    struct export export = { .name = "sda", .progress = &progress };
    int arrivals[2], client[2];
    size_t received = 0;
    make_disk();
    bool good = spoil_disk(&input, &export);
    struct server *server = good && kept != NULL ? kept : server_new();
    MUST(server != NULL);
    if (good)
        kept = server;
    progress_begin(&progress, SIZE);
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, arrivals) == 0);
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client) == 0);
    MUST(input.size == 0 || send(client[0], input.data, input.size, MSG_NOSIGNAL) == (ssize_t)input.size);
    MUST(shutdown(client[0], SHUT_WR) == 0);
    MUST(descriptors_send(arrivals[1], "", 1, &client[1], 1, 0) == 1);
    close(client[1]);
    serve_one(server, &export, arrivals[0], client[0], &received);
    if (good && input.size >= 4)
        must_be_whole((struct input){ answers, received }, !(input.data[3] & NBD_FLAG_NO_ZEROES));
    MUST(received >= 18 && progress_sent(&progress) + progress_zero(&progress) <= SIZE);
    close(client[0]);
    close(arrivals[0]);
    close(arrivals[1]);
    if (!good)
        server_free(server);
    if (export.disk.direct >= 0)
        close(export.disk.direct);
    return 0;
}
