// SPDX-License-Identifier: GPL-2.0-or-later
//
// The supervisor's state, made in main(), passed by pointer to everybody.
#ifndef P2V_SUPERVISOR_SUPERVISOR_H
#define P2V_SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "p2v-supervisor/disks.h"
#include "p2v-supervisor/options.h"
#include "p2v-supervisor/runner.h"
#include "p2v-supervisor/secrets.h"
#include "proto/channel.h"
#include "proto/config-table.h"
#include "proto/nbd-servers.h"

#define MAX_DISKS 64
#define MAX_PEERS (2 * MAX_DISKS + 8)
#define MAX_QUEUED 64              // messages that wait for a slow display
#define TOOLS (RUN_FIRST_HOOK - RUN_FIRST_TOOL)

// What a helper has been asked and may therefore answer: the columns of permit.c's table.
enum peer_state {
    PEER_STARTING = 1 << 0,        // forked; it must say Ready
    PEER_INSPECTING = 1 << 1,
    PEER_EXPORT_STARTING = 1 << 2,
    PEER_EXPORTING = 1 << 3,
    PEER_LOGGING_IN = 1 << 4,
    PEER_LOGGED_IN = 1 << 5,       // it waits for us
    PEER_TESTING = 1 << 6,
    PEER_FORWARD_STARTING = 1 << 7,
    PEER_FORWARDING = 1 << 8,
    PEER_CONVERSION_STARTING = 1 << 9,
    PEER_CONVERTING = 1 << 10,
    PEER_SHOWING = 1 << 11,        // p2v-ui
    PEER_SHOWING_VERDICT = 1 << 12,
    PEER_LISTING_BAD = 1 << 13,    // p2v-export, of the ranges that it could not read
    PEER_READING_CONTENTS = 1 << 14,
    PEER_CLOSED = 1 << 15,         // we are done with it: its channel is closed, its end is awaited
};

enum role { ROLE_NONE, ROLE_TEST, ROLE_DATA, ROLE_CONTROL };   // of a p2v-transport

struct peer {
    uint32_t id;                   // the runner's; 0: a free place
    enum runner_program program;
    enum role role;
    enum peer_state state;
    int fd;                        // its channel, -1 once closed
    int errors_fd;                 // memfd: its standard error
    int data_fd;                   // its end of the data plane until it is handed over, else -1
    size_t disk;                   // index in disks, for export and data transports; for RUN_CONTENTS in contents
    P2v__Envelope *queue[MAX_QUEUED];
    size_t queued;
};

enum phase { PHASE_INSPECT, PHASE_PRE, PHASE_TEST, PHASE_CONNECT, PHASE_CONVERT, PHASE_VERDICT, PHASE_HOOK, PHASE_OVER };

enum outcome { OUTCOME_NONE, OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_CANCELLED };

struct tool_output {
    uint32_t id;                   // the runner's, while it runs; then 0
    int fd;                        // memfd, -1: none
};

struct supervisor {
    struct options options;
    struct config config;
    const struct nbd_server *nbd;  // who serves the disks, chosen by --nbd
    struct secrets *secrets;
    struct runner runner;
    int signals;                   // signalfd
    uint32_t last_id;

    struct peer peers[MAX_PEERS];
    unsigned reported;             // 1 << program: its missing layers have been told
    struct tool_output tools[TOOLS];
    uint32_t hook_id;              // the runner's, of a hook that runs
    int hook_status;               // wait(2)'s, of one that has ended

    enum phase phase;
    struct message inventory;      // p2v-inspect's answer, kept
    struct message contents[MAX_DISKS];    // what is on each disk that could be chosen, as choice.c counts them; clear: not known
    bool tested;                   // the test connection has succeeded
    struct disk disks[MAX_DISKS];
    uint32_t ports[MAX_DISKS];     // on the conversion server's loopback; 0: not yet
    size_t disk_count;
    char remote_directory[65];

    struct error trouble;          // the last warning of a p2v-export: what a failure later may come from

    enum outcome outcome;
    struct error verdict;
    bool verdict_shown;
    struct timespec deadline;      // CLOCK_MONOTONIC; zero: none
};

#endif
