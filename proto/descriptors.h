// SPDX-License-Identifier: GPL-2.0-or-later
//
// A datagram that carries descriptors (unix(7), SCM_RIGHTS), whatever its bytes mean.  Touches: the socket it is given.
#ifndef P2V_PROTO_DESCRIPTORS_H
#define P2V_PROTO_DESCRIPTORS_H

#include <stddef.h>
#include <sys/types.h>

#define DESCRIPTORS_MAX 8          // that one datagram may carry

// sendmsg(2) with fds (borrowed; may be NULL with fd_count 0), again where a signal came first.  Returns what that returns, with its
// errno; EINVAL for more than DESCRIPTORS_MAX.
ssize_t descriptors_send(int fd, const void *data, size_t size, const int *fds, size_t fd_count, int flags);

// recvmsg(2), again where a signal came first, of a datagram of at most size bytes with at most *fd_count descriptors (up to
// DESCRIPTORS_MAX), for which fds has room.  They are O_CLOEXEC and the caller's, whatever else the datagram is; *fd_count says how many.
// Returns what that returns, with its errno: 0 is the end, or, with descriptors, a datagram without a byte.  EMSGSIZE: it was larger, or
// brought more; nothing of it is left open.
ssize_t descriptors_receive(int fd, void *data, size_t size, int *fds, size_t *fd_count, int flags);

#endif
