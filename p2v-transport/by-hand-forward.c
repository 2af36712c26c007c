// SPDX-License-Identifier: GPL-2.0-or-later
//
// `forward` by hand: the locked process, the child with the person's rights that connects for it, and the processes that carry
// the bytes.  Touches: the person's Unix socket, standard output.
#include "p2v-transport/by-hand-forward.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "p2v-transport/forward.h"
#include "p2v-transport/policy.h"
#include "proto/descriptors.h"

static void complain(const char *what, const char *path)
{
    fprintf(stderr, "p2v-transport: %s %s: %s\n", what, path, strerror(errno));
}

// ---- a connection's bytes, each direction in a process of its own -------------------------------------------------

static bool move(int from, int to)
{
    char buffer[65536];
    ssize_t n = recv(from, buffer, sizeof buffer, 0);
    for (ssize_t done = 0; done < n;) {
        ssize_t sent = send(to, buffer + done, (size_t)(n - done), MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        done += sent;
    }
    return n > 0;
}

// With nothing but the two sockets.  Ends with what it carries, or with its parent.
_Noreturn static void carry(int from, int to)
{
    struct sandbox_report report;
    struct error err;
    int moved[2] = { fcntl(from, F_DUPFD, 64), fcntl(to, F_DUPFD, 64) };       // out of each other's way
    if (dup2(moved[0], 3) < 0 || dup2(moved[1], 4) < 0) {
        complain("cannot carry the bytes of", "a connection");
        _exit(EXIT_FAILED);
    }
    sandbox_close_from(5);
    if (sandbox_lock(&pump_policy, &report, &err) < 0) {
        fprintf(stderr, "p2v-transport: %s\n", err.text);
        _exit(EXIT_FAILED);
    }
    while (move(3, 4))
        continue;
    shutdown(4, SHUT_WR);
    _exit(EXIT_OK);
}

static void start_carrying(int from, int to)
{
    pid_t pid = fork();
    if (pid == 0)
        carry(from, to);
    if (pid < 0)
        fprintf(stderr, "p2v-transport: cannot start a process for a connection: %s\n", strerror(errno));
}

// ---- the child with the person's rights --------------------------------------------------------------------------

static int fill_address(struct sockaddr_un *address, const char *path)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address->sun_path, path, strlen(path));
    return 0;
}

static void begin(int connection, const char *path)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || fill_address(&address, path) < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        complain("cannot connect to", path);
    } else {
        start_carrying(connection, fd);
        start_carrying(fd, connection);
    }
    if (fd >= 0)
        close(fd);
}

// A descriptor came on the data channel.  False where that has closed.
static bool accept_one(int data_channel, const char *path)
{
    char byte;
    int fd;
    size_t count = 1;
    bool sound = descriptors_receive(data_channel, &byte, 1, &fd, &count, 0) > 0 && count == 1;
    if (sound)
        begin(fd, path);
    if (count == 1)
        close(fd);
    return sound;
}

static bool hear(int channel)
{
    struct message in = { 0 };
    struct error err;
    if (channel_receive(channel, true, &in, &err) != CHANNEL_MESSAGE)
        return false;
    if (in.envelope->body_case == P2V__ENVELOPE__BODY_FORWARD_READY) {
        printf("%u\n", in.envelope->forward_ready->port);
        fflush(stdout);
    }
    message_clear(&in);
    return true;
}

_Noreturn static void stand_by(int channel, int data_channel, const char *path)
{
    struct pollfd fds[2] = { { .fd = channel, .events = POLLIN }, { .fd = data_channel, .events = POLLIN } };
    signal(SIGCHLD, SIG_IGN);              // nobody waits for the connections' processes
    for (bool more = true; more && poll(fds, 2, -1) > 0;)
        more = (fds[0].revents == 0 || hear(channel)) && (fds[1].revents == 0 || accept_one(data_channel, path));
    _exit(EXIT_OK);
}

// ---- the process that is locked -----------------------------------------------------------------------------------

int by_hand_forward_prepare(const char *socket_path)
{
    struct sockaddr_un address;
    struct stat st;
    int channel[2], data[2];
    if (stat(socket_path, &st) < 0 || (!S_ISSOCK(st.st_mode) && (errno = ENOTSOCK)) || fill_address(&address, socket_path) < 0) {
        complain("cannot use", socket_path);
        return -1;
    }
    // The locked process's end of the channel is where a helper has it.
    if (channel_pair(channel) < 0 || channel_pair(data) < 0) {
        complain("cannot make sockets for", socket_path);
        return -1;
    }
    pid_t pid = fork();
    if (pid < 0) {
        complain("cannot start a process for", socket_path);
        return -1;
    }
    if (pid == 0) {
        close(channel[0]);
        close(data[0]);
        stand_by(channel[1], data[1], socket_path);
    }
    close(channel[1]);
    close(data[1]);
    int data_channel = fcntl(data[0], F_DUPFD_CLOEXEC, CHANNEL_FD + 1);
    if (data_channel < 0 || dup2(channel[0], CHANNEL_FD) < 0) {
        complain("cannot arrange sockets for", socket_path);
        return -1;
    }
    return data_channel;
}

int by_hand_forward(struct helper *helper, struct link *link, int data_channel)
{
    const P2v__ForwardStart start = P2V__FORWARD_START__INIT;
    return forward_serve(helper, link, &start, data_channel);
}
