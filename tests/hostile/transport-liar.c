// SPDX-License-Identifier: GPL-2.0-or-later
//
// An SSH server (libssh's server side) that lets anybody in and then misbehaves in one way.  For transport-server.t.
// transport-liar KEYFILE BEHAVIOUR: prints its port on 127.0.0.1, serves one connection, ends.
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#define FORWARDED_PORT 4242

static const char *behaviour;
static char block[32768];

static bool is(const char *name)
{
    return strcmp(behaviour, name) == 0;
}

static void write_forever(ssh_channel channel, bool to_stderr)
{
    time_t end = time(NULL) + 20;
    while (time(NULL) < end)
        if ((to_stderr ? ssh_channel_write_stderr : ssh_channel_write)(channel, block, sizeof block) <= 0)
            return;
}

static void say(ssh_channel channel, const char *text)
{
    ssh_channel_write(channel, text, (uint32_t)strlen(text));
}

// The mark is the last word of the start command, and stands before its quote.
static void say_mark(ssh_channel channel, const char *command)
{
    const char *last = strrchr(command, ' ');
    const char *result = strstr(command, " result ");
    char mark[64] = "";
    if (result != NULL)
        sscanf(result + 8, "%60s", mark);
    else if (last != NULL)
        sscanf(last + 1, "%60[a-z0-9-]", mark);
    strcat(mark, "\n");
    say(channel, mark);
}

// Opens channels that nobody asked for: forwarded-tcpip to `port`.
static void open_unasked(ssh_session session, int count, int port)
{
    for (int i = 0; i < count; i++) {
        ssh_channel channel = ssh_channel_new(session);
        if (channel == NULL || ssh_channel_open_reverse_forward(channel, "localhost", port, "127.0.0.1", 1) != SSH_OK) {
            printf("refused\n");
            fflush(stdout);
        } else {
            printf("accepted\n");
            fflush(stdout);
        }
    }
}

// libssh writes neither to a channel that the other side has closed nor more than that side takes: what it keeps of both is changed, of
// which the offsets are libssh 0.10's and the values can be seen.  False where this libssh keeps them elsewhere.
static bool open_again(ssh_channel channel)
{
    uint32_t *window = (uint32_t *)((char *)channel + 28), *state = (uint32_t *)((char *)channel + 40);
    if (*window != ssh_channel_window_size(channel) || *state < 3 || *state > 4)
        return false;
    *window = INT32_MAX;
    *state = 3;
    return ssh_channel_window_size(channel) == INT32_MAX && ssh_channel_is_open(channel);
}

// A channel that the other side closes, because its disk's side has gone, and 200 MB on it all the same.
static void flood_after_close(ssh_session session)
{
    const struct timespec pause = { .tv_nsec = 500000000 };
    ssh_channel channel = ssh_channel_new(session);
    if (channel == NULL || ssh_channel_open_reverse_forward(channel, "localhost", FORWARDED_PORT, "127.0.0.1", 1) != SSH_OK)
        return;
    say(channel, "x");
    nanosleep(&pause, NULL);
    size_t sent = 0;
    while (sent < 200000000 && open_again(channel) && ssh_channel_write(channel, block, sizeof block) > 0)
        sent += sizeof block;
    printf(sent >= 200000000 ? "accepted\n" : "refused\n");
    fflush(stdout);
}

static bool on_exec(ssh_session session, ssh_channel channel, ssh_message message)
{
    const char *command = ssh_message_channel_request_command(message);
    char copy[16384];
    snprintf(copy, sizeof copy, "%s", command);
    if (is("refuse exec"))
        return ssh_message_reply_default(message) == 0;
    if (is("close at exec"))
        return false;
    ssh_message_channel_request_reply_success(message);
    if (is("close after exec"))
        return false;
    if (is("no output"))
        return ssh_channel_close(channel) == 0;
    if (is("endless noise"))
        write_forever(channel, false);
    if (is("endless complaint"))
        write_forever(channel, true);
    if (is("channels in mid-command"))
        open_unasked(session, 200, FORWARDED_PORT);
    say_mark(channel, copy);
    if (strstr(copy, " result ") != NULL) {
        say(channel, is("forged status") ? "-1e9 zero\n\x1b[2J\n" : is("status without end") ? block : "0\n\n");
        ssh_channel_request_send_exit_status(channel, 0);
        ssh_channel_close(channel);
    } else if (is("close after start")) {
        return false;
    } else if (is("escapes and a lie")) {
        say(channel, "\x1b]0;title\x07\x1b[2J\xff\xfe\n");
        ssh_channel_request_send_exit_status(channel, -1);
        ssh_channel_close(channel);
    } else if (is("endless messages")) {
        write_forever(channel, false);
    } else {
        ssh_channel_request_send_exit_status(channel, 0);
        ssh_channel_close(channel);
    }
    // Where the command was to find the session, the disk is served from now on.
    if (is("floods after close"))
        flood_after_close(session);
    return true;
}

static bool on_global(ssh_message message)
{
    if (is("close at forward"))
        return false;
    if (is("port 70000"))
        return ssh_message_global_request_reply_success(message, 0) == 0;     // no port in it
    ssh_message_global_request_reply_success(message, FORWARDED_PORT);
    return !is("close after forward");
}

// True while the connection goes on.
static bool serve_one(ssh_session session, ssh_message message, ssh_channel *channel)
{
    switch (ssh_message_type(message)) {
    case SSH_REQUEST_AUTH:
        if (is("close at auth"))
            return false;
        return ssh_message_auth_reply_success(message, 0) == 0;
    case SSH_REQUEST_CHANNEL_OPEN:
        if (is("close at session"))
            return false;
        // Not right behind the answer with the port: libssh takes that out of the packet that came last.
        if (is("wrong port"))
            open_unasked(session, 20, 4243);
        if (is("thousand channels"))
            open_unasked(session, 1000, FORWARDED_PORT);
        if (is("refuse session"))
            return ssh_message_reply_default(message) == 0;
        *channel = ssh_message_channel_request_open_reply_accept(message);
        return *channel != NULL;
    case SSH_REQUEST_CHANNEL:
        return ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_EXEC && *channel != NULL ? on_exec(session, *channel, message) :
               ssh_message_reply_default(message) == 0;
    case SSH_REQUEST_GLOBAL:
        return on_global(message);
    default:
        return ssh_message_reply_default(message) == 0;
    }
}

int main(int argc, char *argv[])
{
    if (argc != 3)
        return 2;
    behaviour = argv[2];
    memset(block, 'x', sizeof block - 1);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        return 1;
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    int fd = accept(listener, NULL, NULL);
    ssh_bind server = ssh_bind_new();
    ssh_session session = ssh_new();
    bool off = false;
    ssh_bind_options_set(server, SSH_BIND_OPTIONS_PROCESS_CONFIG, &off);
    ssh_bind_options_set(server, SSH_BIND_OPTIONS_HOSTKEY, argv[1]);
    bool met = ssh_bind_accept_fd(server, session, fd) == SSH_OK && ssh_handle_key_exchange(session) == SSH_OK;
    ssh_channel channel = NULL;
    for (ssh_message message; met && (message = ssh_message_get(session)) != NULL;) {
        bool go_on = serve_one(session, message, &channel);
        ssh_message_free(message);
        if (!go_on)
            break;
    }
    close(fd);                         // and not a word of goodbye
    ssh_free(session);
    ssh_bind_free(server);
    return met ? 0 : 1;
}
