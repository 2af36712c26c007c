// SPDX-License-Identifier: GPL-2.0-or-later
//
// A host's name made into addresses by getaddrinfo(3), before libcurl needs them.  Touches: the resolver.
#include "p2v-fetch/resolve.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

static int explain(const struct place *place, int rc, struct error *err)
{
    if (rc == EAI_AGAIN)
        return error_set(err, "%s cannot be fetched: no name server answers for %s; check the network, or use its address", place->shown, place->host);
    return error_set(err, "%s cannot be fetched: the name %s is not known; check its spelling and this machine's DNS, or use its address (%s)",
                     place->shown, place->host, gai_strerror(rc));
}

int resolve(const struct place *place, char text[RESOLVE_TEXT_MAX], struct error *err)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *list = NULL;
    int rc = getaddrinfo(place->host, NULL, &hints, &list);
    if (rc != 0)
        return explain(place, rc, err);
    size_t used = (size_t)snprintf(text, RESOLVE_TEXT_MAX, "*:%s:", place->port);
    int count = 0;
    for (const struct addrinfo *one = list; one != NULL && count < RESOLVE_ADDRESSES_MAX; one = one->ai_next) {
        char address[47];              // of IPv6 with a zone: left out below where it does not fit
        if (getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        bool six = one->ai_family == AF_INET6;
        used += (size_t)snprintf(text + used, RESOLVE_TEXT_MAX - used, "%s%s%s%s", count > 0 ? "," : "", six ? "[" : "", address, six ? "]" : "");
        count++;
    }
    freeaddrinfo(list);
    return count > 0 ? 0 : explain(place, EAI_NONAME, err);
}
