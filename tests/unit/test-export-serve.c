// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-export's commands.c, pieces.c, disk.c and serve.c together: a server thread, and clients that say just what a test
// wants.  The disk is a memfd; which of its ranges fail, or take long, is decided here by a pread() and by kernel's reads in
// the background (io_submit(2)) of our own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-export/nbd.h"
#include "p2v-export/serve.h"

#define MIB (1 << 20)
#define DISK_SIZE (40 * MIB + 1000)

// ---- a disk that fails and waits where a test says so --------------------------------------------------

static _Atomic uint64_t bad_begin, bad_end, slow_begin, slow_end;      // ranges of bytes; slow until warm()
static _Atomic uint64_t bad_step;                                      // not 0: of the bad range, one sector in so many bytes alone
static _Atomic int direct_fd;                                          // reads by sector; all others fail for whole pages
static _Atomic bool no_background;                                     // the kernel takes no reads in the background
static _Atomic int bad_reads;                                          // reads that failed
static _Atomic int background_reads;

static bool touches_bad(uint64_t begin, uint64_t end)
{
    begin = begin > bad_begin ? begin : bad_begin;
    end = end < bad_end ? end : bad_end;
    if (begin >= end || bad_step == 0)
        return begin < end;
    uint64_t into_step = (begin - bad_begin) % bad_step;
    return into_step < 512 || begin + (bad_step - into_step) < end;
}

static uint64_t page_of(uint64_t offset) { return offset / 4096 * 4096; }

static bool fails(int fd, const void *into, size_t size, uint64_t begin, int *error)
{
    bool direct = direct_fd > 0 && fd == direct_fd;
    uint64_t end = begin + size < DISK_SIZE ? begin + size : DISK_SIZE;
    if (direct && (begin % 512 != 0 || size % 512 != 0 || (uintptr_t)into % 512 != 0)) {
        *error = EINVAL;
        return true;
    }
    bool whole_pages = direct_fd > 0 && !direct;
    if (!touches_bad(whole_pages ? page_of(begin) : begin, whole_pages ? page_of(end - 1) + 4096 : end))
        return false;
    bad_reads++;
    *error = EIO;
    return true;
}

ssize_t pread64(int fd, void *into, size_t size, off64_t offset)
{
    int error;
    if (fails(fd, into, size, (uint64_t)offset, &error)) {
        errno = error;
        return -1;
    }
    struct iovec vector = { .iov_base = into, .iov_len = size };
    return preadv(fd, &vector, 1, offset);
}

// The kernel's reads in the background: done at once, but told of by its event; or, where slow, by warm().
static pthread_mutex_t background = PTHREAD_MUTEX_INITIALIZER;
static struct io_event finished[64];
static struct iocb *slow[64];
static size_t finished_count, slow_count;

static void finish_read(const struct iocb *control)
{
    int error;
    int64_t n;
    void *into = (void *)(uintptr_t)control->aio_buf;
    if (fails((int)control->aio_fildes, into, control->aio_nbytes, (uint64_t)control->aio_offset, &error))
        n = -error;
    else {
        struct iovec vector = { .iov_base = into, .iov_len = control->aio_nbytes };
        n = preadv((int)control->aio_fildes, &vector, 1, control->aio_offset);
    }
    finished[finished_count++] = (struct io_event){ .data = control->aio_data, .res = n };
    uint64_t one = 1;
    if (write((int)control->aio_resfd, &one, sizeof one) != sizeof one)
        abort();
}

static void warm(void)
{
    pthread_mutex_lock(&background);
    slow_end = 0;
    for (size_t i = 0; i < slow_count; i++)
        finish_read(slow[i]);
    slow_count = 0;
    pthread_mutex_unlock(&background);
}

static long submit(long count, struct iocb **controls)
{
    if (no_background) {
        errno = EINVAL;
        return -1;
    }
    pthread_mutex_lock(&background);
    for (long i = 0; i < count; i++) {
        uint64_t begin = (uint64_t)controls[i]->aio_offset;
        background_reads++;
        if (begin < slow_end && begin + controls[i]->aio_nbytes > slow_begin)
            slow[slow_count++] = controls[i];
        else
            finish_read(controls[i]);
    }
    pthread_mutex_unlock(&background);
    return count;
}

static long get_events(struct io_event *events)
{
    pthread_mutex_lock(&background);
    long n = (long)finished_count;
    memcpy(events, finished, finished_count * sizeof finished[0]);
    finished_count = 0;
    pthread_mutex_unlock(&background);
    return n;
}

