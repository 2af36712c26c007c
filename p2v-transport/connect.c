// SPDX-License-Identifier: GPL-2.0-or-later
//
// A name's addresses tried in turn, and why none of them answered.  Touches: the resolver, the network.
#include "p2v-transport/connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-transport/link.h"

static int resolve(const char *server, uint16_t port, struct addrinfo **list, struct error *err)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    int rc = getaddrinfo(server, service, &hints, list);
    if (rc == 0)
        return 0;
    if (rc == EAI_AGAIN)
        return error_set(err, "the name of the conversion server, %s, cannot be looked up: no name server answers; check the network, or give its address", server);
    return error_set(err, "the conversion server's name %s is not known: check its spelling and this machine's DNS, or give its address (%s)", server, gai_strerror(rc));
}

static void set_options(int fd)
{
    int on = 1;
    unsigned patience = 60000;    // of the kernel for data that is not acknowledged, in ms: our own keepalives are no slower
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
}

// One address: the socket, or -1 with errno.
static int connect_one(const struct addrinfo *address, int timeout_ms)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int error = 0;
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
        error = errno;
        if (error == EINPROGRESS) {
            struct pollfd ready = { .fd = fd, .events = POLLOUT };
            socklen_t size = sizeof error;
            int rc;
            while ((rc = poll(&ready, 1, timeout_ms)) < 0 && errno == EINTR)
                ;
            if (rc <= 0)
                error = rc == 0 ? ETIMEDOUT : errno;
            else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                error = errno;
        }
    }
    if (error == 0) {
        set_options(fd);
        return fd;
    }
    close(fd);
    errno = error;
    return -1;
}

static int say_why(const char *server, uint16_t port, int error, struct error *err)
{
    switch (error) {
    case ECONNREFUSED:
        return error_set(err, "%s refuses connections on port %u: check the port, and that sshd runs there", server, port);
    case ETIMEDOUT:
        return error_set(err, "%s does not answer on port %u: check its name, the network and the firewalls in between", server, port);
    case ENETUNREACH:
    case EHOSTUNREACH:
        return error_set(err, "there is no way to %s from here: check this machine's network configuration", server);
    default:
        return error_set_errno(err, error, "cannot connect to %s on port %u", server, port);
    }
}

int connect_to(const char *server, uint16_t port, struct error *err)
{
    struct addrinfo *list = NULL;
    if (resolve(server, port, &list, err) < 0)
        return -1;
    int64_t deadline = clock_ms() + CONNECT_TIMEOUT_MS;
    int fd = -1, error = ETIMEDOUT;
    for (const struct addrinfo *one = list; fd < 0 && one != NULL; one = one->ai_next) {
        int64_t left = deadline - clock_ms();
        if (left <= 0)
            break;
        if (one->ai_next != NULL && left > CONNECT_ADDRESS_MS)
            left = CONNECT_ADDRESS_MS;
        fd = connect_one(one, (int)left);
        // A refusal says more than an address family that this machine does not have.
        if (fd < 0 && (one == list || (errno != ENETUNREACH && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)))
            error = errno;
    }
    freeaddrinfo(list);
    return fd >= 0 ? fd : say_why(server, port, error, err);
}
