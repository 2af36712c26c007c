// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attempts to reach somebody, or to be reached.
#include "tests/hostile/attack/attempts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in loopback(unsigned short port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

ATTEMPT(socket_inet)
{
    (void)scene;
    return refusal(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

ATTEMPT(connect_tcp)
{
    (void)scene;
    struct sockaddr_in to = loopback(SCENE_PORT);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : refusal(connect(fd, (struct sockaddr *)&to, sizeof to));
}

ATTEMPT(bind_tcp)
{
    (void)scene;
    struct sockaddr_in at = loopback(0);
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), other;
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) < 0 ||
        (other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
        return errno;
    return refusal(connect(other, (struct sockaddr *)&at, sizeof at));
}

ATTEMPT(send_udp)
{
    (void)scene;
    struct sockaddr_in to = loopback(SCENE_PORT);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : refusal(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
}

static int connect_to(const char *name, size_t size)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    memcpy(to.sun_path, name, size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : refusal(connect(fd, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)));
}

ATTEMPT(connect_unix)
{
    (void)scene;
    return connect_to(SCENE_SOCKET, sizeof SCENE_SOCKET);
}

ATTEMPT(connect_abstract)
{
    (void)scene;
    return connect_to(SCENE_ABSTRACT, sizeof SCENE_ABSTRACT - 1);
}

ATTEMPT(bind_unix)
{
    (void)scene;
    struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = SCENE_NEW };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? errno : refusal(bind(fd, (struct sockaddr *)&at, sizeof at));
}

ATTEMPT(socket_netlink)
{
    (void)scene;
    return refusal(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

ATTEMPT(socket_packet)
{
    (void)scene;
    return refusal(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

ATTEMPT(socket_raw)
{
    (void)scene;
    return refusal(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

ATTEMPT(socket_vsock)
{
    (void)scene;
    return refusal(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}