long syscall(long number, ...)
{
    va_list arguments;
    va_start(arguments, number);
    long a = va_arg(arguments, long), b = va_arg(arguments, long), c = va_arg(arguments, long), d = va_arg(arguments, long);
    va_end(arguments);
    (void)a;
    switch (number) {
    case SYS_io_setup:
        *(aio_context_t *)b = 1;
        return 0;
    case SYS_io_destroy:
        return 0;
    case SYS_io_submit:
        return submit(b, (struct iocb **)c);
    case SYS_io_getevents:
        return get_events((struct io_event *)d);
    default:
        abort();
    }
}

// ---- the server ----------------------------------------------------------------------------------------

struct fixture {
    uint8_t *content;          // DISK_SIZE bytes of the disk
    struct export export;
    struct server *server;
    int arrivals[2];           // [0] the server's
    pthread_t thread;
    enum serve_result result;
    struct error err;
};

static void *run_server(void *context)
{
    struct fixture *f = context;
    f->result = serve(f->server, &f->export, ARRIVAL_DATAGRAM, f->arrivals[0], -1, &f->err);
    return NULL;
}

// Thirds of random data, of zeroes, and of 4 KiB pages of either.
static void fill(uint8_t *content)
{
    srandom(5);
    for (size_t i = 0; i < DISK_SIZE; i++) {
        bool data = i < DISK_SIZE / 3 || (i > 2 * (size_t)DISK_SIZE / 3 && i / 4096 % 3 == 0);
        content[i] = data ? (uint8_t)(random() | 1) : 0;
    }
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    bad_begin = bad_end = slow_begin = slow_end = 0;
    bad_step = 0;
    direct_fd = bad_reads = background_reads = 0;
    no_background = false;
    finished_count = slow_count = 0;
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

static int tear_down(void **state)
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

static void hand_over(struct fixture *f, const int *fds, size_t count, size_t bytes)
{
    union { struct cmsghdr align; char bytes[CMSG_SPACE(8 * sizeof(int))]; } control = { 0 };
    char text[8] = "";
    struct iovec vector = { .iov_base = text, .iov_len = bytes };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    }
    assert_int_equal(sendmsg(f->arrivals[1], &message, 0), bytes);
}

// ---- clients -------------------------------------------------------------------------------------------

