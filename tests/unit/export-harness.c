// SPDX-License-Identifier: GPL-2.0-or-later
//
// The server thread and the clients of p2v-export's tests.
#include "tests/unit/export-harness.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/descriptors.h"

// ---- the server ----------------------------------------------------------------------------------------

static void *run_server(void *context)
{
    struct fixture *f = context;
    f->result = serve(f->server, &f->export, ARRIVAL_DATAGRAM, f->arrivals[0], -1, &f->err);
    return NULL;
}

// Thirds of random data, of zeroes, and of 4 KiB pages of either. Made once: under valgrind it takes longer than most tests.
static void fill(uint8_t *content)
{
    static uint8_t once[DISK_SIZE];
    static bool made;
    for (size_t i = 0; !made && i + 4 <= DISK_SIZE; i += 4) {
        bool data = i < DISK_SIZE / 3 || (i > 2 * (size_t)DISK_SIZE / 3 && i / 4096 % 3 == 0);
        put32(once + i, data ? (uint32_t)random() | 0x01010101 : 0);
    }
    made = true;
    memcpy(content, once, DISK_SIZE);
    srandom(5);
}

int export_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    signal(SIGPIPE, SIG_IGN);          // as main.c does
    disk_is_good();
    snprintf(f->export.name, sizeof f->export.name, "sda");
    f->export.disk = (struct disk){ .fd = memfd_create("disk", MFD_CLOEXEC), .direct = -1, .size = DISK_SIZE };
    if (ftruncate(f->export.disk.fd, DISK_SIZE) < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, f->arrivals) < 0)
        return -1;
    f->content = mmap(NULL, DISK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f->export.disk.fd, 0);
    fill(f->content);
    f->server = server_new();
    *state = f;
    return pthread_create(&f->thread, NULL, run_server, f);
}

// Every test ends with a server that is still there, and ends when its arrivals do.
static void end(struct fixture *f, enum serve_result result)
{
    shutdown(f->arrivals[1], SHUT_RDWR);
    assert_int_equal(pthread_join(f->thread, NULL), 0);
    assert_int_equal(f->result, result);
}

int export_tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->result == SERVE_GOES_ON)
        end(f, SERVE_ENDED);
    munmap(f->content, DISK_SIZE);
    close(f->export.disk.fd);
    if (f->export.disk.direct >= 0)
        close(f->export.disk.direct);
    close(f->arrivals[0]);
    close(f->arrivals[1]);
    server_free(f->server);
    free(f);
    return 0;
}

void hand_over(struct fixture *f, const int *fds, size_t count, size_t bytes)
{
    static const char text[8];
    assert_int_equal(descriptors_send(f->arrivals[1], text, bytes, fds, count, 0), bytes);
}

// ---- clients -------------------------------------------------------------------------------------------

