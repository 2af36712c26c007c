// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the virt-v2v of the conversion server can do: the one command that asks it, and a strict reading of the answer.
// features_parse() is pure memory: the server's bytes are read there and nowhere else.
#ifndef P2V_TRANSPORT_FEATURES_H
#define P2V_TRANSPORT_FEATURES_H

#include <stddef.h>

#include "p2v-transport/link.h"
#include "proto/error.h"

#define FEATURES_DRIVERS_MAX 64
#define FEATURES_WORD_MAX 65      // with its NUL

struct features {
    char version[FEATURES_WORD_MAX];
    size_t input_count, output_count;
    char input[FEATURES_DRIVERS_MAX][FEATURES_WORD_MAX];
    char output[FEATURES_DRIVERS_MAX][FEATURES_WORD_MAX];
};

// Asks the server.  0, or -1 with err.
int features_ask(struct link *link, bool sudo, struct features *features, struct error *err);

// 0 where this virt-v2v has the output mode ("": any will do); -1 with err, which names those it has.
int features_check(const struct features *features, const char *server, const char *mode, struct error *err);

// Writes the command whose answer features_parse() reads; mark: a word that the answer's lines begin with.
void features_command(const char *mark, bool sudo, char *command, size_t size);

// The command's standard output, and what it wrote to standard error (both NUL-terminated; anything may be in them).
// 0 with *features; -1 with err: there is no virt-v2v, it is too old, sudo wants a password ...
int features_parse(const char *mark, const char *server, const char *output, const char *complaint, struct features *features,
                   struct error *err);

#endif