static void say(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

// False where the server has closed.
static bool hear(int fd, void *bytes, size_t size)
{
    return size == 0 || recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

static int connect_raw(struct fixture *f)
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

static int connect_client(struct fixture *f, bool structured)
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

static void ask(int fd, uint16_t flags, uint16_t type, uint64_t cookie, uint64_t offset, uint32_t length)
{
    uint8_t bytes[NBD_REQUEST_HEADER], *p = put32(bytes, NBD_REQUEST_MAGIC);
    p = put16(p, flags);
    p = put16(p, type);
    p = put64(p, cookie);
    p = put64(p, offset);
    put32(p, length);
    say(fd, bytes, sizeof bytes);
}

// One simple reply's header; returns its error.
static uint32_t simple(int fd, uint64_t *cookie)
{
    uint8_t bytes[NBD_SIMPLE_REPLY];
    assert_true(hear(fd, bytes, sizeof bytes));
    assert_int_equal(get32(bytes), NBD_SIMPLE_REPLY_MAGIC);
    *cookie = get64(bytes + 8);
    return get32(bytes + 4);
}

struct answer {
    uint64_t cookie;
    uint32_t error;            // NBD_OK, or of the error chunk
    uint64_t error_offset;
    unsigned holes, data, statuses;
    uint32_t last_status;
    uint32_t bytes;            // content in all
};

// Receives one chunk of a structured reply, and adds it up; content goes to into, which is the disk's byte at offset.  True
// where it is the reply's last.
static bool one_chunk(int fd, uint8_t *into, uint64_t offset, size_t size, struct answer *a)
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

// All chunks of the one reply that is to come.
static struct answer chunks(int fd, uint8_t *into, uint64_t offset, size_t size)
{
    struct answer a = { 0 };
    while (!one_chunk(fd, into, offset, size, &a))
        ;
    return a;
}

static uint8_t buffer[NBD_MAX_READ];

static void read_is_right(struct fixture *f, int fd, bool structured, uint64_t offset, uint32_t length)
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

static void reads_are_right(struct fixture *f, bool structured)
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

// ---- the tests -----------------------------------------------------------------------------------------

static void structured_reads_of_every_shape_are_right(void **state) { reads_are_right(*state, true); }
static void simple_reads_of_every_shape_are_right(void **state) { reads_are_right(*state, false); }

static void zeroes_are_sent_as_a_hole_and_without_fragment_as_one_chunk(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true);
    uint64_t zeroes = DISK_SIZE / 3 + 4096, mixed = (uint64_t)DISK_SIZE / 4096 / 3 * 3 * 4096 - 300 * 4096;
    ask(fd, 0, NBD_CMD_READ, 1, zeroes, 65536);
    struct answer a = chunks(fd, buffer, zeroes, 65536);
    assert_true(a.holes == 1 && a.data == 0);
    ask(fd, 0, NBD_CMD_READ, 2, mixed, 6 * 4096);
    a = chunks(fd, buffer, mixed, 6 * 4096);
    assert_true(a.holes == 2 && a.data == 2);
    ask(fd, NBD_CMD_FLAG_DF, NBD_CMD_READ, 3, mixed, 6 * 4096);
    a = chunks(fd, buffer, mixed, 6 * 4096);
    assert_true(a.holes == 0 && a.data == 1);
    assert_memory_equal(buffer, f->content + mixed, 6 * 4096);
    ask(fd, NBD_CMD_FLAG_DF, NBD_CMD_READ, 4, mixed - 3 * MIB, 4 * MIB);
    a = chunks(fd, buffer, mixed - 3 * MIB, 4 * MIB);
    assert_true(a.holes == 0 && a.data == 1);
    assert_memory_equal(buffer, f->content + mixed - 3 * MIB, 4 * MIB);
    close(fd);
}

static void what_is_not_permitted_gets_its_error_and_the_connection_goes_on(void **state)
{
    struct fixture *f = *state;
    const struct { uint16_t flags, type; uint64_t offset; uint32_t length, error; } requests[] = {
        { 0, NBD_CMD_READ, DISK_SIZE, 1, NBD_EINVAL },
        { 0, NBD_CMD_READ, DISK_SIZE - 1, 2, NBD_EINVAL },
        { 0, NBD_CMD_READ, UINT64_MAX, 2, NBD_EINVAL },
        { 0, NBD_CMD_READ, UINT64_MAX - 10, 32, NBD_EINVAL },
        { 0, NBD_CMD_READ, 0, NBD_MAX_READ + 1, NBD_EINVAL },
        { 0, NBD_CMD_READ, 0, UINT32_MAX, NBD_EINVAL },
        { 1, NBD_CMD_READ, 0, 512, NBD_EINVAL },
        { 0x8000, NBD_CMD_READ, 0, 512, NBD_EINVAL },
        { 0, NBD_CMD_WRITE, 0, 70000, NBD_EPERM },
        { 1, NBD_CMD_WRITE, UINT64_MAX, 512, NBD_EPERM },
        { 0, NBD_CMD_TRIM, 0, 512, NBD_EPERM },
        { 2, NBD_CMD_WRITE_ZEROES, 0, UINT32_MAX, NBD_EPERM },
        { 0, NBD_CMD_FLUSH, 0, 0, NBD_EINVAL },
        { 0, NBD_CMD_CACHE, 0, 512, NBD_EINVAL },
        { 0, NBD_CMD_BLOCK_STATUS, 0, 0, NBD_EINVAL },
        { 0, NBD_CMD_BLOCK_STATUS, DISK_SIZE - 1, 2, NBD_EINVAL },
        { 4, NBD_CMD_BLOCK_STATUS, 0, 512, NBD_EINVAL },
        { 0, 8, 0, 512, NBD_EINVAL },
        { 0, 65535, 0, 512, NBD_EINVAL },
    };
    static uint8_t payload[70000];
    for (int structured = 0; structured < 2; structured++) {
        int fd = connect_client(f, structured);
        for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
            ask(fd, requests[i].flags, requests[i].type, i, requests[i].offset, requests[i].length);
            if (requests[i].type == NBD_CMD_WRITE)
                say(fd, payload, requests[i].length);
            uint64_t cookie = 0;
            uint32_t error = 0;
            if (structured) {
                struct answer a = chunks(fd, buffer, 0, 0);
                error = a.error;
                cookie = a.cookie;
            } else
                error = simple(fd, &cookie);
            assert_true(error == requests[i].error && cookie == i);
        }
        read_is_right(f, fd, structured, 1000, 5000);
        close(fd);
    }
}

