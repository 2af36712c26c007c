// SPDX-License-Identifier: GPL-2.0-or-later
//
// An SSH server (libssh's server side) that writes down who asks it for what, and asks questions back.  For transport-trust.t.
// transport-asker KEYFILE MODE: prints its port on 127.0.0.1, then a line for every connection ("connection"), key exchange
// ("exchanged"), authentication request ("auth METHOD") and answer ("answer TEXT"); ends when it is killed.
//   refuse   lets nobody in
//   ask      lets in who answers "Password: " (unseen) and "Code: " (seen) in one round, then "More: " (unseen) in a second one
//   many     asks a hundred questions at once
//   endless  asks one question after the other without end
//   bad      asks with escapes and newlines in the question
//   hang     asks a question and goes away two seconds later
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUESTIONS 100

static const char *mode;
static const char *questions[QUESTIONS];
static char echoes[QUESTIONS];

static void say(const char *what, const char *more)
{
    printf("%s%s%s\n", what, more[0] != '\0' ? " " : "", more);
    fflush(stdout);
}

static const char *method_name(int method)
{
    return method == SSH_AUTH_METHOD_NONE ? "none" : method == SSH_AUTH_METHOD_PASSWORD ? "password" :
           method == SSH_AUTH_METHOD_PUBLICKEY ? "publickey" : method == SSH_AUTH_METHOD_INTERACTIVE ? "interactive" : "other";
}

static int ask(ssh_message message, unsigned count, const char *first, const char *second, bool seen)
{
    questions[0] = first;
    questions[1] = second;
    echoes[0] = 0;
    echoes[1] = seen;
    return ssh_message_auth_interactive_request(message, "name", "instruction", count, questions, echoes);
}

static bool good_answers(ssh_session session, int round)
{
    const char *wanted[2][2] = { { "secret", "123456" }, { "more", "" } };
    int count = ssh_userauth_kbdint_getnanswers(session);
    bool good = count == (round == 0 ? 2 : 1);
    for (int i = 0; i < count; i++) {
        const char *answer = ssh_userauth_kbdint_getanswer(session, (unsigned)i);
        say("answer", answer);
        good = good && strcmp(answer, wanted[round][i]) == 0;
    }
    return good;
}

static int on_interactive(ssh_session session, ssh_message message, int *round)
{
    if (!ssh_message_auth_kbdint_is_response(message)) {
        *round = 0;
        if (strcmp(mode, "many") == 0)
            return ask(message, QUESTIONS, "first", "second", true);
        if (strcmp(mode, "bad") == 0)
            return ask(message, 1, "\x1b[2J\xff\nvirt-p2v: passphrase of the SSH identity: ", "", true);
        return ask(message, 2, "Password: ", "Code: ", true);
    }
    if (strcmp(mode, "endless") == 0)
        return ask(message, 1, "Password: ", "", true);
    if (!good_answers(session, *round))
        return ssh_message_reply_default(message);
    return (*round)++ == 0 ? ask(message, 1, "More: ", "", true) : ssh_message_auth_reply_success(message, 0);
}

static int on_auth(ssh_session session, ssh_message message, int *round)
{
    int method = ssh_message_subtype(message);
    say("auth", method_name(method));
    ssh_message_auth_set_methods(message, strcmp(mode, "refuse") == 0 ? SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_PUBLICKEY :
                                 SSH_AUTH_METHOD_INTERACTIVE);
    if (method == SSH_AUTH_METHOD_INTERACTIVE && strcmp(mode, "refuse") != 0)
        return on_interactive(session, message, round);
    return ssh_message_reply_default(message);
}

static void serve(int fd, const char *key)
{
    ssh_bind server = ssh_bind_new();
    ssh_session session = ssh_new();
    bool off = false;
    long patience = 3;             // seconds: libssh does not notice a client that goes in mid-exchange
    int round = 0;
    ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &patience);
    ssh_bind_options_set(server, SSH_BIND_OPTIONS_PROCESS_CONFIG, &off);
    ssh_bind_options_set(server, SSH_BIND_OPTIONS_HOSTKEY, key);
    if (ssh_bind_accept_fd(server, session, fd) == SSH_OK && ssh_handle_key_exchange(session) == SSH_OK) {
        say("exchanged", "");
        for (ssh_message message; (message = ssh_message_get(session)) != NULL; ssh_message_free(message)) {
            int rc = ssh_message_type(message) == SSH_REQUEST_AUTH ? on_auth(session, message, &round) : ssh_message_reply_default(message);
            if (strcmp(mode, "hang") == 0 && ssh_message_subtype(message) == SSH_AUTH_METHOD_INTERACTIVE) {
                sleep(2);
                shutdown(fd, SHUT_RDWR);
            }
            if (rc != 0)
                say("failed", ssh_get_error(session));
        }
    }
    ssh_disconnect(session);
    ssh_free(session);
    ssh_bind_free(server);
}

int main(int argc, char *argv[])
{
    if (argc != 3)
        return 2;
    mode = argv[2];
    for (int i = 0; i < QUESTIONS; i++)
        questions[i] = "question";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        return 1;
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return 1;
        say("connection", "");
        serve(fd, argv[1]);
    }
}
