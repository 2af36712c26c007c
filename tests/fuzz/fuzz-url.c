// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-fetch/place.c and fetch.c: a URL that was typed, and those that servers name in its place.  What is shown of one has no
// password; from https the way goes to https alone, and it has an end.  The transfer itself is libcurl's.
//
// The input: a line is a URL, and the next one where its server redirects to.
#include "tests/fuzz/fuzz.h"

#include <curl/curl.h>

#include "p2v-fetch/fetch.h"
#include "p2v-fetch/resolve.h"
#include "proto/text.h"

// False where it is none.
static bool parse(const char *url, struct place *place)
{
    struct error err = { 0 };
    if (place_parse(place, url, &err) < 0) {
        MUST(err.text[0] != '\0' && text_is_line(err.text));
        return false;
    }
    MUST(place->scheme[0] != '\0' && place->host[0] != '\0' && place->port[0] != '\0' && place->path[0] == '/');
    MUST(strspn(place->port, "0123456789") == strlen(place->port));
    MUST(strncmp(place->shown, place->scheme, strlen(place->scheme)) == 0);
    MUST(place_is_clear(place) == (strcmp(place->scheme, "https") != 0));
    return true;
}

static void parse_with_password(const char *url)
{
    struct place place;
    char *with = NULL;
    const char *host = strstr(url, "://");
    if (!text_is_url(url) || strstr(url, "FUZZSECRET") != NULL || strcspn(host + 3, "@") < strcspn(host + 3, "/?#"))
        return;
    MUST(asprintf(&with, "%.*s://name:FUZZSECRET@%s", (int)(host - url), url, host + 3) >= 0);
    if (parse(with, &place))
        MUST(strstr(place.shown, "FUZZSECRET") == NULL && strstr(place.host, "FUZZSECRET") == NULL);
    free(with);
}

// ---- the way from URL to URL ---------------------------------------------------------------------------

static struct input script;
static unsigned hops;
static bool secure;

// No name server is asked.
int resolve(const struct place *place, char text[RESOLVE_TEXT_MAX], struct error *err)
{
    (void)place, (void)err;
    text[0] = '\0';
    return 0;
}

int transfer_run(struct transfer *transfer, const char *url, const struct place *place, const void *cacert, size_t cacert_size,
                 const char *resolved, long milliseconds, struct error *err)
{
    struct place same;
    (void)cacert, (void)cacert_size, (void)resolved, (void)err;
    MUST(parse(url, &same) && strcmp(same.shown, place->shown) == 0 && milliseconds > 0);
    MUST(!secure || !place_is_clear(place));
    secure = !place_is_clear(place);
    MUST(++hops <= FETCH_REDIRECTS_MAX + 1);
    if (script.size > 0)
        transfer->redirect = input_text(input_until(&script, '\n'));
    else
        transfer->content->size = transfer->content->limit;
    return 0;
}

void transfer_clear(struct transfer *transfer)
{
    free(transfer->redirect);
    *transfer = (struct transfer){ 0 };
}

static void note_clear(void *context, const struct place *place)
{
    MUST(place_is_clear(place) && ++*(unsigned *)context == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char byte;
    struct content content = { .bytes = &byte, .limit = 1 };
    struct error err = { 0 };
    struct place place;
    unsigned told = 0;
    script = (struct input){ data, size };
    hops = 0;
    secure = false;
    char *url = input_text(input_until(&script, '\n'));
    struct fetch_request request = { .url = url };
    parse(url, &place);
    parse_with_password(url);
    if (fetch(&request, &content, note_clear, &told, &err) < 0)
        MUST(err.text[0] != '\0' && text_is_line(err.text));
    else
        MUST(content.size == 1);
    free(url);
    return 0;
}
