// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whom this run trusts, and what the person is asked for it.  Touches: the helpers' channels.
//
// A p2v-transport that has to ask waits in PEER_ASKING with its question; the person sees one at a time.

#include <stdio.h>
#include <string.h>

#include "p2v-supervisor/conversion.h"

#define ANSWER_SECONDS 660         // for the person; p2v-transport's own limit is shorter, and says more
#define LOGIN_SECONDS 300          // for what comes after an answer

// Where a person names the server, they also decide on its host key.
static char ask_rule[] = "ask";
static char *ask_rules[] = { ask_rule };

void trust_login(struct supervisor *sup, struct peer *peer)
{
    const P2v__Connection *connection = sup->connection;
    const P2v__Settings *settings = sup->settings;
    struct secrets *secrets = sup->secrets;
    bool ask = sup->dialogs && settings->n_remote_hostkey == 0 && settings->remote_known_hosts[0] == '\0';
    P2v__Envelope envelope = MESSAGE(login, LOGIN, Login, .server = connection->remote_server, .port = (uint32_t)connection->remote_port,
        .username = connection->auth_username, .password = { secrets->password_size, secrets->password },
        .identity = { secrets->identity_size, secrets->identity }, .passphrase = { secrets->passphrase_size, secrets->passphrase },
        .host_keys = ask ? ask_rules : settings->remote_hostkey, .n_host_keys = ask ? 1 : settings->n_remote_hostkey,
        .known_hosts = { sup->known_hosts_size, sup->known_hosts }, .accepted_host_key = sup->host_key,
        .ciphers = settings->remote_ciphers, .n_ciphers = settings->n_remote_ciphers, .compress = settings->remote_compress);
    conversion_send(sup, peer, &envelope, NULL, 0, PEER_LOGGING_IN);
}

bool trust_holds(struct supervisor *sup, const char *fingerprint)
{
    if (sup->host_key[0] == '\0')
        snprintf(sup->host_key, sizeof sup->host_key, "%s", fingerprint);
    if (strcmp(sup->host_key, fingerprint) == 0)
        return true;
    conversion_fail(sup, "the host key of %s has changed since this run began: it was %s and is now %s. Somebody may be in between",
                    sup->connection->remote_server, sup->host_key, fingerprint);
    return false;
}

// ---- answers to a p2v-transport --------------------------------------------------------------------------------

static bool is_about_host_key(const struct peer *peer)
{
    return peer->question.envelope->body_case == P2V__ENVELOPE__BODY_HOST_KEY_ASK;
}

static void tell(struct supervisor *sup, struct peer *peer, const P2v__Envelope *answer)
{
    message_clear(&peer->question);
    conversion_send(sup, peer, answer, NULL, 0, PEER_LOGGING_IN);
}

static void answer(struct supervisor *sup, struct peer *peer, P2v__Answer word, ProtobufCBinaryData secret)
{
    if (is_about_host_key(peer))
        tell(sup, peer, &MESSAGE(host_key_answer, HOST_KEY_ANSWER, HostKeyAnswer, .answer = word));
    else
        tell(sup, peer, &MESSAGE(secret_answer, SECRET_ANSWER, SecretAnswer, .answer = word, .secret = secret));
}

// ---- questions -------------------------------------------------------------------------------------------------

static void ask_person(struct supervisor *sup, struct peer *peer)
{
    struct peer *ui = peer_of(sup, RUN_UI);
    struct error err = { 0 };
    if (ui != NULL && ui->state & (PEER_ASKED | PEER_STARTING))
        return;                        // later
    if (ui == NULL || ui->state != PEER_SHOWING || peer_send(ui, peer->question.envelope, NULL, 0, &err) < 0) {
        answer(sup, peer, P2V__ANSWER__ANSWER_NOBODY, (ProtobufCBinaryData){ 0 });
        return;
    }
    ui->state = PEER_ASKED;
    sup->asking_id = peer->id;
    if (sup->phase < PHASE_CONVERT)
        ending_deadline(sup, ANSWER_SECONDS);
}

// What needs no person, or needs none any more, is answered at once.
static void consider(struct supervisor *sup, struct peer *peer)
{
    const P2v__Envelope *question = peer->question.envelope;
    ProtobufCBinaryData passphrase = { sup->secrets->passphrase_size, sup->secrets->passphrase };
    bool about_key = is_about_host_key(peer), decided = about_key && (!question->host_key_ask->person || sup->host_key[0] != '\0');
    bool known = !about_key && question->secret_ask->kind == P2V__SECRET_KIND__SECRET_PASSPHRASE && !question->secret_ask->again && passphrase.len > 0;
    if (!decided && !known)
        ask_person(sup, peer);
    else if (known || trust_holds(sup, question->host_key_ask->fingerprint))
        answer(sup, peer, P2V__ANSWER__ANSWER_YES, passphrase);
}

void on_question(struct supervisor *sup, struct peer *peer, struct message *in)
{
    message_keep(&peer->question, in);
    consider(sup, peer);
}

void trust_ask_next(struct supervisor *sup)
{
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (sup->peers[i].id != 0 && sup->peers[i].state == PEER_ASKING)
            consider(sup, &sup->peers[i]);
}

// ---- answers of p2v-ui -----------------------------------------------------------------------------------------

// False where the conversion has ended of it.
static bool take_answer(struct supervisor *sup, const struct peer *peer, const P2v__Envelope *said)
{
    struct secrets *secrets = sup->secrets;
    if ((said->body_case == P2V__ENVELOPE__BODY_HOST_KEY_ANSWER) != is_about_host_key(peer)) {
        conversion_fail(sup, "p2v-ui has answered another question than it was asked");
        return false;
    }
    if (is_about_host_key(peer))
        return said->host_key_answer->answer != P2V__ANSWER__ANSWER_YES || trust_holds(sup, peer->question.envelope->host_key_ask->fingerprint);
    const P2v__SecretAnswer *secret = said->secret_answer;
    bool passphrase = peer->question.envelope->secret_ask->kind == P2V__SECRET_KIND__SECRET_PASSPHRASE;
    if (passphrase && secret->answer == P2V__ANSWER__ANSWER_YES && secret->secret.len > 0) {
        secrets->passphrase_size = secret->secret.len;       // at most SECRET_PASSWORD_MAX: check.c
        memcpy(secrets->passphrase, secret->secret.data, secret->secret.len);
    }
    return true;
}

void on_answer(struct supervisor *sup, struct peer *ui, struct message *in)
{
    struct peer *peer = peer_by_id(sup, sup->asking_id);
    if (ui->state == PEER_ASKED) {         // else the verdict came first
        ui->state = PEER_SHOWING;
        sup->asking_id = 0;
        if (sup->phase < PHASE_CONVERT)
            ending_deadline(sup, LOGIN_SECONDS);
        if (peer != NULL && peer->state == PEER_ASKING && take_answer(sup, peer, in->envelope))
            tell(sup, peer, in->envelope);
    }
    trust_ask_next(sup);
}
