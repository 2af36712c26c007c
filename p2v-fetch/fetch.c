// SPDX-License-Identifier: GPL-2.0-or-later
//
// From URL to URL as servers redirect, within one time for all of it.  Which redirects are followed is may_redirect().
#include "p2v-fetch/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p2v-fetch/resolve.h"

static long milliseconds_left(const struct timespec *deadline)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
}

// From https to https, from http to either; from and to nothing else.
static bool may_redirect(const struct place *from, const struct place *to)
{
    bool secure = strcmp(to->scheme, "https") == 0;
    return secure || (strcmp(to->scheme, "http") == 0 && strcmp(from->scheme, "http") == 0);
}

// Takes the URL that the server named.  0, or -1 with err: it is none, or a weaker one.
static int follow(char **url, struct place *place, struct transfer *transfer, struct error *err)
{
    struct place next;
    if (place_parse(&next, transfer->redirect, err) < 0 || !may_redirect(place, &next))
        return error_set(err, "%s cannot be fetched: the server names another kind of URL in its place, which is not followed; give the file's own URL",
                         place->shown);
    free(*url);
    *url = transfer->redirect;
    transfer->redirect = NULL;
    *place = next;
    return 0;
}

// One URL.  1: *url is now another one, to go on with; 0: content is all there; -1 or TRANSFER_AWAY with err.
static int step(const struct fetch_request *request, char **url, struct place *place, const struct timespec *deadline, struct content *content,
                struct error *err)
{
    struct transfer transfer = { .content = content };
    char addresses[RESOLVE_TEXT_MAX];
    // A name server's time is part of it, but cannot be bounded here: what is left is known afterwards.
    long left = milliseconds_left(deadline);
    if (left > 0 && resolve(place, addresses, err) < 0)
        return TRANSFER_AWAY;
    if (left > 0)
        left = milliseconds_left(deadline);
    if (left <= 0) {
        error_set(err, "%s cannot be fetched: all of it took longer than %d seconds", place->shown, FETCH_SECONDS);
        return TRANSFER_AWAY;
    }
    int rc = transfer_run(&transfer, *url, place, request->cacert, request->cacert_size, addresses, left, err);
    if (rc == 0 && transfer.redirect != NULL)
        rc = follow(url, place, &transfer, err) < 0 ? -1 : 1;
    else if (rc == 0 && content->size == 0)
        rc = error_set(err, "%s is empty", place->shown);
    transfer_clear(&transfer);
    return rc;
}

int fetch(const struct fetch_request *request, struct content *content, void (*clear)(void *context, const struct place *place),
          void *context, struct error *err)
{
    struct place place;
    struct timespec deadline;
    bool told = false;
    if (place_parse(&place, request->url, err) < 0)
        return -1;
    char *url = strdup(request->url);
    int rc = url != NULL ? 1 : error_set(err, "out of memory");
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += FETCH_SECONDS;
    for (int hop = 0; rc > 0; hop++) {
        if (hop > FETCH_REDIRECTS_MAX) {
            rc = error_set(err, "%s cannot be fetched: after %d other URLs the server names yet another; give the file's own URL", place.shown,
                           FETCH_REDIRECTS_MAX);
            break;
        }
        if (place_is_clear(&place) && !told)
            clear(context, &place);
        told = told || place_is_clear(&place);
        rc = step(request, &url, &place, &deadline, content, err);
    }
    free(url);
    return rc;
}