static void block_status_needs_its_context(void **state)
{
    struct fixture *f = *state;
    uint64_t cookie;
    int fd = connect_client(f, false);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 0, 512);
    assert_int_equal(simple(fd, &cookie), NBD_EINVAL);
    close(fd);
}

static void block_status_tells_holes(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fallocate(f->export.disk.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * MIB, 2 * MIB), 0);
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 3 * MIB, 4 * MIB);
    struct answer a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 1 && a.last_status == 0);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 4 * MIB, 3 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 1 && a.last_status == (NBD_STATE_HOLE | NBD_STATE_ZERO));
    uint64_t zeroes = DISK_SIZE / 3 + 4096;      // written ones: 13 MiB, and pages of either behind them
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, zeroes, 16 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 2 && a.last_status == 0);
    ask(fd, NBD_CMD_FLAG_REQ_ONE, NBD_CMD_BLOCK_STATUS, 1, zeroes, 16 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.statuses == 1 && a.last_status == NBD_STATE_ZERO);
    close(fd);
}

static void a_bad_sector_is_an_error_where_it_is_and_nowhere_else(void **state)
{
    struct fixture *f = *state;
    uint64_t cookie;
    bad_begin = 8 * MIB + 1024;
    bad_end = 8 * MIB + 1536;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
    struct answer a = chunks(fd, buffer, 7 * MIB, 2 * MIB);
    assert_true(a.error == NBD_EIO && a.error_offset == 8 * MIB + 1024 && a.bytes == MIB + 1024);
    assert_memory_equal(buffer, f->content + 7 * MIB, MIB + 1024);
    read_is_right(f, fd, true, 8 * MIB, 1024);
    read_is_right(f, fd, true, 8 * MIB + 1536, MIB);
    int other = connect_client(f, false);
    ask(other, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
    assert_int_equal(simple(other, &cookie), NBD_EIO);
    read_is_right(f, other, false, 7 * MIB, MIB + 1024);
    close(fd);
    close(other);
}

static void what_could_not_be_read_is_tried_again_when_it_is_asked_for_again(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true);
    bad_begin = 8 * MIB;
    bad_end = 8 * MIB + 512;
    ask(fd, 0, NBD_CMD_READ, 1, 8 * MIB, 512);
    assert_int_equal(chunks(fd, buffer, 8 * MIB, 512).error, NBD_EIO);
    bad_end = 0;
    read_is_right(f, fd, true, 8 * MIB, 512);
    close(fd);
}

// ---- p2v.read_errors=zero, and a page cache that loses whole pages -------------------------------------

static _Atomic unsigned told;
static _Atomic uint64_t told_last;

static void tell(void *context, uint64_t offset)
{
    (void)context;
    told++;
    told_last = offset;
}

// As under the supervisor.  *f is the server thread's: it has no client yet.
static void fails_by_page(struct fixture *f, bool zero)
{
    told = 0;
    f->export.disk.zero_bad = zero;
    f->export.disk.on_bad = tell;
    direct_fd = f->export.disk.direct = dup(f->export.disk.fd);
}

