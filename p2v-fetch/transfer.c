// SPDX-License-Identifier: GPL-2.0-or-later
//
// One transfer: every option that libcurl is given, and what comes back, bounded.  Touches: the network.
#include "p2v-fetch/transfer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// libcurl is told that nothing was taken, and ends the transfer.
static size_t on_content(char *data, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;
    struct content *content = transfer->content;
    (void)one;
    if (size > content->limit - content->size) {
        transfer->too_large = true;
        return 0;
    }
    memcpy(content->bytes + content->size, data, size);
    content->size += size;
    return size;
}

static size_t on_header(char *data, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;
    (void)data, (void)one;
    transfer->header_bytes += size;
    return transfer->header_bytes <= TRANSFER_HEADERS_MAX ? size : 0;
}

// All that differs from libcurl's defaults, and the defaults that matter.  False where this libcurl lacks one of them.
static bool set_options(CURL *easy, struct transfer *transfer, const char *url, const struct place *place, struct curl_slist *addresses,
                        long milliseconds)
{
    const struct { CURLoption option; long value; } numbers[] = {
        { CURLOPT_NOSIGNAL, 1 },
        { CURLOPT_FOLLOWLOCATION, 0 },                 // fetch.c decides
        { CURLOPT_FAILONERROR, 1 },
        { CURLOPT_TIMEOUT_MS, milliseconds },
        { CURLOPT_CONNECTTIMEOUT, TRANSFER_CONNECT_SECONDS },
        { CURLOPT_NETRC, CURL_NETRC_IGNORED },
        { CURLOPT_HTTPAUTH, CURLAUTH_BASIC },          // if the URL has a user name
        { CURLOPT_UNRESTRICTED_AUTH, 0 },
        { CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },   // no HTTP/2: much code, and nothing to win for one small file
        { CURLOPT_HTTP09_ALLOWED, 0 },
        { CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
        { CURLOPT_SSL_VERIFYPEER, 1 },
        { CURLOPT_SSL_VERIFYHOST, 2 },
        { CURLOPT_FTP_SKIP_PASV_IP, 1 },               // FTP's data come from the same host, whatever it says
    };
    const struct { CURLoption option; const void *value; } pointers[] = {
        { CURLOPT_URL, url },
        { CURLOPT_PROTOCOLS_STR, place->scheme },
        { CURLOPT_PROXY, "" },                         // and not the environment's
        { CURLOPT_NOPROXY, "*" },
        { CURLOPT_CAPATH, NULL },                      // the bundle alone, which policy.c shows
        { CURLOPT_RESOLVE, addresses },
        { CURLOPT_USERAGENT, "virt-p2v/" P2V_VERSION },
        { CURLOPT_ERRORBUFFER, transfer->words },
        { CURLOPT_WRITEDATA, transfer },
        { CURLOPT_HEADERDATA, transfer },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (curl_easy_setopt(easy, numbers[i].option, numbers[i].value) != CURLE_OK)
            return false;
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
        if (curl_easy_setopt(easy, pointers[i].option, pointers[i].value) != CURLE_OK)
            return false;
    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_content) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK;
}

static bool trust(CURL *easy, const void *cacert, size_t cacert_size)
{
    struct curl_blob blob = { .data = (void *)(uintptr_t)cacert, .len = cacert_size, .flags = CURL_BLOB_NOCOPY };
    if (cacert_size == 0)
        return true;
    return curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK && curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK;
}

static int perform(CURL *easy, struct transfer *transfer, const struct place *place, struct error *err)
{
    char *redirect = NULL;
    curl_off_t connected = 0;
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
    transfer->connected = connected > 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &transfer->status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &transfer->system_error);
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &transfer->verification);
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &redirect);
    bool http = strncmp(place->scheme, "http", 4) == 0;
    if (code == CURLE_OK && redirect != NULL) {
        transfer->redirect = strdup(redirect);
        return transfer->redirect != NULL ? 0 : error_set(err, "out of memory");
    }
    return code == CURLE_OK && (!http || transfer->status == 200) ? 0 : transfer_explain(transfer, place, code, err);
}

int transfer_run(struct transfer *transfer, const char *url, const struct place *place, const void *cacert, size_t cacert_size,
                 const char *resolved, long milliseconds, struct error *err)
{
    transfer->content->size = 0;
    CURL *easy = curl_easy_init();
    struct curl_slist *addresses = curl_slist_append(NULL, resolved);
    int rc = -1;
    if (easy == NULL || addresses == NULL)
        error_set(err, "out of memory");
    else if (!set_options(easy, transfer, url, place, addresses, milliseconds) || !trust(easy, cacert, cacert_size))
        error_set(err, "libcurl on this machine (%s) lacks what %s:// needs", curl_version_info(CURLVERSION_NOW)->version, place->scheme);
    else
        rc = perform(easy, transfer, place, err);
    curl_easy_cleanup(easy);
    curl_slist_free_all(addresses);
    return rc;
}

void transfer_clear(struct transfer *transfer)
{
    free(transfer->redirect);
    *transfer = (struct transfer){ 0 };
}
