// SPDX-License-Identifier: GPL-2.0-or-later
//
// One transfer by libcurl, from one URL: no redirect is followed, no proxy, .netrc, cookie or cache is used, and nothing is
// given to anybody that the URL does not name.  Touches: the network.
#ifndef P2V_FETCH_TRANSFER_H
#define P2V_FETCH_TRANSFER_H

#include <curl/curl.h>
#include <stddef.h>

#include "p2v-fetch/place.h"

#define TRANSFER_CONNECT_SECONDS 20
#define TRANSFER_HEADERS_MAX 65536    // bytes
#define TRANSFER_AWAY (-2)            // in place of -1: the server could not be reached, or went in the middle; it may be there later

struct content {
    unsigned char *bytes;         // owned by the caller, limit of them
    size_t size, limit;
};

struct transfer {
    struct content *content;
    size_t header_bytes;
    bool too_large;               // the content is larger than its limit
    bool connected;               // a connection was made
    long status;                  // of HTTP, FTP; 0: none
    long system_error;            // errno of a connect() that failed; 0: none
    long verification;            // of the certificate's chain, OpenSSL's number
    char words[CURL_ERROR_SIZE];  // libcurl's, of what failed
    char *redirect;               // owned: where HTTP sends us; NULL: nowhere
};

// The content's bytes, from its beginning.  cacert: PEM, in place of the system's CAs; size 0: none.
// resolved: the host's addresses, from resolve().  milliseconds: for all of it.  0 (transfer->redirect says whether there is another URL to go to), or -1 or
// TRANSFER_AWAY with err.
int transfer_run(struct transfer *transfer, const char *url, const struct place *place, const void *cacert, size_t cacert_size,
                 const char *resolved, long milliseconds, struct error *err);

void transfer_clear(struct transfer *transfer);

// The sentence for what libcurl says, or for HTTP's status where that is not 200.  Returns -1 or TRANSFER_AWAY.
int transfer_explain(const struct transfer *transfer, const struct place *place, CURLcode code, struct error *err);

#endif
