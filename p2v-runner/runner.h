// SPDX-License-Identifier: GPL-2.0-or-later
//
// The runner: what it may start, fixed before p2v-supervisor is there, and how it becomes that.
#ifndef P2V_RUNNER_RUNNER_H
#define P2V_RUNNER_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proto/error.h"
#include "proto/programs.h"

// The list.  Its texts stay as long as the process.
struct runner_list {
    const char *helper_dir;        // absolute
    const char *pre, *post, *fail; // shell commands; NULL: none
    const char *export_option;     // p2v-export's one argument, "--external=qemu-nbd"; NULL: it serves disks itself
    const char *ui_program;        // "p2v-ui", "p2v-ui-gtk"
    const char *ui_option;         // its one argument, "--front-end=terminal"; NULL: none
    bool display;                  // the UI is on a display: so are a shell and the network's configuration
    bool shell, power;             // RUN_SHELL and RUN_NETWORK, RUN_POWEROFF and RUN_REBOOT may be started at all
};

// Before the supervisor is started: the signals that end virt-p2v, and its children's ends, come to the descriptor that this
// returns; -1 with err.
int serve_signals(struct error *err);

// The runner's whole life from then on.  Serves requests on fd until it closes, which is the supervisor's end; tells it by
// RUNNER_CANCEL of signals.  At the third of these, or where the supervisor does not read what it is told, that is the end too.  Then
// waits for all programs, kills what is left after a while, and returns the supervisor's status as wait(2) has it.  supervisor: its process.
int serve(int fd, int signals, pid_t supervisor, const struct runner_list *list);

// In a child of the runner: becomes the supervisor, with fd as its channel.  Does not return.
_Noreturn void runner_become_supervisor(const struct runner_list *list, int fd);

// The same: becomes the program that is asked for, with its descriptors.
_Noreturn void runner_become(const struct runner_list *list, const struct runner_request *request, const int *fds, size_t fd_count);

// The same for what the person asked for by a button.
_Noreturn void runner_become_button(const struct runner_list *list, enum runner_program number, const int *fds);

// For all of them: what a program is searched in.
#define RUNNER_PATH "/usr/sbin:/usr/bin:/sbin:/bin"

#define RUNNER_MAX_INPUTS 5

// Puts wanted[0..count) on descriptors 0.., count at most RUNNER_MAX_INPUTS, with -1 for one that stays as it is, and closes all others.
void runner_arrange_fds(const int *wanted, int count);

// /dev/null, for reading and writing.  Without it the child ends: it would keep what it must not have.
int runner_open_null(void);

// Signals as a program expects them: none blocked, and what a terminal sends with its default; or, !defaults, ignored: what ^C
// means is the supervisor's to say.  So is SIGXFSZ: a helper that has said too much loses its words, not the conversion.
void runner_unblock_signals(bool defaults);

// The uid of what is neither a helper nor the person's: tools, loggers, the saving of the log, the blinking of a light.
#define TOOL_UID 60709

// Gives up all rights of root's but one capability (-1: none), for TOOL_UID.
void runner_drop_rights(int capability);

// Nothing can be reported but by the exit status, as a shell does: 126 cannot be run, 127 is not there (errno).
_Noreturn void runner_cannot_run(void);

#endif
