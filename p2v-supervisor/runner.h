// SPDX-License-Identifier: GPL-2.0-or-later
//
// The runner: a child forked before the supervisor locks itself, the only process that starts others.  It takes a number
// out of a list fixed at its start, and descriptors, and for one program a number of its own; it understands nothing else.  It keeps what the supervisor was
// started with (the network for p2v-transport, the rights to make namespaces), so the supervisor can give all that up.
#ifndef P2V_SUPERVISOR_RUNNER_H
#define P2V_SUPERVISOR_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/error.h"

// What can be started: indices of the fixed list.  Helpers first.
enum runner_program {
    RUN_INSPECT, RUN_EXPORT, RUN_TRANSPORT, RUN_UI, RUN_FETCH,
    RUN_CONTENTS,                  // p2v-inspect --contents
    RUN_INHIBIT,                   // systemd-inhibit, while converting; it says nothing, and ends with its channel
    RUN_DMESG, RUN_LSCPU, RUN_LSPCI, RUN_LSSCSI, RUN_LSUSB,
    RUN_PRE, RUN_POST, RUN_FAIL,
    RUN_LOG_PRE, RUN_LOG_POST, RUN_LOG_FAIL,   // logger(1), for what each of them printed
    RUN_SHELL, RUN_NETWORK, RUN_POWEROFF, RUN_REBOOT, RUN_SAVE_LOG,    // what the person asks for by a button
    RUN_IDENTIFY,                  // the same, with a number: runner_identify()
    RUN_PROGRAMS,                  // how many
};

#define RUN_HELPERS (RUN_INHIBIT + 1)      // [0, RUN_HELPERS) speak on a channel
#define RUN_FIRST_TOOL RUN_DMESG           // [RUN_FIRST_TOOL, RUN_FIRST_HOOK) write to a descriptor
#define RUN_FIRST_HOOK RUN_PRE             // the person's own commands, from the kernel command line alone
#define RUN_FIRST_BUTTON RUN_SHELL

// The list, as main() fixes it before the fork.  The strings must stay until runner_start() returns.
struct runner_list {
    const char *helper_dir;        // absolute
    const char *pre, *post, *fail; // shell commands; NULL: none
    const char *export_option;     // p2v-export's one argument, "--external=qemu-nbd"; NULL: it serves disks itself
    const char *ui_program;        // "p2v-ui", "p2v-ui-gtk"
    const char *ui_option;         // its one argument, "--front-end=terminal"; NULL: none
    bool display;                  // the UI is on a display: so are a shell and the network's configuration
    bool shell, power;             // RUN_SHELL and RUN_NETWORK, RUN_POWEROFF and RUN_REBOOT may be started at all
};

struct runner {
    int fd;                        // SOCK_SEQPACKET to it
    pid_t pid;
};

enum runner_event_kind { RUNNER_STARTED, RUNNER_ENDED, RUNNER_NOT_STARTED, RUNNER_GONE };

struct runner_event {
    uint32_t kind;                 // enum runner_event_kind
    uint32_t id;                   // as given to runner_run()
    int32_t pid;                   // RUNNER_STARTED
    int32_t status;                // RUNNER_ENDED: as wait(2); RUNNER_NOT_STARTED: errno
};

// Forks the runner.  0, or -1 with err.
int runner_start(struct runner *runner, const struct runner_list *list, struct error *err);

// Asks for program `number`, to be known as `id` (chosen by the caller, unique).  A helper gets its channel and a file
// for its standard error (fds[0], fds[1]), a p2v-export with an option the disk too (fds[2]); a tool or a hook gets its
// standard output and error (fds[0]), a logger its standard input.  RUN_SAVE_LOG gets what is to be saved, and a memfd for the
// name of the file that it is in (fds[0], fds[1]); the other buttons have none, and keep the terminal.
// The fds are borrowed.  0, or -1 with err; what became of it comes as events.
int runner_run(const struct runner *runner, enum runner_program number, uint32_t id, const int *fds, size_t fd_count,
               struct error *err);

// Asks for the light of a network port to blink for some seconds: RUN_IDENTIFY, to be known as `id`.  index: the interface's number
// (netdevice(7)), from 1 to INT32_MAX.  out (borrowed): a file for one sentence that says why it did not blink, where the event of
// its end has another status than 0.  0, or -1 with err.
int runner_identify(const struct runner *runner, uint32_t id, uint32_t index, int out, struct error *err);

// SIGKILLs program `id`.
void runner_kill(const struct runner *runner, uint32_t id);

// Reads the next event; false where there is none at the moment.  RUNNER_GONE: the runner has died.
bool runner_next(const struct runner *runner, struct runner_event *event);

// Name of a program for people: "p2v-export", "lspci", "p2v.post".
const char *runner_program_name(enum runner_program number);

#endif
