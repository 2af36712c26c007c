// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-fetch: the content of one URL, of an SSH key or of known host keys.  Under the supervisor it answers FetchStart with
// Fetched; by hand it writes the content to its standard output.  It is the one program with libcurl, and talks to nothing
// but the URL's server and the name servers.  What it may do is in policy.c.
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "p2v-fetch/fetch.h"
#include "p2v-fetch/policy.h"
#include "proto/helper.h"
#include "proto/small-file.h"

#define PIECE_MAX 32768                // bytes of one Fetched
#define BY_HAND_LIMIT (1024 * 1024)
#define CACERT_MAX 32768

static const char usage[] =
    "p2v-fetch: the content of one URL: https://, http://, ftp:// or tftp://.\n"
    "\n"
    "p2v-supervisor runs it to get an SSH key (p2v.identity) and known host keys (p2v.known_hosts).\n"
    "By hand: p2v-fetch URL > FILE\n"
    "\n"
    "  --cacert FILE     for https://: trust the CA certificates of FILE (PEM) in place of the system's\n"
    "  --print-sandbox[=json]\n"
    "                    print what this program may do, and what the kernel enforces of it\n"
    "  --no-sandbox      do not lock this process (by hand alone)\n"
    "  -h, --help        this text\n"
    "  -V, --version     version\n";

enum { OPTION_CACERT = 1 };

static const struct option own_options[] = {
    { "cacert", required_argument, NULL, OPTION_CACERT },
    { NULL },
};

struct cacert {
    size_t size;
    unsigned char bytes[CACERT_MAX];
};

static bool take_option(int option, const char *argument, void *context)
{
    struct cacert *cacert = context;
    if (option != OPTION_CACERT)
        return false;
    struct error err = { 0 };
    if (small_file_read(argument, cacert->bytes, CACERT_MAX, &cacert->size, &err) == 0 && cacert->size > 0)
        return true;
    if (err.text[0] == '\0')
        error_set(&err, "%s is empty", argument);
    fprintf(stderr, "p2v-fetch: %s\n", err.text);
    return false;
}

static void warn_clear(void *context, const struct place *place)
{
    helper_note(context, P2V__LEVEL__WARNING, "%s is fetched unencrypted: whoever listens on the network can read it, and change it; use https:// "
                "for a private key", place->shown);
}

// Fetches at most limit bytes, and hands them on.  An exit status; what fails has been told.
static int fetch_for(struct helper *helper, const struct fetch_request *request, size_t limit,
                     int (*deliver)(struct helper *helper, const struct content *content))
{
    struct error err = { 0 };
    struct content content = { .bytes = malloc(limit), .limit = limit };
    int status = EXIT_FAILED, rc = content.bytes != NULL ? fetch(request, &content, warn_clear, helper, &err) : error_set(&err, "out of memory");
    if (rc == TRANSFER_AWAY)
        helper_lost(helper, "%s", err.text);
    else if (rc < 0)
        helper_fail(helper, "%s", err.text);
    else
        status = deliver(helper, &content);
    if (content.bytes != NULL)
        explicit_bzero(content.bytes, content.size);
    free(content.bytes);
    return status;
}

// ---- under the supervisor ------------------------------------------------------------------------------

static int send_content(struct helper *helper, const struct content *content)
{
    for (size_t sent = 0; sent < content->size;) {
        size_t left = content->size - sent, size = left < PIECE_MAX ? left : PIECE_MAX;
        P2v__Fetched fetched = P2V__FETCHED__INIT;
        fetched.content = (ProtobufCBinaryData){ .len = size, .data = content->bytes + sent };
        fetched.more = size < left;
        P2v__Envelope envelope = ENVELOPE(fetched, FETCHED, &fetched);
        if (helper_send(helper, &envelope, NULL, 0) < 0)
            return EXIT_FAILED;
        sent += size;
    }
    return EXIT_OK;
}

static int answer(struct helper *helper, const P2v__FetchStart *start)
{
    const struct fetch_request request = { .url = start->url, .cacert = start->cacert.data, .cacert_size = start->cacert.len };
    return fetch_for(helper, &request, start->limit, send_content);
}

// One URL a process: the next one's server then finds nothing of this one's here.
static int serve(struct helper *helper)
{
    struct message in = { 0 };
    int received = helper_receive(helper, &in);
    int status = received == 0 ? EXIT_OK : EXIT_FAILED;
    if (received == 1)
        status = in.envelope->body_case == P2V__ENVELOPE__BODY_FETCH_START ? answer(helper, in.envelope->fetch_start) :
                 helper_unexpected(helper, &in);
    message_clear(&in);
    return status;
}

// ---- by hand -------------------------------------------------------------------------------------------

static int write_content(struct helper *helper, const struct content *content)
{
    for (size_t written = 0; written < content->size;) {
        ssize_t n = write(STDOUT_FILENO, content->bytes + written, content->size - written);
        if (n < 0 && errno != EINTR)
            return helper_fail(helper, "standard output cannot be written: %s", strerror(errno));
        written += n > 0 ? (size_t)n : 0;
    }
    return EXIT_OK;
}

static int by_hand(struct helper *helper, const char *url, const struct cacert *cacert)
{
    const struct fetch_request request = { .url = url, .cacert = cacert->bytes, .cacert_size = cacert->size };
    return fetch_for(helper, &request, BY_HAND_LIMIT, write_content);
}

// A URL may have a password in it, and /proc/PID/cmdline is for everybody to read.
static char *take_url(char *argument)
{
    char *url = strdup(argument);
    explicit_bzero(argument, strlen(argument));
    return url;
}

int main(int argc, char *argv[])
{
    struct helper helper = { .policy = &fetch_policy };
    static struct cacert cacert;
    int status;

    int first = helper_options(&helper, argc, argv, usage, own_options, take_option, &cacert, &status);
    if (first < 0)
        return status;
    if (argc - first != (helper.by_hand ? 1 : 0)) {
        fprintf(stderr, "p2v-fetch: run by hand it takes one URL. Try 'p2v-fetch --help'.\n");
        return EXIT_USAGE;
    }
    char *url = helper.by_hand ? take_url(argv[first]) : NULL;
    signal(SIGPIPE, SIG_IGN);          // a server that closes is an error, not an end
    // OpenSSL reads its configuration when it is first used: that must be before the lock.
    status = EXIT_FAILED;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (helper.by_hand && url == NULL))
        helper_fail(&helper, "libcurl cannot be set up");
    else if (helper_lock(&helper) == 0)
        status = helper.by_hand ? by_hand(&helper, url, &cacert) : serve(&helper);
    free(url);
    return status;
}
