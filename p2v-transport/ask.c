// SPDX-License-Identifier: GPL-2.0-or-later
//
// Questions of a login that only the person can answer.  Touches: the channel; by hand, standard input and error.
#include "p2v-transport/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "p2v-transport/link.h"
#include "proto/terminal.h"
#include "proto/text.h"

// Until `from` is readable: 0, or -1 with err where ten minutes pass, or the connection `fd` is closed by the server.
static int wait_for(int from, int fd, int64_t deadline, struct error *err)
{
    for (;;) {
        int64_t left = deadline - clock_ms();
        if (left <= 0)
            return error_set(err, "nobody answered within %d minutes", ASK_TIMEOUT_MS / 60000);
        struct pollfd fds[2] = { { .fd = from, .events = POLLIN }, { .fd = fd, .events = POLLRDHUP } };
        int n = poll(fds, 2, (int)left);
        if (n < 0 && errno != EINTR)
            return error_set_errno(err, errno, "cannot wait for an answer");
        if (n > 0 && fds[0].revents != 0)
            return 0;
        if (n > 0 && fds[1].revents != 0)
            return error_set(err, "the server did not wait for the answer: it closed the connection (LoginGraceTime in sshd_config there)");
    }
}

static enum ask_answer from_message(P2v__Answer answer)
{
    return answer == P2V__ANSWER__ANSWER_YES ? ASK_YES : answer == P2V__ANSWER__ANSWER_NO ? ASK_NO : ASK_NOBODY;
}

// Sends the question and waits for the one message that answers it.
static int converse(struct helper *helper, const P2v__Envelope *question, P2v__Envelope__BodyCase wanted, int fd, struct message *in,
                    struct error *err)
{
    if (helper_send(helper, question, NULL, 0) < 0 || wait_for(CHANNEL_FD, fd, clock_ms() + ASK_TIMEOUT_MS, err) < 0)
        return err->text[0] != '\0' ? -1 : error_set(err, "the supervisor has gone");
    enum channel_result result = channel_receive(CHANNEL_FD, true, in, err);
    if (result == CHANNEL_BROKEN)
        return -1;
    if (result != CHANNEL_MESSAGE)
        return error_set(err, "the supervisor has gone");
    if (in->envelope->body_case == wanted)
        return 0;
    return error_set(err, "p2v-transport was sent %s in place of an answer", message_name(in->envelope->body_case));
}

// ---- by hand ---------------------------------------------------------------------------------------------------

// One write(), and nothing else: what is to be seen stands there before anything is read.
static void show(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return;                        // then nobody reads the question, and nobody answers
}

// The terminal is set up first: a secret that is typed at once must not be seen, nor thrown away.
static enum ask_answer read_line(const char *question, struct terminal *terminal, bool echo, int fd, struct error *err)
{
    int64_t deadline = clock_ms() + ASK_TIMEOUT_MS;
    terminal_begin(terminal, echo);
    show(question);
    for (;;) {
        if (wait_for(STDIN_FILENO, fd, deadline, err) < 0)
            return ASK_FAILED;
        switch (terminal_read(terminal)) {
        case TERMINAL_LINE:
            return ASK_YES;
        case TERMINAL_TOO_LONG:
            return ASK_NO;
        case TERMINAL_END:
            return ASK_NOBODY;
        default:
            break;
        }
    }
}

static enum ask_answer host_key_by_hand(const char *server, const struct host_key *key, struct error *err)
{
    char text[640];
    struct terminal terminal;
    if (!terminal_is_there())
        return ASK_NOBODY;
    snprintf(text, sizeof text, "The host key of %s is %s %s.\nIs that the conversion server's own? (yes/no) ", server, key->type, key->fingerprint);
    enum ask_answer answer = read_line(text, &terminal, true, -1, err);
    if (answer == ASK_YES && strcmp(terminal.line, "yes") != 0)
        answer = ASK_NO;
    terminal_end(&terminal);
    return answer;
}

static enum ask_answer secret_by_hand(const P2v__SecretAsk *question, int fd, char *secret, struct error *err)
{
    char text[400];
    struct terminal terminal;
    bool passphrase = question->kind == P2V__SECRET_KIND__SECRET_PASSPHRASE;
    if (!terminal_is_there())
        return ASK_NOBODY;
    snprintf(text, sizeof text, "%s%s%s", question->again ? "That was not it. " : "",
             passphrase ? "Passphrase of the SSH identity: " : "The server asks: ", question->prompt);
    enum ask_answer answer = read_line(text, &terminal, question->echo, fd, err);
    if (answer == ASK_YES)
        memcpy(secret, terminal.line, ASK_SECRET_SIZE);
    terminal_end(&terminal);
    return answer;
}

// ---- the questions ---------------------------------------------------------------------------------------------

enum ask_answer ask_host_key(struct helper *helper, const char *server, const struct host_key *key, bool person, struct error *err)
{
    if (helper->by_hand)
        return person ? host_key_by_hand(server, key, err) : ASK_YES;
    P2v__HostKeyAsk ask = P2V__HOST_KEY_ASK__INIT;
    ask.server = (char *)(uintptr_t)server;
    ask.type = (char *)(uintptr_t)key->type;
    ask.fingerprint = (char *)(uintptr_t)key->fingerprint;
    ask.person = person;
    P2v__Envelope envelope = ENVELOPE(host_key_ask, HOST_KEY_ASK, &ask);
    struct message in = { 0 };
    enum ask_answer answer = ASK_FAILED;
    if (converse(helper, &envelope, P2V__ENVELOPE__BODY_HOST_KEY_ANSWER, -1, &in, err) == 0)
        answer = from_message(in.envelope->host_key_answer->answer);
    message_clear(&in);
    return answer;
}

enum ask_answer ask_secret(struct helper *helper, const P2v__SecretAsk *question, int fd, char *secret, struct error *err)
{
    char prompt[257];
    snprintf(prompt, sizeof prompt, "%s", question->prompt);
    text_clean_line(prompt);
    P2v__SecretAsk cleaned = *question;
    cleaned.prompt = prompt;
    if (helper->by_hand)
        return secret_by_hand(&cleaned, fd, secret, err);
    P2v__Envelope envelope = ENVELOPE(secret_ask, SECRET_ASK, &cleaned);
    struct message in = { 0 };
    enum ask_answer answer = ASK_FAILED;
    if (converse(helper, &envelope, P2V__ENVELOPE__BODY_SECRET_ANSWER, fd, &in, err) == 0) {
        const ProtobufCBinaryData *given = &in.envelope->secret_answer->secret;
        answer = from_message(in.envelope->secret_answer->answer);
        memset(secret, 0, ASK_SECRET_SIZE);
        if (given->len > 0)
            memcpy(secret, given->data, given->len);       // at most 1024 bytes: check.c
    }
    message_clear(&in);
    return answer;
}
