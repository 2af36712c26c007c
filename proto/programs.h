// SPDX-License-Identifier: GPL-2.0-or-later
//
// What virt-p2v, the runner, starts for p2v-supervisor, by number, and the two structs that go between them once the supervisor
// has its RunStart.
#ifndef P2V_PROTO_PROGRAMS_H
#define P2V_PROTO_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What can be started: indices of a fixed list.  Helpers first.
enum runner_program {
    RUN_INSPECT, RUN_EXPORT, RUN_TRANSPORT, RUN_UI, RUN_FETCH,
    RUN_CONTENTS,                  // p2v-inspect --contents
    RUN_PLAN,
    RUN_INHIBIT,                   // systemd-inhibit, while converting; it says nothing, and ends with its channel
    RUN_DMESG, RUN_LSCPU, RUN_LSPCI, RUN_LSSCSI, RUN_LSUSB,
    RUN_PRE, RUN_POST, RUN_FAIL,
    RUN_LOG_PRE, RUN_LOG_POST, RUN_LOG_FAIL,   // logger(1), for what each of them printed
    RUN_SHELL, RUN_NETWORK, RUN_POWEROFF, RUN_REBOOT, RUN_SAVE_LOG,    // what the person asks for by a button
    RUN_IDENTIFY,                  // the same, with a number of its own
    RUN_PROGRAMS,                  // how many
};

#define RUN_HELPERS (RUN_INHIBIT + 1)      // [0, RUN_HELPERS) speak on a channel
#define RUN_FIRST_TOOL RUN_DMESG           // [RUN_FIRST_TOOL, RUN_FIRST_HOOK) write to a descriptor
#define RUN_FIRST_HOOK RUN_PRE             // the person's own commands, from the kernel command line alone
#define RUN_FIRST_BUTTON RUN_SHELL

enum runner_request_kind { RUNNER_REQUEST_RUN, RUNNER_REQUEST_KILL };

// Supervisor -> runner, with at most RUNNER_MAX_FDS descriptors.
struct runner_request {
    uint32_t kind;                 // enum runner_request_kind
    uint32_t number;               // enum runner_program
    uint32_t id;                   // chosen by the supervisor, unique
    uint32_t argument;             // of RUN_IDENTIFY: the interface, 1 to INT32_MAX; else 0
};

#define RUNNER_MAX_FDS 3

enum runner_event_kind {
    RUNNER_STARTED, RUNNER_ENDED, RUNNER_NOT_STARTED,
    RUNNER_CANCEL,                 // somebody has sent virt-p2v a signal that ends it
    RUNNER_GONE,                   // never sent: its end of the socket is closed
};

// Runner -> supervisor.
struct runner_event {
    uint32_t kind;                 // enum runner_event_kind
    uint32_t id, number;           // as in the request; 0 of RUNNER_CANCEL
    int32_t pid;                   // RUNNER_STARTED, RUNNER_ENDED
    int32_t status;                // RUNNER_ENDED: as wait(2); RUNNER_NOT_STARTED: errno
};

// Name of a program for people: "p2v-export", "lspci", "p2v.post".
const char *runner_program_name(enum runner_program number);

// True of a tool or a logger: it runs for a moment, as a uid of its own, without a network.
bool runner_program_is_tool(uint32_t number);

// With which rights virt-p2v, where it is root, starts it: for the audit log.  p2v-runner/become.c is what does so.
const char *runner_program_rights(enum runner_program number);

// "exit status 1", "signal 9 (Killed)": how a program ended, for a sentence.  status: as wait(2).
void program_describe_status(int status, char *text, size_t size);

#endif
