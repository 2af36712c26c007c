// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small files that the configuration names by URL: file:// is read here; the others p2v-fetch gets.
#ifndef P2V_SUPERVISOR_URLS_H
#define P2V_SUPERVISOR_URLS_H

#include "p2v-supervisor/supervisor.h"
#include "proto/configuration.h"

// Where one of them goes.
struct url_file {
    const char *key;               // "p2v.identity"
    const char *url;               // "": not given
    unsigned char *bytes;          // max of them; *size are there
    size_t *size;
    size_t max;
    unsigned number;
};

// Reads those that are file:///PATH.  0, or -1 with err.
int urls_read(struct supervisor *sup, struct error *err);

// Before each connection that a person asks for: reads the identity, if it is file:///PATH, for the file may be another by now.  other: it
// is another URL than before, and is fetched if it is none of a file; its passphrase is another one too.  0, or -1 with err.
int urls_read_identity(struct supervisor *sup, bool other, struct error *err);

// The next one to be fetched, which may be there in part; false where there is none (any more).
bool urls_next(struct supervisor *sup, struct url_file *file);

// Adds a piece to the next one; last: the one after it is then the next.  0, or -1 with err: it is more than was asked for.
int urls_add(struct supervisor *sup, const void *data, size_t size, bool last, struct error *err);

#endif
