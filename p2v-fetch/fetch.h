// SPDX-License-Identifier: GPL-2.0-or-later
//
// The content of one URL, through a few redirects that get no weaker.  Touches: the network, by transfer.c.
#ifndef P2V_FETCH_FETCH_H
#define P2V_FETCH_FETCH_H

#include "p2v-fetch/transfer.h"

#define FETCH_SECONDS 60              // for all of it
#define FETCH_REDIRECTS_MAX 5

struct fetch_request {
    const char *url;
    const void *cacert;           // PEM; trusted for https:// in place of the system's CAs
    size_t cacert_size;           // 0: the system's
};

// clear() is told, once, of a URL that is fetched unencrypted.  0, or -1 or TRANSFER_AWAY with err; an empty
// content is an error.
int fetch(const struct fetch_request *request, struct content *content, void (*clear)(void *context, const struct place *place),
          void *context, struct error *err);

#endif
