// SPDX-License-Identifier: GPL-2.0-or-later
//
// Another NBD server for the disk: prepared before the lock, started after it, watched until it or its clients end.
#include "p2v-export/external.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "p2v-export/policy.h"
#include "proto/text.h"

#define SHOWN_DISK "/disk"                     // in the sandbox's own root
#define SHOWN_DIRECTORY "/socket"
#define START_SECONDS 30                       // a disk that has to spin up may take most of that
#define FIRST_FREE_FD 10                       // above all numbers that the server is given

// ---- before the lock -----------------------------------------------------------------------------------

static void add_path(struct external *external, const struct sandbox_path *path)
{
    if (external->path_count < EXTERNAL_MAX_PATHS - 1)         // the last row stays the end
        external->paths[external->path_count++] = *path;
}

bool external_choose(struct external *external, const char *name, struct error *err)
{
    const struct nbd_server *server = nbd_server_by_name(name, strlen(name));
    if (server == NULL || server->family == NBD_BUILTIN) {
        error_set(err, "--external does not know the NBD server '%s'", name);
        return false;
    }
    const char *program = nbd_server_program(server);
    if (program == NULL) {
        error_set(err, "the NBD server %s is not installed (looked for %s)", name, server->programs[0]);
        return false;
    }
    *external = (struct external){ .server = server, .program = program, .policy = external_policy, .own_root = geteuid() == 0,
                                   .disk_fd = -1, .ended_fd = -1, .words_fd = -1 };
    add_path(external, &(struct sandbox_path){ program, false, "the server", SANDBOX_PROGRAM });
    for (const struct sandbox_path *path = external_policy.paths; path->path != NULL; path++)
        add_path(external, path);
    if (external->own_root) {
        snprintf(external->directory, sizeof external->directory, "%s", SHOWN_DIRECTORY);
        add_path(external, &(struct sandbox_path){ external->directory, false, "the server's socket", SANDBOX_SOCKETS });
    }
    external->policy.paths = external->paths;
    return true;
}

int external_prepare(struct external *external, int disk_fd, bool keeps_root, struct error *err)
{
    static const int reads_all[] = { CAP_DAC_READ_SEARCH, -1 };
    struct stat st;
    if (fstat(disk_fd, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)))
        return error_set(err, "p2v-export was not handed a disk for %s", external->server->name);
    external->own_root = external->own_root && !keeps_root;
    external->disk_fd = disk_fd;
    snprintf(external->disk_source, sizeof external->disk_source, "/proc/self/fd/%d", disk_fd);
    if (!external->own_root) {                 // the descriptor is inherited, and the person's own permissions do
        snprintf(external->directory, sizeof external->directory, "/tmp/p2v-export-XXXXXX");
        if (mkdtemp(external->directory) == NULL)
            return error_set_errno(err, errno, "cannot make a directory for the socket of %s", external->server->name);
        add_path(external, &(struct sandbox_path){ external->directory, false, "the server's socket", SANDBOX_SOCKETS });
        add_path(external, &(struct sandbox_path){ external->disk_source, false, "the disk", SANDBOX_DISK });
    } else {
        add_path(external, &(struct sandbox_path){ SHOWN_DISK, false, "the disk", SANDBOX_DISK, external->disk_source });
        // Only --test-disk has files.  One that others may not read needs a right to; all else that this root shows is public.
        if (S_ISREG(st.st_mode) && !(st.st_mode & S_IROTH))
            external->policy.capabilities = reads_all;
    }
    snprintf(external->socket, sizeof external->socket, "%s/nbd", external->directory);
    return 0;
}

void external_forget(const struct external *external)
{
    if (external != NULL && !external->own_root)
        rmdir(external->directory);
}

// ---- the child -----------------------------------------------------------------------------------------

#define MAX_ARGUMENTS 12

static void fill_arguments(const struct external *external, const char *argv[MAX_ARGUMENTS], char *socket, size_t socket_size,
                           char *file, size_t file_size)
{
    static char shared[24];
    const char *disk = external->own_root ? SHOWN_DISK : "/proc/self/fd/4";
    size_t n = 0;
    argv[n++] = strrchr(external->program, '/') + 1;
    if (external->server->family == NBD_QEMU) {
        snprintf(shared, sizeof shared, "--shared=%d", SERVE_MAX_CONNECTIONS);
        snprintf(socket, socket_size, "--socket=%s", external->socket);
        argv[n++] = "--read-only";
        argv[n++] = "--persistent";            // it stays when a client has gone
        argv[n++] = "--format=raw";            // never guessed from what is on the disk
        argv[n++] = shared;
        if (!external->server->activated)
            argv[n++] = socket;
        argv[n++] = disk;
    } else {
        snprintf(file, file_size, "file=%s", disk);
        argv[n++] = "--foreground";
        argv[n++] = "--readonly";
        if (!external->server->activated) {
            argv[n++] = "--unix";
            argv[n++] = external->socket;
        }
        argv[n++] = "file";
        argv[n++] = file;
    }
    argv[n] = NULL;
}

