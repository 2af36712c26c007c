// SPDX-License-Identifier: GPL-2.0-or-later
//
// How clients arrive.
#include "p2v-export/arrivals.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/descriptors.h"

#define SEND_BUFFER (1024 * 1024)      // wished for; the kernel gives what net.core.wmem_max allows

static bool is_stream(int fd)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

// One datagram of the data channel: one byte and one AF_UNIX stream socket, or whoever sends is not to be trusted further.
static enum serve_result take_datagram(int arrivals, int *fd, struct error *err)
{
    char byte;
    size_t count = 1;
    ssize_t n = descriptors_receive(arrivals, &byte, 1, fd, &count, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return SERVE_GOES_ON;
    if (n == 1 && count == 1 && is_stream(*fd))
        return SERVE_GOES_ON;
    if (count == 1)
        close(*fd);
    *fd = -1;
    if ((n == 0 && count == 0) || (n < 0 && errno == ECONNRESET))
        return SERVE_ENDED;
    error_set(err, "the data channel brought something else than one byte and one stream socket");
    return SERVE_BROKEN;
}

static bool lacks_room(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static enum serve_result take_connection(int arrivals, int *fd, struct error *err)
{
    static const struct timespec pause = { .tv_nsec = 10000000 };
    *fd = accept4(arrivals, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (*fd < 0 && lacks_room(errno)) {          // it waits on, and those who are there are served, but not as fast as the loop turns
        ppoll(NULL, 0, &pause, NULL);
        return SERVE_GOES_ON;
    }
    if (*fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        error_set_errno(err, errno, "cannot accept a client");
        return SERVE_BROKEN;
    }
    return SERVE_GOES_ON;
}

enum serve_result arrivals_take(enum arrival kind, int arrivals, int *fd, struct error *err)
{
    static const int size = SEND_BUFFER;
    *fd = -1;
    enum serve_result result = kind == ARRIVAL_DATAGRAM ? take_datagram(arrivals, fd, err) : take_connection(arrivals, fd, err);
    if (*fd >= 0)
        setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);      // failure costs speed alone
    return result;
}