static void the_neighbours_of_a_bad_sector_in_its_page_are_read(void **state)
{
    struct fixture *f = *state;
    uint64_t cookie;
    fails_by_page(f, false);
    bad_begin = 8 * MIB + 1024;
    bad_end = 8 * MIB + 1536;
    for (int structured = 0; structured < 2; structured++) {
        int fd = connect_client(f, structured);
        read_is_right(f, fd, structured, 8 * MIB, 1024);
        read_is_right(f, fd, structured, 8 * MIB + 1536, 2560);
        read_is_right(f, fd, structured, 8 * MIB + 1, 1023);
        read_is_right(f, fd, structured, 7 * MIB, MIB + 1024);
        read_is_right(f, fd, structured, 8 * MIB + 1536, MIB);
        ask(fd, 0, NBD_CMD_READ, 1, 8 * MIB + 1535, 1);
        assert_int_equal(structured ? chunks(fd, buffer, 8 * MIB + 1535, 1).error : simple(fd, &cookie), NBD_EIO);
        ask(fd, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
        if (structured) {
            struct answer a = chunks(fd, buffer, 7 * MIB, 2 * MIB);
            assert_true(a.error == NBD_EIO && a.error_offset == 8 * MIB + 1024 && a.bytes == MIB + 1024);
            assert_memory_equal(buffer, f->content + 7 * MIB, MIB + 1024);
        } else
            assert_int_equal(simple(fd, &cookie), NBD_EIO);
        close(fd);
    }
    assert_int_equal(told, 1);
    assert_true(told_last == 8 * MIB + 1024);
}

// Reads of the disk as it is but for what is bad, which is zeroes.
static void zeroed_reads_are_right(struct fixture *f, bool structured)
{
    uint8_t *whole = malloc(DISK_SIZE);
    memcpy(whole, f->content, DISK_SIZE);
    for (uint64_t i = bad_begin; i < bad_end; i += 512)
        if (touches_bad(i, i + 512))
            memset(whole + i, 0, i + 512 < DISK_SIZE ? 512 : DISK_SIZE - i);
    struct fixture zeroed = { .content = whole };
    int fd = connect_client(f, structured);
    read_is_right(&zeroed, fd, structured, bad_begin - MIB, (uint32_t)(bad_end - bad_begin) + MIB);
    read_is_right(&zeroed, fd, structured, bad_begin, 512);
    read_is_right(&zeroed, fd, structured, bad_begin + 511, 2);
    read_is_right(&zeroed, fd, structured, bad_begin - 1, 2);
    read_is_right(&zeroed, fd, structured, bad_end - 100, (uint32_t)(DISK_SIZE - bad_end < 5000 ? DISK_SIZE - bad_end + 100 : 5100));
    read_is_right(&zeroed, fd, structured, DISK_SIZE - NBD_MAX_READ, NBD_MAX_READ);
    close(fd);
    free(whole);
}

static void unreadable_sectors_alone_are_zeroes_where_that_is_wished(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    bad_begin = 9 * MIB + 1024;
    bad_end = 9 * MIB + 1024 + 10 * 512;         // the tail of one page, and most of the next
    zeroed_reads_are_right(f, true);
    zeroed_reads_are_right(f, false);
    assert_int_equal(told, 1);
    assert_true(f->export.disk.bad->count == 1 && f->export.disk.bad->ranges[0].begin == bad_begin && f->export.disk.bad->ranges[0].end == bad_end);
    int before = bad_reads;
    zeroed_reads_are_right(f, false);
    assert_int_equal(bad_reads, before);         // what is known to be bad is not tried again and again
}

static void zeroes_for_bad_sectors_come_without_fragments_too(void **state)
{
    struct fixture *f = *state;
    static uint8_t expected[PIECE_BYTES];
    fails_by_page(f, true);
    bad_begin = 5 * MIB + 512;
    bad_end = 5 * MIB + 1024;
    memcpy(expected, f->content + 5 * MIB - 3, PIECE_BYTES);
    memset(expected + 512 + 3, 0, 512);
    int fd = connect_client(f, true);
    ask(fd, NBD_CMD_FLAG_DF, NBD_CMD_READ, 1, 5 * MIB - 3, PIECE_BYTES);
    struct answer a = chunks(fd, buffer, 5 * MIB - 3, PIECE_BYTES);
    assert_true(a.error == NBD_OK && a.data == 1 && a.holes == 0);
    assert_memory_equal(buffer, expected, PIECE_BYTES);
    ask(fd, 0, NBD_CMD_BLOCK_STATUS, 1, 4 * MIB, 2 * MIB);
    a = chunks(fd, buffer, 0, 0);
    assert_true(a.error == NBD_OK && a.statuses == 1 && a.last_status == 0);
    close(fd);
}

static void a_bad_page_is_a_hole(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    bad_begin = 6 * MIB;
    bad_end = 6 * MIB + 8192;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 6 * MIB - 4096, 16384);
    struct answer a = chunks(fd, buffer, 6 * MIB - 4096, 16384);
    assert_true(a.error == NBD_OK && a.data == 2 && a.holes == 1);
    close(fd);
}

static void a_disk_without_reads_past_the_page_cache_has_zeroes_too(void **state)
{
    struct fixture *f = *state;
    f->export.disk.zero_bad = true;
    bad_begin = DISK_SIZE - 1000;                // the last sectors, of which one is not whole
    bad_end = DISK_SIZE;
    bad_begin = bad_begin / 512 * 512;
    zeroed_reads_are_right(f, true);
    zeroed_reads_are_right(f, false);
    assert_true(f->export.disk.bad->count == 1 && f->export.disk.bad->ranges[0].end == DISK_SIZE);
}

static void a_dying_disk_takes_bounded_memory_and_says_that_there_is_more(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    bad_begin = 4 * MIB;
    bad_end = 8 * MIB;
    bad_step = 1024;                             // 4096 ranges
    zeroed_reads_are_right(f, true);
    zeroed_reads_are_right(f, false);
    assert_true(f->export.disk.bad->count == BAD_MAX_RANGES && f->export.disk.bad->more);
    assert_int_equal(told, BAD_MAX_RANGES);
}

