// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads in the background are the kernel's (io_submit(2)): no thread, and none of io_uring's wide interface.
#include "p2v-export/pieces.h"

#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE (2 * 1024 * 1024)    // all pieces together are one: the kernel has less to do for each read

enum state { EMPTY, READING, READY };

struct piece {
    enum state state;
    bool wanted;                       // somebody is going to use it
    bool bad;                          // READY: the byte at end cannot be read
    uint64_t begin, end;               // of the disk
    uint64_t asked, asked_end;         // what of it was asked for: the rest is read along
    uint64_t used;                     // when, last
    uint8_t *bytes;                    // PIECE_BYTES
    struct iocb control;
};

struct pieces {
    struct disk *disk;
    aio_context_t context;             // 0: no reads in the background
    int event;
    uint64_t clock;
    struct piece all[PIECES];
    struct piece *begun[PIECES];       // READING, but the kernel does not know yet
    size_t begun_count;
};

_Static_assert(HUGE_PAGE == PIECES * PIECE_BYTES && PIECE_BYTES % DISK_PAGE == 0, "the pieces are not one huge page");

struct pieces *pieces_new(void)
{
    struct pieces *pieces = calloc(1, sizeof *pieces);
    uint8_t *memory = aligned_alloc(HUGE_PAGE, HUGE_PAGE);
    if (pieces == NULL || memory == NULL) {
        free(memory);
        free(pieces);
        return NULL;
    }
    madvise(memory, HUGE_PAGE, MADV_HUGEPAGE);   // costs speed alone where it fails
    memset(memory, 0, HUGE_PAGE);                // it is there from now on
    for (size_t i = 0; i < PIECES; i++)
        pieces->all[i].bytes = memory + i * PIECE_BYTES;
    pieces->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pieces->event >= 0 && syscall(SYS_io_setup, PIECES, &pieces->context) < 0)
        pieces->context = 0;
    return pieces;
}

void pieces_free(struct pieces *pieces)
{
    if (pieces == NULL)
        return;
    if (pieces->context != 0)
        syscall(SYS_io_destroy, pieces->context);
    if (pieces->event >= 0)
        close(pieces->event);
    free(pieces->all[0].bytes);
    free(pieces);
}

void pieces_set_disk(struct pieces *pieces, struct disk *disk)
{
    pieces->disk = disk;
}

// ---- which piece ---------------------------------------------------------------------------------------

static bool covers(const struct piece *piece, uint64_t offset, uint64_t end)
{
    if (piece->state == EMPTY || offset < piece->begin)
        return false;
    return end <= piece->end || (piece->state == READY && piece->bad && offset <= piece->end);
}

static struct piece *find(struct pieces *pieces, uint64_t offset, uint64_t end)
{
    for (size_t i = 0; i < PIECES; i++)
        if (covers(&pieces->all[i], offset, end))
            return &pieces->all[i];
    return NULL;
}

// Room for another read: of what nobody wants what was used last, because that is still in the processor's caches; else, if
// it must be, of what is wanted what was used longest ago.
static struct piece *room(struct pieces *pieces, bool must)
{
    struct piece *hot = NULL, *empty = NULL, *old = NULL;
    for (size_t i = 0; i < PIECES; i++) {
        struct piece *piece = &pieces->all[i];
        if (piece->state == EMPTY)
            empty = piece;
        else if (piece->state == READY && !piece->wanted && (hot == NULL || piece->used > hot->used))
            hot = piece;
        else if (piece->state == READY && piece->wanted && (old == NULL || piece->used < old->used))
            old = piece;
    }
    return hot != NULL ? hot : empty != NULL ? empty : must ? old : NULL;
}

// A client that reads on from where something was read does it more often: then more is read at once.
static bool is_sequence(const struct pieces *pieces, uint64_t begin)
{
    for (size_t i = 0; i < PIECES; i++)
        if (pieces->all[i].state != EMPTY && pieces->all[i].end == begin)
            return true;
    return false;
}

// ---- reading -------------------------------------------------------------------------------------------

static void describe(struct pieces *pieces, struct piece *piece)
{
    const struct disk *disk = pieces->disk;
    piece->control = (struct iocb){
        .aio_data = (uint64_t)(piece - pieces->all), .aio_lio_opcode = IOCB_CMD_PREAD,
        .aio_fildes = (uint32_t)(disk->direct >= 0 ? disk->direct : disk->fd), .aio_buf = (uintptr_t)piece->bytes,
        .aio_nbytes = (piece->end - piece->begin + DISK_PAGE - 1) / DISK_PAGE * DISK_PAGE,   // O_DIRECT wants it so, past the end too
        .aio_offset = (int64_t)piece->begin, .aio_flags = IOCB_FLAG_RESFD, .aio_resfd = (uint32_t)pieces->event,
    };
}

