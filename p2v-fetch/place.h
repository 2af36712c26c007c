// SPDX-License-Identifier: GPL-2.0-or-later
//
// A URL taken apart, and what a person is shown of it.  Pure memory.
#ifndef P2V_FETCH_PLACE_H
#define P2V_FETCH_PLACE_H

#include <stdbool.h>

#include "proto/error.h"

struct place {
    char scheme[8];               // "https", "http", "ftp" or "tftp"
    char host[256];               // name or address; an IPv6 address without its brackets
    char port[8];                 // as given, else the scheme's own
    char path[128];               // its beginning, for messages
    char shown[512];              // "https://host/path": without user, password and query, which may be secrets
};

// 0, or -1 with err: it is no URL, or of none of the four schemes.
int place_parse(struct place *place, const char *url, struct error *err);

// True where what is fetched can be read and changed on its way.
bool place_is_clear(const struct place *place);

#endif
