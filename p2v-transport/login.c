// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a server's name to a logged-in SSH connection.  Touches: the resolver, the network; asks the person.
//
// Nothing secret goes to a server before its host key has been accepted.
#include "p2v-transport/login.h"

#include <stdio.h>
#include <string.h>

#include "p2v-transport/ask.h"
#include "p2v-transport/authenticate.h"
#include "p2v-transport/handshake.h"
#include "p2v-transport/private-key.h"

#define SKIPPED_MAX 5             // lines of a known_hosts file that are told one by one

// ---- the known_hosts file --------------------------------------------------------------------------------------

struct skipped {
    struct helper *helper;
    unsigned count;
    bool told;                     // by an earlier connection of the run
};

static void tell_skipped(void *context, unsigned line, const char *why)
{
    struct skipped *skipped = context;
    if (++skipped->count <= SKIPPED_MAX && !skipped->told)
        helper_note(skipped->helper, P2V__LEVEL__WARNING, "line %u of the known_hosts file is skipped: %s", line, why);
}

static int read_known_hosts(struct helper *helper, const P2v__Login *login, struct known_hosts *known, struct error *err)
{
    struct skipped skipped = { .helper = helper, .told = login->accepted_host_key[0] != '\0' };
    known->text = (const char *)login->known_hosts.data;
    known->size = login->known_hosts.len;
    known_hosts_name(login->server, login->port, known->name, sizeof known->name);
    if (known_hosts_check(known, tell_skipped, &skipped, err) < 0)
        return -1;
    if (skipped.count > SKIPPED_MAX && !skipped.told)
        helper_note(helper, P2V__LEVEL__WARNING, "%u more lines of the known_hosts file are skipped", skipped.count - SKIPPED_MAX);
    return 0;
}

// ---- the host key ----------------------------------------------------------------------------------------------

// The supervisor keeps the first key of a run, and the person is told loudly that it was taken on trust.
static int take_first(struct helper *helper, const struct known_hosts *known, const struct host_key *key, struct error *err)
{
    struct error why = { 0 };
    enum ask_answer answer = ask_host_key(helper, known->name, key, false, &why);
    if (answer == ASK_FAILED)
        return error_set(err, "the host key of %s could not be accepted: %s", known->name, why.text);
    if (answer != ASK_YES)
        return error_set(err, "the host key of %s, %s %s, is not accepted", known->name, key->type, key->fingerprint);
    helper_note(helper, P2V__LEVEL__WARNING, "NOBODY HAS CHECKED that %s is the server that is meant: its host key %s %s is trusted because it is the "
                "first one seen; p2v.hostkey=%s pins it", known->name, key->type, key->fingerprint, key->fingerprint);
    return 0;
}

static int ask_person(struct helper *helper, const struct known_hosts *known, const struct host_key *key, struct error *err)
{
    struct error why = { 0 };
    switch (ask_host_key(helper, known->name, key, true, &why)) {
    case ASK_YES:
        return 0;
    case ASK_NO:
        return error_set(err, "the host key of %s, %s %s, has been refused: nothing secret was sent there", known->name, key->type, key->fingerprint);
    case ASK_NOBODY:
        return error_set(err, "nobody is there to say whether %s %s is the host key of %s: give it as p2v.hostkey if it is", key->type,
                         key->fingerprint, known->name);
    default:
        return error_set(err, "the host key of %s, %s %s, was not accepted: %s", known->name, key->type, key->fingerprint, why.text);
    }
}

// Makes a connection to a server whose host key is accepted.  While the person thinks there is none: servers give a login little
// time (LoginGraceTime), people take theirs.
static int reach(struct helper *helper, const P2v__Login *login, const struct known_hosts *known, struct link *link, int64_t *deadline,
                 struct login_facts *facts, struct error *err)
{
    struct host_key key = { .key = NULL };
    char accepted[SSH_FINGERPRINT_SIZE];
    int rc = -1;
    snprintf(accepted, sizeof accepted, "%s", login->accepted_host_key);
    for (bool again = true; again;) {
        again = false;
        *deadline = clock_ms() + LOGIN_TIMEOUT_MS;
        if (handshake(login, known, link, *deadline, err) < 0 || host_key_take(link->session, &key, err) < 0)
            break;
        snprintf(facts->fingerprint, sizeof facts->fingerprint, "%s", key.fingerprint);
        switch (host_key_judge(login, known, &key, accepted, err)) {
        case HOST_KEY_GOOD:
            rc = 0;
            break;
        case HOST_KEY_FIRST:
            rc = take_first(helper, known, &key, err);
            link->refused = rc < 0;
            break;
        case HOST_KEY_ASK:
            link_close(link);
            again = ask_person(helper, known, &key, err) == 0;
            link->refused = !again;
            snprintf(accepted, sizeof accepted, "%s", key.fingerprint);
            break;
        case HOST_KEY_BAD:
            link->refused = true;
            break;
        }
        host_key_free(&key);
    }
    return rc;
}

// ----------------------------------------------------------------------------------------------------------------

static int enter(struct helper *helper, const P2v__Login *login, struct link *link, struct login_facts *facts, struct error *err)
{
    struct known_hosts known = { .size = 0 };
    ssh_key key = NULL;
    int64_t deadline;
    int rc = -1;
    link->refused = (login->identity.len > 0 && private_key_read(helper, login, &key, err) < 0) ||
                    read_known_hosts(helper, login, &known, err) < 0;
    if (link->refused || reach(helper, login, &known, link, &deadline, facts, err) < 0 ||
        authenticate(helper, link, login, key, deadline, err) < 0)
        goto out;
    const char *cipher = ssh_get_cipher_out(link->session);
    snprintf(facts->cipher, sizeof facts->cipher, "%s", cipher != NULL ? cipher : "unknown");
    link->event = ssh_event_new();
    if (link->event == NULL || ssh_event_add_session(link->event, link->session) != SSH_OK) {
        error_set(err, "out of memory");
        goto out;
    }
    link->heard_at = clock_ms();
    rc = 0;
out:
    ssh_key_free(key);
    return rc;
}

static void wipe(ProtobufCBinaryData *secret)
{
    if (secret->len > 0)
        explicit_bzero(secret->data, secret->len);
}

int login(struct helper *helper, P2v__Login *request, struct link *link, struct login_facts *facts, struct error *err)
{
    *link = (struct link){ .fd = -1 };
    int rc = enter(helper, request, link, facts, err);
    wipe(&request->password);
    wipe(&request->identity);
    wipe(&request->passphrase);
    if (rc < 0)
        link_close(link);
    return rc;
}
