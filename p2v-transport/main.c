// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport: one SSH connection to the conversion server.  Its role is what the supervisor asks of it after the login:
// TestConnection, ForwardStart (one disk's bytes), or Attachment and ConversionStart (the conversion).
// Touches: the network, the supervisor's channel, a disk's data channel.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-transport/bundle.h"
#include "p2v-transport/by-hand-forward.h"
#include "p2v-transport/by-hand-run.h"
#include "p2v-transport/by-hand.h"
#include "p2v-transport/features.h"
#include "p2v-transport/forward.h"
#include "p2v-transport/job.h"
#include "p2v-transport/login.h"
#include "p2v-transport/lost.h"
#include "p2v-transport/policy.h"
#include "proto/helper.h"

static const char usage[] =
    "p2v-transport: one SSH connection to the conversion server.  Started by p2v-supervisor.\n"
    "\n"
    "By hand:\n"
    "  p2v-transport test-connection --server NAME --user NAME [OPTION]...\n"
    "                            logs in and asks virt-v2v there what it can do\n"
    "  p2v-transport run --server NAME --user NAME [OPTION]... -- COMMAND [WORD]...\n"
    "                            runs a command there; ends with its exit status\n"
    "  p2v-transport forward --server NAME --user NAME [OPTION]... --unix SOCKET\n"
    "                            prints a port of the server's loopback; connections to it\n"
    "                            go to the Unix socket SOCKET here\n"
    "      --port NUMBER         22 if not given\n"
    "      --identity FILE       a private key; its passphrase is asked for on the terminal\n"
    "      --password-file FILE  its first line is the password\n"
    "      --sudo                virt-v2v is run by 'sudo -n'\n"
    "      --hostkey LIST        fingerprints (SHA256:...) the host key may have, 'required' or 'ask'\n"
    "      --known-hosts FILE    a known_hosts file that the host key must be in\n"
    "      --ciphers LIST        ciphers to use, the best first\n"
    "      --compress            compress what goes through SSH\n"
    "  p2v-transport --print-sandbox[=json]   what this program may do, and what this kernel enforces of it\n"
    "      --no-sandbox          by hand only: keep every right\n"
    "      --help  --version\n";

// ---- the roles -------------------------------------------------------------------------------------------------

static int send_features(struct helper *helper, struct features *features)
{
    char *input[FEATURES_DRIVERS_MAX], *output[FEATURES_DRIVERS_MAX];
    for (size_t i = 0; i < features->input_count; i++)
        input[i] = features->input[i];
    for (size_t i = 0; i < features->output_count; i++)
        output[i] = features->output[i];
    P2v__Features message = P2V__FEATURES__INIT;
    message.version = features->version;
    message.input_drivers = input;
    message.n_input_drivers = features->input_count;
    message.output_drivers = output;
    message.n_output_drivers = features->output_count;
    P2v__Envelope envelope = ENVELOPE(features, FEATURES, &message);
    return helper_send(helper, &envelope, NULL, 0);
}

static int test_connection(struct helper *helper, struct link *link, const P2v__TestConnection *test)
{
    struct error err = { 0 };
    struct features features;
    if (features_ask(link, test->sudo, &features, &err) < 0)
        return lost_or_failed(helper, link, &err);
    if (features_check(&features, link->server, test->output_mode, &err) < 0)
        return helper_fail(helper, "%s", err.text);
    if (send_features(helper, &features) < 0)
        return EXIT_FAILED;
    struct message in = { 0 };
    int rc = helper_receive(helper, &in);       // the supervisor goes: there is nothing else to ask
    int status = rc == 0 ? EXIT_OK : rc < 0 ? EXIT_FAILED : helper_unexpected(helper, &in);
    message_clear(&in);
    return status;
}

// Waits for the supervisor while the connection is kept alive.  As helper_receive().
static int next_message(struct helper *helper, struct link *link, struct message *in)
{
    struct error err = { 0 };
    for (;;) {
        struct pollfd fds[2] = { { 0 }, { .fd = CHANNEL_FD, .events = POLLIN } };
        if (link_wait(link, fds, 2, -1, &err) < 0) {
            lost_or_failed(helper, link, &err);
            return -1;
        }
        if (fds[1].revents != 0)
            return helper_receive(helper, in);
    }
}

static bool is_preparation(P2v__Envelope__BodyCase body)
{
    return body == P2V__ENVELOPE__BODY_ATTACHMENT || body == P2V__ENVELOPE__BODY_BANDWIDTH_LIMIT;
}

