// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export's server as it is: a client comes by the data channel, has said all of the input and closed its side; whatever that
// was, the server answers, closes the connection, and is there for the next.  The first bytes say what is wrong with the disk.
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

// Pieces of data, of zeroes, and of pages of either.
static void make_disk(void)
{
    if (disk >= 0)
        return;
    MUST((disk = memfd_create("disk", MFD_CLOEXEC)) >= 0 && ftruncate(disk, SIZE) == 0);
    uint8_t *content = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, disk, 0);
    MUST(content != MAP_FAILED);
    for (size_t i = 0; i < SIZE; i++)
        content[i] = i / PIECE_BYTES % 3 == 0 || (i / PIECE_BYTES % 3 == 2 && i / 4096 % 2 == 0) ? (uint8_t)(i / 7 + 1) | 1 : 0;
    munmap(content, SIZE);
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
    static uint8_t bytes[256 * 1024];
    ssize_t n;
    while ((n = recv(client, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        *received += (size_t)n;
    return n < 0 && *received < ENOUGH;
}

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
