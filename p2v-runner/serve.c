// SPDX-License-Identifier: GPL-2.0-or-later
//
// The runner at work: requests in, children, events out.  It has the rights virt-p2v was started with, so it understands as
// little as possible: a fixed-size struct, a number checked against the list, another that may be an interface's.
#include "p2v-runner/runner.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "proto/descriptors.h"

#define MAX_CHILDREN 512               // at once; two a disk and a few more
#define GRACE_MS 15000                 // for helpers to end by themselves once the supervisor has gone
#define KILLED_MS 5000                 // for the kernel to end what is killed
#define PATIENCE 3                     // signals: the supervisor, which acts on the first two, may have been taken over

struct child {
    pid_t pid;                         // 0: a free place
    uint32_t id;
    uint32_t number;                   // enum runner_program
};

struct runner_state {
    int fd;
    int signals;                       // of serve_signals()
    pid_t supervisor;                  // 0: it has ended,
    int status;                        // so; SIGKILL where it cannot be known
    bool over;                         // it is asked for nothing any more, and ended if it does not end
    int cancels;                       // signals that it was told of
    const struct runner_list *list;
    struct child children[MAX_CHILDREN];
    bool hook_begun[RUN_LOG_PRE - RUN_FIRST_HOOK];     // once each: what the person wrote down for a run is not to be done over and over
    bool terminal;                     // standard input is one,
    struct termios settings;           // which was set so at the start
};

// The size of the request, 0 at the end, -1 where none is whole.  fds are O_CLOEXEC.
static ssize_t receive_request(int fd, struct runner_request *request, int *fds, size_t *fd_count)
{
    *fd_count = RUNNER_MAX_FDS;
    ssize_t n = descriptors_receive(fd, request, sizeof *request, fds, fd_count, 0);
    return n < 0 && errno != EMSGSIZE ? 0 : n;
}

// One that does not listen is not waited for: nobody else could end it.
static void tell(struct runner_state *state, enum runner_event_kind kind, const struct child *child, int status)
{
    struct runner_event event = { .kind = kind, .id = child->id, .number = child->number, .pid = child->pid, .status = status };
    // Where the supervisor has gone nobody is left to be told; the loop notices by itself.
    if (descriptors_send(state->fd, &event, sizeof event, NULL, 0, MSG_DONTWAIT) < 0 && errno == EAGAIN)
        state->over = true;
}

// Namespaces of its own, where that is permitted.  A helper makes the others itself, but unshare(2) inside it could not do this one.  A tool
// reads what a device says of itself, and a logger what a hook has printed: neither needs a network.
static pid_t fork_child(uint32_t number)
{
    bool helper = number < RUN_HELPERS, tool = runner_program_is_tool(number);
    unsigned long namespaces = helper ? CLONE_NEWPID : tool ? CLONE_NEWNET | CLONE_NEWIPC : 0;
    return geteuid() != 0 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD | namespaces, NULL, NULL, NULL, NULL);
}

static size_t fds_wanted(const struct runner_list *list, uint32_t number)
{
    bool disk = number == RUN_EXPORT && list->export_option != NULL;
    if (number >= RUN_FIRST_BUTTON)
        return number == RUN_SAVE_LOG ? 2 : number == RUN_IDENTIFY ? 1 : 0;
    return number < RUN_HELPERS ? (disk ? 3 : 2) : 1;
}

static bool is_hook(uint32_t number)
{
    return number >= RUN_FIRST_HOOK && number < RUN_LOG_PRE;
}

static bool is_granted(const struct runner_state *state, uint32_t number)
{
    const struct runner_list *list = state->list;
    return number == RUN_SHELL || number == RUN_NETWORK ? list->shell : number == RUN_POWEROFF || number == RUN_REBOOT ? list->power :
           is_hook(number) ? !state->hook_begun[number - RUN_FIRST_HOOK] : number < RUN_PROGRAMS;
}

static bool is_argument(uint32_t number, uint32_t argument)
{
    return number == RUN_IDENTIFY ? argument > 0 && argument <= INT32_MAX : argument == 0;
}

static void run(struct runner_state *state, const struct runner_request *request, const int *fds, size_t fd_count)
{
    struct child child = { .id = request->id, .number = request->number }, *place = state->children;
    while (place < state->children + MAX_CHILDREN && place->pid != 0)
        place++;
    if (!is_granted(state, request->number) || place == state->children + MAX_CHILDREN ||
        !is_argument(request->number, request->argument) || fd_count != fds_wanted(state->list, request->number)) {
        tell(state, RUNNER_NOT_STARTED, &child, EINVAL);
        return;
    }
    pid_t pid = fork_child(request->number);
    if (pid == 0)
        runner_become(state->list, request, fds, fd_count);
    if (pid < 0) {
        tell(state, RUNNER_NOT_STARTED, &child, errno);
        return;
    }
    if (is_hook(request->number))
        state->hook_begun[request->number - RUN_FIRST_HOOK] = true;
    child.pid = pid;
    *place = child;
    tell(state, RUNNER_STARTED, &child, 0);
}