// Descriptors: 1 and 2 its words, 3 the listening socket (sd_listen_fds(3)), 4 the disk, where it is opened by number.
static bool arrange_fds(const struct external *external, int listening, int words)
{
    int high = fcntl(words, F_DUPFD, FIRST_FREE_FD), socket = listening < 0 ? -1 : fcntl(listening, F_DUPFD, FIRST_FREE_FD);
    int disk = external->own_root ? -1 : fcntl(external->disk_fd, F_DUPFD, FIRST_FREE_FD);
    if (dup2(high, 1) < 0 || dup2(high, 2) < 0 || (socket >= 0 && dup2(socket, 3) < 0) || (disk >= 0 && dup2(disk, 4) < 0))
        return false;
    if (socket < 0)
        close(3);
    if (disk < 0)
        close(4);
    sandbox_close_from(5);
    return true;
}

_Noreturn static void become_server(const struct external *external, pid_t parent, int listening, int words)
{
    const char *argv[MAX_ARGUMENTS];
    char socket[64], file[64], listen_pid[32];
    char locale[] = "LC_ALL=C", listen_fds[] = "LISTEN_FDS=1";
    // Whoever ends p2v-export ends the server: it has no life of its own.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(126);
    if (!arrange_fds(external, listening, words))
        _exit(126);
    snprintf(listen_pid, sizeof listen_pid, "LISTEN_PID=%d", (int)getpid());
    char *const environment[] = { locale, external->server->activated ? listen_pid : NULL, listen_fds, NULL };
    fill_arguments(external, argv, socket, sizeof socket, file, sizeof file);
    execve(external->program, (char *const *)argv, environment);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", external->program, strerror(errno));
    _exit(127);
}

// ---- what it says, and how it ends ---------------------------------------------------------------------

void external_listen(struct external *external)
{
    char bytes[512];
    for (ssize_t n; (n = read(external->words_fd, bytes, sizeof bytes)) > 0;)
        for (ssize_t i = 0; i < n; i++) {
            if (bytes[i] != '\n') {
                if (external->line_size < sizeof external->line - 1)
                    external->line[external->line_size++] = bytes[i];
                continue;
            }
            external->line[external->line_size] = '\0';
            if (external->line_size > 0)
                memcpy(external->last_words, external->line, external->line_size + 1);
            external->line_size = 0;
        }
}

void external_ended(struct external *external, struct error *err)
{
    int status = 0;
    char how[96];
    external_listen(external);
    external->line[external->line_size] = '\0';
    const char *words = external->line_size > 0 ? external->line : external->last_words;
    while (waitpid(external->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status))
        snprintf(how, sizeof how, "exit status %d", WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGSYS)
        snprintf(how, sizeof how, "a system call that its policy does not permit (which one, the kernel's audit log tells)");
    else
        snprintf(how, sizeof how, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    error_set(err, "the NBD server %s has ended, by %s%s%s", external->server->name, how, words[0] != '\0' ? ": " : "", words);
}

// ---- the start -----------------------------------------------------------------------------------------

static void fill_address(const struct external *external, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    snprintf(address->sun_path, sizeof address->sun_path, "%s", external->socket);
}

int external_connect(const struct external *external)
{
    struct sockaddr_un address;
    fill_address(external, &address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

// The socket that an activated server is given; -1 with err.
static int make_listening(const struct external *external, struct error *err)
{
    struct sockaddr_un address;
    fill_address(external, &address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, SERVE_MAX_CONNECTIONS) < 0)
        return error_set_errno(err, errno, "cannot make a socket for %s", external->server->name);
    return fd;
}

static int spawn(struct external *external, struct error *err)
{
    int words[2], listening = -1;
    if (external->server->activated && (listening = make_listening(external, err)) < 0)
        return -1;
    if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0)      // a server that says more than we take in loses words, not time
        return error_set_errno(err, errno, "cannot make a pipe for %s", external->server->name);
    pid_t parent = getpid();
    external->pid = fork();
    if (external->pid == 0)
        become_server(external, parent, listening, words[1]);
    int error = errno;
    if (listening >= 0)
        close(listening);
    close(words[1]);
    external->words_fd = words[0];
    external->ended_fd = external->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, external->pid, 0);
    if (external->ended_fd < 0)
        return error_set_errno(err, external->pid < 0 ? error : errno, "cannot start %s", external->server->name);
    close(external->disk_fd);                  // the server has it now
    external->disk_fd = -1;
    return 0;
}