// What was asked for and nothing else, with all the patience that a failing disk needs.
static void read_now(struct pieces *pieces, struct piece *piece)
{
    size_t size = (size_t)(piece->asked_end - piece->asked);
    size_t good = disk_read(pieces->disk, piece->bytes, size, piece->asked);
    piece->begin = piece->asked;
    piece->end = piece->asked + good;
    piece->bad = good < size;
    piece->state = READY;
}

bool pieces_fetch(struct pieces *pieces, uint64_t offset, size_t size, bool must)
{
    struct piece *piece = find(pieces, offset, offset + size);
    bool known = piece != NULL;
    if (!known && !must && pieces->disk->cached)
        return false;
    if (!known && (piece = room(pieces, must)) == NULL)
        return false;
    piece->wanted = true;
    piece->used = ++pieces->clock;
    if (known)
        return true;
    uint64_t begin = offset / DISK_PAGE * DISK_PAGE, whole = begin + piece_size(begin, pieces->disk->size);
    uint64_t end = (offset + size + DISK_PAGE - 1) / DISK_PAGE * DISK_PAGE;
    piece->end = end < whole && !is_sequence(pieces, begin) ? end : whole;
    piece->begin = begin;
    piece->asked = offset;
    piece->asked_end = offset + size;
    piece->bad = false;
    piece->state = READING;
    pieces->begun[pieces->begun_count++] = piece;
    return true;
}

bool pieces_begin(struct pieces *pieces)
{
    struct iocb *controls[PIECES];
    struct piece *together[PIECES];
    long count = 0, taken = 0;
    size_t all = pieces->begun_count;
    for (size_t i = 0; i < all; i++) {
        struct piece *piece = pieces->begun[i];
        size_t size = (size_t)(piece->end - piece->begin);
        bool cached = pieces->disk->cached;
        if (cached) {                            // nothing is waited for, so what was to be read along is too
            piece->asked = piece->begin;
            piece->asked_end = piece->end;
        }
        if (cached || pieces->context == 0 || disk_clean(pieces->disk, piece->begin, size) < size) {
            read_now(pieces, piece);
            continue;
        }
        describe(pieces, piece);
        together[count] = piece;
        controls[count++] = &piece->control;
    }
    pieces->begun_count = 0;
    if (count > 0)
        taken = syscall(SYS_io_submit, pieces->context, count, controls);
    for (long i = taken < 0 ? 0 : taken; i < count; i++)
        read_now(pieces, together[i]);           // there are disks that the kernel reads in no other way
    return taken < (long)all;
}

void pieces_finish(struct pieces *pieces)
{
    static const struct timespec no_time;
    struct io_event events[PIECES];
    uint64_t count;
    if (read(pieces->event, &count, sizeof count) < 0)
        return;                                  // it was not readable after all
    long n = syscall(SYS_io_getevents, pieces->context, 0, PIECES, events, &no_time);
    for (long i = 0; i < n; i++) {
        struct piece *piece = &pieces->all[events[i].data];
        if (events[i].res >= (int64_t)(piece->end - piece->begin))
            piece->state = READY;
        else
            read_now(pieces, piece);             // an error somewhere in it, or a file that has become shorter
    }
}

int pieces_event(const struct pieces *pieces)
{
    return pieces->event;
}

// ---- using ---------------------------------------------------------------------------------------------

bool pieces_get(struct pieces *pieces, uint64_t offset, size_t size, struct view *view)
{
    // One that is being read may cover the same bytes as one that has been.
    for (size_t i = 0; i < PIECES; i++) {
        struct piece *piece = &pieces->all[i];
        if (piece->state != READY || !covers(piece, offset, offset + size))
            continue;
        piece->used = ++pieces->clock;
        view->bytes = piece->bytes + (offset - piece->begin);
        view->size = piece->end - offset < size ? (size_t)(piece->end - offset) : size;
        return true;
    }
    return false;
}

int pieces_cached(const struct pieces *pieces)
{
    return pieces->disk->cached ? pieces->disk->fd : -1;
}

void pieces_release(struct pieces *pieces, uint64_t offset, uint64_t end)
{
    for (size_t i = 0; i < PIECES; i++) {
        struct piece *piece = &pieces->all[i];
        if (piece->begin >= end || piece->end + piece->bad <= offset)
            continue;
        piece->wanted = false;
        if (piece->state == READY && piece->bad)
            piece->state = EMPTY;                // whoever asks again has it tried again
    }
}
