// SPDX-License-Identifier: GPL-2.0-or-later
//
// Descriptors over a socket (unix(7), cmsg(3)).  Knows no message: virt-p2v, the runner, which reads none, has it too, and so have
// the ends of data channels.  Touches: the socket it is given, and what comes by it.
#include "proto/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

ssize_t descriptors_send(int fd, const void *data, size_t size, const int *fds, size_t fd_count, int flags)
{
    union control control = { 0 };
    struct iovec iov = { .iov_base = (void *)data, .iov_len = size };
    struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
    if (fd_count > DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (fd_count > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
    }
    ssize_t n;
    do
        n = sendmsg(fd, &header, MSG_NOSIGNAL | flags);
    while (n < 0 && errno == EINTR);
    return n;
}

static size_t take(struct msghdr *header, int *fds, size_t room)
{
    size_t taken = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && taken < room; i++)
            memcpy(&fds[taken++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return taken;
}

ssize_t descriptors_receive(int fd, void *data, size_t size, int *fds, size_t *fd_count, int flags)
{
    union control control;
    size_t room = *fd_count;
    struct iovec iov = { .iov_base = data, .iov_len = size };
    struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };
    *fd_count = 0;
    if (room > DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    header.msg_controllen = CMSG_LEN(room * sizeof(int));      // in what CMSG_SPACE() adds to it one more may have place
    ssize_t n;
    do
        n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | flags);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    *fd_count = take(&header, fds, room);
    if (!(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return n;
    while (*fd_count > 0)
        close(fds[--*fd_count]);
    errno = EMSGSIZE;
    return -1;
}
