// SPDX-License-Identifier: GPL-2.0-or-later
//
// How clients arrive.
#include "p2v-export/arrivals.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
    union { struct cmsghdr align; char bytes[CMSG_SPACE(SERVE_MAX_ARRIVING * sizeof(int))]; } control;
    char bytes[2];
    struct iovec vector = { .iov_base = bytes, .iov_len = sizeof bytes };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    ssize_t n = recvmsg(arrivals, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return SERVE_GOES_ON;
    int fds[SERVE_MAX_ARRIVING];
    size_t count = 0;
    for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) && count < SERVE_MAX_ARRIVING; i++)
                memcpy(&fds[count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    bool sound = n == 1 && count == 1 && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && is_stream(fds[0]);
    if (sound) {
        *fd = fds[0];
        return SERVE_GOES_ON;
    }
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    if ((n == 0 && count == 0) || (n < 0 && errno == ECONNRESET))
        return SERVE_ENDED;
    error_set(err, "the data channel brought %zd bytes and %zu descriptors in place of one byte and one stream socket", n, count);
    return SERVE_BROKEN;
}

static enum serve_result take_connection(int arrivals, int *fd, struct error *err)
{
    *fd = accept4(arrivals, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (*fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        error_set_errno(err, errno, "cannot accept a client");
        return SERVE_BROKEN;
    }
    return SERVE_GOES_ON;
}

enum serve_result arrivals_take(enum arrival kind, int arrivals, int *fd, struct error *err)
{
    *fd = -1;
    return kind == ARRIVAL_DATAGRAM ? take_datagram(arrivals, fd, err) : take_connection(arrivals, fd, err);
}
