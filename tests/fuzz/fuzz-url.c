// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-fetch/place.c: a URL that was typed, or that a server names in place of the file.  What is shown of it has no secret.
#include "tests/fuzz/fuzz.h"

#include <curl/curl.h>

#include "p2v-fetch/place.h"
#include "proto/text.h"

static void parse(const char *url)
{
    struct place place;
    struct error err = { 0 };
    if (place_parse(&place, url, &err) < 0) {
        MUST(err.text[0] != '\0');
        return;
    }
    MUST(place.scheme[0] != '\0' && place.host[0] != '\0' && place.port[0] != '\0' && place.path[0] == '/');
    MUST(strspn(place.port, "0123456789") == strlen(place.port));
    MUST(strncmp(place.shown, place.scheme, strlen(place.scheme)) == 0);
    MUST(place_is_clear(&place) == (strcmp(place.scheme, "https") != 0));
    MUST(strstr(place.shown, "FUZZSECRET") == NULL || strstr(place.host, "FUZZSECRET") != NULL || strstr(place.path, "FUZZSECRET") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *url = input_text((struct input){ data, size });
    parse(url);
    const char *host = strstr(url, "://");
    if (host != NULL) {                // the same with a password
        char *with = NULL;
        MUST(asprintf(&with, "%.*s://name:FUZZSECRET@%s", (int)(host - url), url, host + 3) >= 0);
        parse(with);
        free(with);
    }
    free(url);
    return 0;
}