void say(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

bool hear(int fd, void *bytes, size_t size)
{
    return size == 0 || recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

int connect_raw(struct fixture *f)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    hand_over(f, &ends[0], 1, 1);
    close(ends[0]);
    struct timeval time = { .tv_sec = 20 };        // a server that hangs fails the test, and does not hang it
    setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    return ends[1];
}

static void say_option(int fd, uint32_t option, const void *data, size_t size)
{
    uint8_t bytes[512], *p = put64(bytes, NBD_OPTION_MAGIC);
    p = put32(p, option);
    p = put32(p, (uint32_t)size);
    memcpy(p, data, size);
    say(fd, bytes, NBD_OPTION_HEADER + size);
}

int connect_client(struct fixture *f, bool structured)
{
    uint8_t bytes[512];
    int fd = connect_raw(f);
    assert_true(hear(fd, bytes, 18));
    put32(bytes, 3);
    say(fd, bytes, 4);
    if (structured) {
        say_option(fd, NBD_OPT_STRUCTURED_REPLY, "", 0);
        assert_true(hear(fd, bytes, NBD_OPTION_REPLY_HEADER));
        uint8_t *p = put32(put32(put32(bytes, 0), 1), strlen(NBD_ALLOCATION));
        memcpy(p, NBD_ALLOCATION, strlen(NBD_ALLOCATION));
        say_option(fd, NBD_OPT_SET_META_CONTEXT, bytes, 12 + strlen(NBD_ALLOCATION));
        assert_true(hear(fd, bytes, NBD_OPTION_REPLY_HEADER + 4 + strlen(NBD_ALLOCATION) + NBD_OPTION_REPLY_HEADER));
    }
    say_option(fd, NBD_OPT_EXPORT_NAME, "", 0);
    assert_true(hear(fd, bytes, 10));
    assert_true(get64(bytes) == DISK_SIZE);
    return fd;
}

void ask(int fd, uint16_t flags, uint16_t type, uint64_t cookie, uint64_t offset, uint32_t length)
{
    uint8_t bytes[NBD_REQUEST_HEADER], *p = put32(bytes, NBD_REQUEST_MAGIC);
    p = put16(p, flags);
    p = put16(p, type);
    p = put64(p, cookie);
    p = put64(p, offset);
    put32(p, length);
    say(fd, bytes, sizeof bytes);
}

uint32_t simple(int fd, uint64_t *cookie)
{
    uint8_t bytes[NBD_SIMPLE_REPLY];
    assert_true(hear(fd, bytes, sizeof bytes));
    assert_int_equal(get32(bytes), NBD_SIMPLE_REPLY_MAGIC);
    *cookie = get64(bytes + 8);
    return get32(bytes + 4);
}

bool one_chunk(int fd, uint8_t *into, uint64_t offset, size_t size, struct answer *a)
{
    uint8_t h[NBD_CHUNK_HEADER], d[4096];
    assert_true(hear(fd, h, sizeof h));
    assert_int_equal(get32(h), NBD_CHUNK_MAGIC);
    uint16_t type = get16(h + 6);
    uint32_t length = get32(h + 16);
    a->cookie = get64(h + 8);
    bool content = type == NBD_REPLY_TYPE_OFFSET_DATA || type == NBD_REPLY_TYPE_OFFSET_HOLE;
    size_t fixed = type == NBD_REPLY_TYPE_OFFSET_DATA ? 8 : length;
    assert_true(fixed <= sizeof d && hear(fd, d, fixed));
    uint32_t bytes = type == NBD_REPLY_TYPE_OFFSET_DATA ? length - 8 : type == NBD_REPLY_TYPE_OFFSET_HOLE ? get32(d + 8) : 0;
    if (content)
        assert_true(bytes > 0 && get64(d) >= offset && get64(d) - offset + bytes <= size);
    if (type == NBD_REPLY_TYPE_OFFSET_DATA)
        assert_true(hear(fd, into + (get64(d) - offset), bytes));
    if (type == NBD_REPLY_TYPE_OFFSET_HOLE)
        memset(into + (get64(d) - offset), 0, bytes);
    a->data += type == NBD_REPLY_TYPE_OFFSET_DATA;
    a->holes += type == NBD_REPLY_TYPE_OFFSET_HOLE;
    a->bytes += bytes;
    if (type == NBD_REPLY_TYPE_BLOCK_STATUS) {
        a->statuses = (length - 4) / 8;
        a->last_status = get32(d + length - 4);
    }
    if (type >= NBD_REPLY_TYPE_ERROR)
        a->error = get32(d);
    if (type == NBD_REPLY_TYPE_ERROR_OFFSET)
        a->error_offset = get64(d + 6);
    return get16(h + 4) & NBD_REPLY_FLAG_DONE;
}

struct answer chunks(int fd, uint8_t *into, uint64_t offset, size_t size)
{
    struct answer a = { 0 };
    while (!one_chunk(fd, into, offset, size, &a))
        ;
    return a;
}

uint8_t buffer[NBD_MAX_READ];

void read_is_right(struct fixture *f, int fd, bool structured, uint64_t offset, uint32_t length)
{
    memset(buffer, 0x55, length);
    ask(fd, 0, NBD_CMD_READ, offset ^ 77, offset, length);
    if (structured) {
        struct answer a = chunks(fd, buffer, offset, length);
        assert_true(a.cookie == (offset ^ 77) && a.error == NBD_OK && a.bytes == length);
    } else {
        uint64_t cookie;
        assert_int_equal(simple(fd, &cookie), NBD_OK);
        assert_true(cookie == (offset ^ 77) && hear(fd, buffer, length));
    }
    assert_true(memcmp(buffer, f->content + offset, length) == 0);
}

void reads_are_right(struct fixture *f, bool structured)
{
    int fd = connect_client(f, structured);
    const struct { uint64_t offset; uint32_t length; } reads[] = {
        { 0, 1 }, { 0, 512 }, { DISK_SIZE - 1, 1 }, { DISK_SIZE - 1000, 1000 }, { DISK_SIZE, 0 }, { 0, 0 }, { 4095, 2 },
        { 0, NBD_MAX_READ }, { DISK_SIZE - NBD_MAX_READ, NBD_MAX_READ }, { 123457, PIECE_BYTES }, { 3, PIECE_BYTES + 1 },
        { DISK_SIZE / 3 - 5000, 100001 }, { 2 * (uint64_t)DISK_SIZE / 3 - 5000, 3000001 },
    };
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        read_is_right(f, fd, structured, reads[i].offset, reads[i].length);
    srandom(9);
    for (int i = 0; i < 200; i++) {
        uint64_t offset = (uint64_t)random() % DISK_SIZE;
        uint32_t most = (uint32_t)(DISK_SIZE - offset < MIB ? DISK_SIZE - offset : MIB);
        read_is_right(f, fd, structured, offset, (uint32_t)random() % (most + 1));
    }
    close(fd);
}