static void a_disk_that_goes_is_an_error_and_no_machine_of_zeroes(void **state)
{
    struct fixture *f = *state;
    fails_by_page(f, true);
    int fd = connect_client(f, true);
    read_is_right(f, fd, true, 0, MIB);
    bad_end = DISK_SIZE;
    ask(fd, 0, NBD_CMD_READ, 1, MIB, 4 * MIB);
    struct answer a = chunks(fd, buffer, MIB, 4 * MIB);
    assert_true(a.error == NBD_EIO && f->export.disk.dead);
    ask(fd, 0, NBD_CMD_READ, 1, 9 * MIB, 512);
    assert_int_equal(chunks(fd, buffer, 9 * MIB, 512).error, NBD_EIO);
    close(fd);
}

// ---- how it is read ------------------------------------------------------------------------------------

static void without_reads_in_the_background_everything_is_the_same(void **state)
{
    struct fixture *f = *state;
    no_background = true;
    reads_are_right(f, true);
    reads_are_right(f, false);
    bad_begin = 8 * MIB + 1024;
    bad_end = 8 * MIB + 1536;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 7 * MIB, 2 * MIB);
    assert_true(chunks(fd, buffer, 7 * MIB, 2 * MIB).error_offset == 8 * MIB + 1024);
    close(fd);
}

static void what_is_in_the_page_cache_comes_from_there(void **state)
{
    struct fixture *f = *state;
    f->export.disk.cached = true;
    reads_are_right(f, true);
    reads_are_right(f, false);
    assert_int_equal(background_reads, 0);
}

static void whoever_reads_on_gets_more_at_once_and_a_lone_read_does_not(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true);
    for (unsigned i = 0; i < 20; i++)
        read_is_right(f, fd, true, i * MIB, 4096);
    assert_int_equal(background_reads, 20);
    for (unsigned i = 0; i < MIB / 4096; i++)
        read_is_right(f, fd, true, 20 * MIB + i * 4096, 4096);
    assert_true(background_reads <= 20 + MIB / PIECE_BYTES + 1);
    close(fd);
}

// ---- many, slow, gone ----------------------------------------------------------------------------------

static void what_is_there_does_not_wait_for_what_is_not(void **state)
{
    struct fixture *f = *state;
    int fd = connect_client(f, true), other = connect_client(f, false);
    slow_begin = 20 * MIB;
    slow_end = 21 * MIB;
    ask(fd, 0, NBD_CMD_READ, 0, 20 * MIB, 4096);
    ask(fd, 0, NBD_CMD_READ, 1, 0, 4096);
    assert_true(chunks(fd, buffer, 0, 4096).cookie == 1);
    read_is_right(f, other, false, 3 * MIB, 3 * MIB);
    warm();
    assert_true(chunks(fd, buffer, 20 * MIB, 4096).cookie == 0);
    assert_memory_equal(buffer, f->content + 20 * MIB, 4096);
    close(fd);
    close(other);
}

// All pieces are taken by clients that do not take their replies: what they were to be sent is read again.
static void clients_that_do_not_read_their_replies_get_them_in_the_end(void **state)
{
    struct fixture *f = *state;
    enum { CLIENTS = PIECES + 3 };
    int fds[CLIENTS];
    for (unsigned i = 0; i < CLIENTS; i++) {
        fds[i] = connect_client(f, i % 2);
        ask(fds[i], 0, NBD_CMD_READ, i, i * MIB, 4 * MIB);
    }
    int good = connect_client(f, true);
    read_is_right(f, good, true, 1, 5 * MIB);
    for (unsigned i = 0; i < CLIENTS; i++) {
        uint64_t cookie = i;
        if (i % 2)
            assert_true(chunks(fds[i], buffer, i * MIB, 4 * MIB).error == NBD_OK);
        else
            assert_true(simple(fds[i], &cookie) == NBD_OK && hear(fds[i], buffer, 4 * MIB));
        assert_memory_equal(buffer, f->content + i * MIB, 4 * MIB);
        close(fds[i]);
    }
    close(good);
}

