// SPDX-License-Identifier: GPL-2.0-or-later
//
// Descriptors over a socket (unix(7), cmsg(3)).  Knows no message: the runner of p2v-supervisor, which knows none, has it too.
// Touches: the socket it is given.
#include "proto/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

ssize_t descriptors_send(int fd, const void *data, size_t size, const int *fds, size_t fd_count, int flags)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } control = { 0 };
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
