// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk of p2v-export's tests: reads that fail and wait where a test says so.  It stands in for the C library's pread(2) and
// syscall(2) in the programs that it is linked into.
#include "tests/unit/export-disk.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "p2v-export/disk.h"

_Atomic uint64_t bad_begin, bad_end, slow_begin, slow_end, bad_step;
_Atomic int direct_fd, bad_reads, background_reads;
_Atomic unsigned direct_block;
_Atomic bool first_page_is_cached, no_background;

bool touches_bad(uint64_t begin, uint64_t end)
{
    begin = begin > bad_begin ? begin : bad_begin;
    end = end < bad_end ? end : bad_end;
    if (begin >= end || bad_step == 0)
        return begin < end;
    uint64_t into_step = (begin - bad_begin) % bad_step;
    return into_step < 512 || begin + (bad_step - into_step) < end;
}

static uint64_t page_of(uint64_t offset) { return offset / 4096 * 4096; }

static bool fails(int fd, uintptr_t into, size_t size, uint64_t begin, int *error)
{
    bool direct = direct_fd > 0 && fd == direct_fd;
    uint64_t end = begin + size < DISK_SIZE ? begin + size : DISK_SIZE;
    if (direct && (begin % direct_block != 0 || size % direct_block != 0 || into % direct_block != 0)) {
        *error = EINVAL;
        return true;
    }
    if (first_page_is_cached && !direct && begin + size <= 4096)
        return false;
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
    if (fails(fd, (uintptr_t)into, size, (uint64_t)offset, &error)) {
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

void disk_is_good(void)
{
    bad_begin = bad_end = slow_begin = slow_end = 0;
    bad_step = 0;
    direct_fd = bad_reads = background_reads = 0;
    direct_block = 512;
    first_page_is_cached = no_background = false;
    finished_count = slow_count = 0;
}

static void finish_read(const struct iocb *control)
{
    int error;
    int64_t n;
    void *into = (void *)(uintptr_t)control->aio_buf;
    if (fails((int)control->aio_fildes, (uintptr_t)into, control->aio_nbytes, (uint64_t)control->aio_offset, &error))
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

void warm(void)
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