static void many_requests_in_flight_on_many_connections_are_all_answered(void **state)
{
    struct fixture *f = *state;
    enum { CLIENTS = 8, EACH = 300 };
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = connect_client(f, true);
    for (unsigned n = 0; n < EACH; n++)
        for (unsigned i = 0; i < CLIENTS; i++)
            ask(fds[i], 0, NBD_CMD_READ, n, (n * 131072 + i * 999) % (DISK_SIZE - 300000), 300 * (n + 1));
    uint8_t *whole = malloc(DISK_SIZE);
    for (unsigned i = 0; i < CLIENTS; i++) {
        uint32_t bytes[EACH] = { 0 };
        for (unsigned done = 0; done < EACH;) {    // in any order, one between the other
            struct answer a = { 0 };
            bool last = one_chunk(fds[i], whole, 0, DISK_SIZE, &a);
            assert_true(a.cookie < EACH);
            bytes[a.cookie] += a.bytes;
            done += last;
            uint64_t offset = (a.cookie * 131072 + i * 999) % (DISK_SIZE - 300000);
            if (last)
                assert_true(bytes[a.cookie] == 300 * (a.cookie + 1) && memcmp(whole + offset, f->content + offset, bytes[a.cookie]) == 0);
        }
        close(fds[i]);
    }
    free(whole);
}

static void a_client_that_does_not_read_its_replies_holds_up_nobody(void **state)
{
    struct fixture *f = *state;
    int greedy = connect_client(f, false), good = connect_client(f, true);
    for (int i = 0; i < 100; i++)
        ask(greedy, 0, NBD_CMD_READ, 1, 0, NBD_MAX_READ);
    read_is_right(f, good, true, 0, MIB);
    close(greedy);                     // in the middle of a reply
    read_is_right(f, good, true, MIB, MIB);
    close(good);
}

static void disconnect_is_taken_after_everything_before_it_is_answered(void **state)
{
    struct fixture *f = *state;
    uint8_t byte;
    int fd = connect_client(f, true);
    ask(fd, 0, NBD_CMD_READ, 1, 0, MIB);
    ask(fd, 0, NBD_CMD_DISC, 2, 0, 0);
    ask(fd, 0, NBD_CMD_READ, 3, 0, MIB);
    assert_int_equal(chunks(fd, buffer, 0, MIB).bytes, MIB);
    assert_true(recv(fd, &byte, 1, 0) <= 0);       // an end, or a reset, for what was not read
    close(fd);
    fd = connect_client(f, true);      // a half-closed socket: all that was asked for is answered as well
    for (int i = 0; i < 200; i++)
        ask(fd, 0, NBD_CMD_READ, 1, 0, 5000);
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < 200; i++)
        assert_int_equal(chunks(fd, buffer, 0, 5000).bytes, 5000);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static void clients_that_stop_in_the_handshake_hold_no_place(void **state)
{
    struct fixture *f = *state;
    int stuck[2 * SERVE_MAX_CONNECTIONS];
    int first = connect_client(f, true);
    for (int i = 0; i < 2 * SERVE_MAX_CONNECTIONS; i++) {
        stuck[i] = connect_raw(f);
        say(stuck[i], "\0\0", 2);
    }
    int fd = connect_client(f, true);
    read_is_right(f, fd, true, 0, MIB);
    read_is_right(f, first, true, 0, MIB);
    close(fd);
    close(first);
    for (int i = 0; i < 2 * SERVE_MAX_CONNECTIONS; i++)
        close(stuck[i]);
}

static void a_connection_too_many_is_closed(void **state)
{
    struct fixture *f = *state;
    int fds[SERVE_MAX_CONNECTIONS];
    uint8_t byte;
    for (int i = 0; i < SERVE_MAX_CONNECTIONS; i++)
        fds[i] = connect_client(f, true);
    int more = connect_raw(f);
    assert_true(recv(more, &byte, 1, 0) <= 0);
    close(more);
    for (int i = 0; i < SERVE_MAX_CONNECTIONS; i++) {
        read_is_right(f, fds[i], true, 0, 1000);
        close(fds[i]);
    }
}

// Fixed seed: sound requests with bytes changed and cut, and plain noise, beside a good client.
static void no_bytes_whatever_disturb_a_good_client(void **state)
{
    struct fixture *f = *state;
    int good = connect_client(f, true);
    srandom(17);
    for (int round = 0; round < 300; round++) {
        uint8_t bytes[50 * NBD_REQUEST_HEADER];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(random() % 4 ? 0 : random());
        bool noise = round % 3 == 0;
        for (size_t i = 0; !noise && i < 50; i++) {
            put32(bytes + i * NBD_REQUEST_HEADER, NBD_REQUEST_MAGIC);
            put16(bytes + i * NBD_REQUEST_HEADER + 6, (uint16_t)(random() % 9));
        }
        int bad = noise ? connect_raw(f) : connect_client(f, random() % 2);
        send(bad, bytes, (size_t)random() % sizeof bytes, MSG_NOSIGNAL);
        if (random() % 2)
            recv(bad, buffer, 100, MSG_DONTWAIT);
        read_is_right(f, good, true, (uint64_t)random() % (DISK_SIZE - 70000), 70000);
        close(bad);
    }
    close(good);
}

