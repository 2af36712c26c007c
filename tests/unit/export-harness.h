// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests of p2v-export's commands.c, pieces.c, disk.c and serve.c stand on: a server thread that exports the disk of
// export-disk.h, and clients that say just what a test wants.  Whatever goes wrong in here fails the test.
#ifndef P2V_TESTS_UNIT_EXPORT_HARNESS_H
#define P2V_TESTS_UNIT_EXPORT_HARNESS_H

#include <pthread.h>
#include <stddef.h>

#include "p2v-export/nbd.h"
#include "p2v-export/serve.h"
#include "tests/unit/export-disk.h"

struct fixture {
    uint8_t *content;          // DISK_SIZE bytes of the disk
    struct export export;
    struct server *server;
    int arrivals[2];           // [0] the server's
    pthread_t thread;
    enum serve_result result;
    struct error err;
};

// *state is a fixture in these two.  Every test ends with a server that is still there, unless it has joined the thread itself.
int export_set_up(void **state);
int export_tear_down(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, export_set_up, export_tear_down)

// Sends the server's data channel a datagram of so many bytes (at most 8) with these descriptors (at most 8).
void hand_over(struct fixture *f, const int *fds, size_t count, size_t bytes);

// ---- clients -------------------------------------------------------------------------------------------

void say(int fd, const void *bytes, size_t size);

// False where the server has closed.
bool hear(int fd, void *bytes, size_t size);

// A client that has heard and said nothing yet, and one that is ready to ask, with or without structured replies.  Sockets.
int connect_raw(struct fixture *f);
int connect_client(struct fixture *f, bool structured);
void ask(int fd, uint16_t flags, uint16_t type, uint64_t cookie, uint64_t offset, uint32_t length);

// One simple reply's header; returns its error.
uint32_t simple(int fd, uint64_t *cookie);

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
bool one_chunk(int fd, uint8_t *into, uint64_t offset, size_t size, struct answer *a);

// All chunks of the one reply that is to come.
struct answer chunks(int fd, uint8_t *into, uint64_t offset, size_t size);

extern uint8_t buffer[NBD_MAX_READ];   // for whatever a test receives

// One read's content is the disk's; and many reads', of every shape.
void read_is_right(struct fixture *f, int fd, bool structured, uint64_t offset, uint32_t length);
void reads_are_right(struct fixture *f, bool structured);

#endif