// The first message after the login that prepares nothing decides the role.
static int serve(struct helper *helper, struct link *link)
{
    struct bundle attachments = { 0 };
    struct error err = { 0 };
    struct message in = { 0 };
    int rc, status = EXIT_FAILED;
    while ((rc = next_message(helper, link, &in)) > 0 && is_preparation(in.envelope->body_case)) {
        rc = in.envelope->body_case == P2V__ENVELOPE__BODY_ATTACHMENT ?
             bundle_add_fd(&attachments, in.envelope->attachment->name, in.fds[0], &err) :
             limit_open(&link->limit, in.fds[0], in.envelope->bandwidth_limit->bits_per_second, &err);
        message_clear(&in);
        if (rc < 0)
            break;
    }
    if (rc == 0)
        status = EXIT_OK;
    else if (rc < 0 && err.text[0] != '\0')
        helper_fail(helper, "%s", err.text);
    else if (rc > 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_CONVERSION_START)
        status = job_convert(helper, link, in.envelope->conversion_start, &attachments);
    else if (rc > 0 && attachments.count == 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_TEST_CONNECTION)
        status = test_connection(helper, link, in.envelope->test_connection);
    else if (rc > 0 && attachments.count == 0 && in.envelope->body_case == P2V__ENVELOPE__BODY_FORWARD_START)
        status = forward_serve(helper, link, in.envelope->forward_start, in.fds[0]);
    else if (rc > 0)
        helper_unexpected(helper, &in);
    message_clear(&in);
    bundle_free(&attachments);
    return status;
}

static int send_logged_in(struct helper *helper, struct login_facts *facts)
{
    P2v__LoggedIn message = P2V__LOGGED_IN__INIT;
    message.fingerprint = facts->fingerprint;
    message.cipher = facts->cipher;
    P2v__Envelope envelope = ENVELOPE(logged_in, LOGGED_IN, &message);
    return helper_send(helper, &envelope, NULL, 0);
}

static int run_for_supervisor(struct helper *helper)
{
    struct message in = { 0 };
    struct error err = { 0 };
    struct link link = { .fd = -1 };
    struct login_facts facts = { 0 };
    int rc = helper_receive(helper, &in), status = EXIT_FAILED;
    if (rc == 0)
        status = EXIT_OK;
    else if (rc > 0 && in.envelope->body_case != P2V__ENVELOPE__BODY_LOGIN)
        helper_unexpected(helper, &in);
    else if (rc > 0 && login(helper, in.envelope->login, &link, &facts, &err) < 0) {
        link.lost = !link.refused;
        lost_or_failed(helper, &link, &err);
    }
    message_clear(&in);
#ifdef M_PERTURB
    mallopt(M_PERTURB, 0);             // nothing secret is freed from here on, and every byte of a disk would be paid for
#endif
    if (link.session != NULL && send_logged_in(helper, &facts) == 0)
        status = serve(helper, &link);
    link_close(&link);
    return status;
}

// ---- by hand ---------------------------------------------------------------------------------------------------

static int test_by_hand(struct helper *helper, struct link *link, bool sudo, const struct login_facts *facts)
{
    struct error err = { 0 };
    struct features features;
    if (features_ask(link, sudo, &features, &err) < 0)
        return helper_fail(helper, "%s", err.text);
    return by_hand_print(facts, &features) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int run_by_hand(struct helper *helper, struct by_hand *hand)
{
    struct error err = { 0 };
    struct link link = { .fd = -1 };
    struct login_facts facts = { 0 };
    int status = hand->task == BY_HAND_RUN ? BY_HAND_RUN_LOST : EXIT_FAILED;
    if (login(helper, &hand->login, &link, &facts, &err) < 0)
        helper_fail(helper, "%s", err.text);
    else if (hand->task == BY_HAND_TEST)
        status = test_by_hand(helper, &link, hand->sudo, &facts);
    else if (hand->task == BY_HAND_FORWARD)
        status = by_hand_forward(helper, &link, hand->data_channel);
    else
        status = by_hand_run(helper, &link, hand->command);
    link_close(&link);
    free(hand->command);
    return status;
}

// libssh and OpenSSL read their configuration when they are first used: that must be before the lock.
static void initialise_crypto(void)
{
    ssh_key unused = NULL;
    ssh_init();
    ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &unused);
    ssh_key_free(unused);
}

int main(int argc, char *argv[])
{
    struct helper helper = { .policy = &transport_policy };
    struct by_hand hand = { .login = P2V__LOGIN__INIT };
    int status = EXIT_OK;
    hand.login.port = 22;
    int operand = helper_options(&helper, argc, argv, usage, by_hand_options, by_hand_option, &hand, &status);
    if (operand < 0)
        return status;
    if (helper.by_hand ? !by_hand_complete(&hand, argc - operand, argv + operand) : operand != argc)
        return EXIT_USAGE;
    if (hand.task == BY_HAND_FORWARD && (hand.data_channel = by_hand_forward_prepare(hand.unix_socket)) < 0)
        return EXIT_FAILED;
    if (!by_hand_read(&hand))          // after the fork of `forward`: its child has no password
        return EXIT_USAGE;
    initialise_crypto();
    if (helper_lock(&helper) < 0)
        return EXIT_FAILED;
    return helper.by_hand ? run_by_hand(&helper, &hand) : run_for_supervisor(&helper);
}
