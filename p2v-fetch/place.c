// SPDX-License-Identifier: GPL-2.0-or-later
//
// A URL taken apart by libcurl's parser, and each part checked.  Pure memory.
#include "p2v-fetch/place.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static const char *const schemes[] = { "https", "http", "ftp", "tftp" };

// False where the URL has no such part, or one that is too long.
static bool take(CURLU *parts, CURLUPart part, unsigned flags, char *out, size_t size)
{
    char *text = NULL;
    if (curl_url_get(parts, part, &text, flags) != CURLUE_OK)
        return false;
    int n = snprintf(out, size, "%s", text);
    curl_free(text);
    return (size_t)n < size || part == CURLUPART_PATH;
}

static bool is_ours(const char *scheme)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strcmp(scheme, schemes[i]) == 0)
            return true;
    return false;
}

static void take_off_brackets(char *host)
{
    size_t size = strlen(host);
    if (host[0] != '[')
        return;
    memmove(host, host + 1, size - 2);
    host[size - 2] = '\0';
}

int place_parse(struct place *place, const char *url, struct error *err)
{
    CURLU *parts = curl_url();
    char port[16] = "";
    *place = (struct place){ 0 };
    bool whole = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                 take(parts, CURLUPART_SCHEME, 0, place->scheme, sizeof place->scheme) && is_ours(place->scheme) &&
                 take(parts, CURLUPART_HOST, 0, place->host, sizeof place->host) &&
                 take(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT, place->port, sizeof place->port) &&
                 take(parts, CURLUPART_PATH, 0, place->path, sizeof place->path);
    if (whole && take(parts, CURLUPART_PORT, 0, port + 1, sizeof port - 1))
        port[0] = ':';
    if (whole)
        snprintf(place->shown, sizeof place->shown, "%s://%s%s%s", place->scheme, place->host, port, place->path);
    take_off_brackets(place->host);
    curl_url_cleanup(parts);
    return whole ? 0 : error_set(err, "a URL is none, or none of https://, http://, ftp:// and tftp:// with a host: check it");
}

bool place_is_clear(const struct place *place)
{
    return strcmp(place->scheme, "https") != 0;
}