static void kill_child(const struct runner_state *state, uint32_t id)
{
    for (size_t i = 0; i < MAX_CHILDREN; i++)
        if (state->children[i].pid > 0 && state->children[i].id == id)
            kill(state->children[i].pid, SIGKILL);
}

static void forget(struct runner_state *state, struct child *child, int status)
{
    if (tcgetpgrp(STDIN_FILENO) == child->pid)         // a shell that had the terminal
        tcsetpgrp(STDIN_FILENO, getpgrp());
    // One that was killed has not left it as it was.  In the background it is another's to set.
    if (child->number == RUN_UI && state->terminal && tcgetpgrp(STDIN_FILENO) == getpgrp())
        tcsetattr(STDIN_FILENO, TCSANOW, &state->settings);
    tell(state, RUNNER_ENDED, child, status);
    child->pid = 0;
}

static void reap(struct runner_state *state)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == state->supervisor) {
            state->supervisor = 0;
            state->status = status;
        }
        for (size_t i = 0; i < MAX_CHILDREN; i++)
            if (state->children[i].pid == pid)
                forget(state, &state->children[i], status);
    }
}

// False where nothing can be known of signals any more.
static bool hear_signal(struct runner_state *state)
{
    struct signalfd_siginfo info;
    if (read(state->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return false;
    if (info.ssi_signo != SIGCHLD) {
        tell(state, RUNNER_CANCEL, &(struct child){ 0 }, 0);
        state->over = state->over || ++state->cancels >= PATIENCE;
    }
    reap(state);
    return true;
}

static bool any_child(const struct runner_state *state)
{
    for (size_t i = 0; i < MAX_CHILDREN; i++)
        if (state->children[i].pid > 0)
            return true;
    return state->supervisor > 0;
}

static int64_t milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_for_children(struct runner_state *state, int milliseconds)
{
    struct pollfd polled = { .fd = state->signals, .events = POLLIN };
    int64_t until = milliseconds_now() + milliseconds;
    for (int64_t left = milliseconds; reap(state), any_child(state) && left > 0; left = until - milliseconds_now())
        if (poll(&polled, 1, (int)left) > 0 && !hear_signal(state))
            break;
}

// The supervisor has gone, or sees by its closed channel that it is to go: helpers see their channels close and end (p2v-transport ends the remote job first); what is
// still there after the grace is killed.
static void finish(struct runner_state *state)
{
    wait_for_children(state, GRACE_MS);
    for (size_t i = 0; i < MAX_CHILDREN; i++)
        if (state->children[i].pid > 0)
            kill(state->children[i].pid, SIGKILL);
    if (state->supervisor > 0)
        kill(state->supervisor, SIGKILL);
    wait_for_children(state, KILLED_MS);
}

int serve_signals(struct error *err)
{
    static const int ignored[] = { SIGHUP, SIGPIPE, SIGTTOU };     // a terminal that is closed does not end a conversion
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    static const int heard[] = { SIGCHLD, SIGINT, SIGTERM, SIGQUIT };
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof heard / sizeof heard[0]; i++)
        sigaddset(&set, heard[i]);
    sigprocmask(SIG_SETMASK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    return fd >= 0 ? fd : error_set_errno(err, errno, "cannot watch for signals");
}

// False at the end.
static bool hear_request(struct runner_state *state)
{
    struct runner_request request;
    int fds[RUNNER_MAX_FDS];
    size_t fd_count;
    ssize_t n = receive_request(state->fd, &request, fds, &fd_count);
    if (n == (ssize_t)sizeof request && request.kind == RUNNER_REQUEST_RUN)
        run(state, &request, fds, fd_count);
    else if (n == (ssize_t)sizeof request && request.kind == RUNNER_REQUEST_KILL)
        kill_child(state, request.id);
    for (size_t i = 0; i < fd_count; i++)
        close(fds[i]);
    return n != 0;
}

int serve(int fd, int signals, pid_t supervisor, const struct runner_list *list)
{
    static struct runner_state state;      // too large for the stack
    state = (struct runner_state){ .fd = fd, .signals = signals, .supervisor = supervisor, .status = SIGKILL, .list = list };
    state.terminal = tcgetattr(STDIN_FILENO, &state.settings) == 0;
    struct pollfd polled[2] = { { .fd = fd, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
    for (bool going = true; going && !state.over;) {
        if (poll(polled, 2, -1) < 0) {
            going = errno == EINTR;
            continue;
        }
        if (polled[1].revents != 0)
            going = hear_signal(&state);
        if (polled[0].revents != 0)
            going = hear_request(&state) && going;
    }
    close(fd);
    state.fd = -1;
    finish(&state);
    return state.status;
}