static int milliseconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000);
}

// Waits for fd (-1: for nothing) at most `milliseconds`, hearing the server all the while.  1: fd is readable, 0: time is
// up, -1: the server has ended, told in err.
static int wait_for(struct external *external, int fd, int milliseconds, struct error *err)
{
    struct pollfd polled[] = { { external->ended_fd, POLLIN, 0 }, { external->words_fd, POLLIN, 0 }, { fd, POLLIN, 0 } };
    int n = poll(polled, 3, milliseconds);
    external_listen(external);
    if (n > 0 && polled[0].revents != 0) {
        external_ended(external, err);
        return -1;
    }
    if (n > 0 && (polled[1].revents & (POLLHUP | POLLERR)))     // it has closed its standard error, and lives
        usleep(1000);
    return n > 0 && polled[2].revents != 0;
}

// It has closed the connection.  Mostly that is a part of its end, which says more.
static int no_greeting(struct external *external, struct error *err)
{
    for (int i = 0; i < 20; i++)
        if (wait_for(external, -1, 50, err) < 0)
            return -1;
    return error_set(err, "the NBD server %s ends the connection of its first client", external->server->name);
}

// One whole exchange, as a client that only wants to know whether anybody is there: the greeting, NBD_OPT_ABORT, the end.
// 0, or -1 with err.
static int greet(struct external *external, int fd, const struct timespec *start, struct error *err)
{
    static const char bye[] = "\0\0\0\1" "IHAVEOPT" "\0\0\0\2" "\0\0\0\0";
    char bytes[64];
    size_t got = 0;
    for (bool said = false;;) {
        int left = START_SECONDS * 1000 - milliseconds_since(start);
        int ready = left <= 0 ? 0 : wait_for(external, fd, left, err);
        if (ready < 0)
            return -1;
        if (left <= 0)
            return error_set(err, "the NBD server %s does not answer: it has not greeted a client within %d seconds",
                             external->server->name, START_SECONDS);
        ssize_t n = ready ? recv(fd, bytes + got, sizeof bytes - got, 0) : -1;
        if (n == 0 || (n < 0 && errno == ECONNRESET) || got == sizeof bytes)
            return said ? 0 : no_greeting(external, err);
        got += n > 0 ? (size_t)n : 0;
        if (said || got < 16)
            continue;
        if (memcmp(bytes, "NBDMAGICIHAVEOPT", 16) != 0)
            return error_set(err, "the NBD server %s does not speak newstyle NBD", external->server->name);
        said = send(fd, bye, sizeof bye - 1, MSG_NOSIGNAL) > 0;
        got = 0;
    }
}

// In the machine's own root nothing may stay behind, however we end: the socket's name goes now, and it is found by number.
static int forget_name(struct external *external, struct error *err)
{
    int fd = open(external->socket, O_PATH | O_CLOEXEC);
    if (fd < 0 || unlink(external->socket) < 0 || rmdir(external->directory) < 0)
        return error_set_errno(err, errno, "cannot take away %s", external->socket);
    snprintf(external->socket, sizeof external->socket, "/proc/self/fd/%d", fd);
    return 0;
}

static int wait_until_it_answers(struct external *external, struct error *err)
{
    struct timespec start;
    int fd;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while ((fd = external_connect(external)) < 0) {
        if (errno != ENOENT && errno != ECONNREFUSED)
            return error_set_errno(err, errno, "cannot connect to the NBD server %s", external->server->name);
        if (milliseconds_since(&start) > START_SECONDS * 1000)
            return error_set(err, "the NBD server %s has not made its socket within %d seconds", external->server->name, START_SECONDS);
        if (wait_for(external, -1, 10, err) < 0)
            return -1;
    }
    int rc = greet(external, fd, &start, err);
    close(fd);
    return rc;
}

int external_start(struct external *external, struct error *err)
{
    umask(0177);                               // a socket that is for nobody else; the server inherits that
    int rc = spawn(external, err) < 0 ? -1 : wait_until_it_answers(external, err);
    if (external->own_root)
        return rc;
    if (rc == 0)
        return forget_name(external, err);
    unlink(external->socket);
    rmdir(external->directory);
    return -1;
}
