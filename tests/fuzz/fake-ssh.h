// SPDX-License-Identifier: GPL-2.0-or-later
//
// A conversion server that says what an input says: the few functions of libssh that link.c, remote.c and their callers use stand
// here over a script in place of a connection.
//
// The script is records, three for each command or subsystem that is started: the exit status as one byte (none:
// a signal ended it), standard error, standard output.  Where the script is over the connection is lost.
#ifndef P2V_TESTS_FUZZ_FAKE_SSH_H
#define P2V_TESTS_FUZZ_FAKE_SSH_H

#include "p2v-transport/link.h"
#include "tests/fuzz/fuzz.h"

// Begins a connection with this script.  step: how many bytes of output come at once, at least 1.
void fake_ssh_begin(struct link *link, struct input script, size_t step);

// Closes it.
void fake_ssh_end(struct link *link);

// What was written to the server since it began; *size bytes, borrowed.
const uint8_t *fake_ssh_written(size_t *size);

#endif