// What arrives on the data channel is one byte and one stream socket, or its sender is not to be trusted.
static void arrivals_are_refused(struct fixture *f, const int *fds, size_t count, size_t bytes)
{
    hand_over(f, fds, count, bytes);
    assert_int_equal(pthread_join(f->thread, NULL), 0);
    assert_int_equal(f->result, SERVE_BROKEN);
    assert_true(strlen(f->err.text) > 0);
}

static void a_descriptor_that_is_no_socket_ends_it(void **state)
{
    struct fixture *f = *state;
    arrivals_are_refused(f, &f->export.disk.fd, 1, 1);
}

static void a_socket_of_another_type_ends_it(void **state)
{
    struct fixture *f = *state;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    arrivals_are_refused(f, &fd, 1, 1);
    close(fd);
}

static void a_socket_of_another_family_ends_it(void **state)
{
    struct fixture *f = *state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    arrivals_are_refused(f, &fd, 1, 1);
    close(fd);
}

static void two_descriptors_end_it_and_none_is_kept(void **state)
{
    struct fixture *f = *state;
    int ends[2];
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const int twice[2] = { ends[0], ends[0] };
    arrivals_are_refused(f, twice, 2, 1);
    close(ends[0]);
    assert_int_equal(recv(ends[1], &byte, 1, 0), 0);
    close(ends[1]);
}

static void a_byte_without_descriptor_ends_it(void **state) { arrivals_are_refused(*state, NULL, 0, 1); }
static void a_longer_datagram_ends_it(void **state)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    arrivals_are_refused(*state, &fd, 1, 5);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);          // as main.c does
    const struct CMUnitTest tests[] = {
        TEST(structured_reads_of_every_shape_are_right),
        TEST(simple_reads_of_every_shape_are_right),
        TEST(zeroes_are_sent_as_a_hole_and_without_fragment_as_one_chunk),
        TEST(what_is_not_permitted_gets_its_error_and_the_connection_goes_on),
        TEST(block_status_needs_its_context),
        TEST(block_status_tells_holes),
        TEST(a_bad_sector_is_an_error_where_it_is_and_nowhere_else),
        TEST(what_could_not_be_read_is_tried_again_when_it_is_asked_for_again),
        TEST(the_neighbours_of_a_bad_sector_in_its_page_are_read),
        TEST(unreadable_sectors_alone_are_zeroes_where_that_is_wished),
        TEST(zeroes_for_bad_sectors_come_without_fragments_too),
        TEST(a_bad_page_is_a_hole),
        TEST(a_disk_without_reads_past_the_page_cache_has_zeroes_too),
        TEST(a_dying_disk_takes_bounded_memory_and_says_that_there_is_more),
        TEST(a_disk_that_goes_is_an_error_and_no_machine_of_zeroes),
        TEST(without_reads_in_the_background_everything_is_the_same),
        TEST(what_is_in_the_page_cache_comes_from_there),
        TEST(whoever_reads_on_gets_more_at_once_and_a_lone_read_does_not),
        TEST(what_is_there_does_not_wait_for_what_is_not),
        TEST(clients_that_do_not_read_their_replies_get_them_in_the_end),
        TEST(many_requests_in_flight_on_many_connections_are_all_answered),
        TEST(a_client_that_does_not_read_its_replies_holds_up_nobody),
        TEST(disconnect_is_taken_after_everything_before_it_is_answered),
        TEST(clients_that_stop_in_the_handshake_hold_no_place),
        TEST(a_connection_too_many_is_closed),
        TEST(no_bytes_whatever_disturb_a_good_client),
        TEST(a_descriptor_that_is_no_socket_ends_it),
        TEST(a_socket_of_another_type_ends_it),
        TEST(a_socket_of_another_family_ends_it),
        TEST(two_descriptors_end_it_and_none_is_kept),
        TEST(a_byte_without_descriptor_ends_it),
        TEST(a_longer_datagram_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
