// SPDX-License-Identifier: GPL-2.0-or-later
//
// The supervisor's state, made in main(), passed by pointer to everybody.
#ifndef P2V_SUPERVISOR_SUPERVISOR_H
#define P2V_SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "p2v-supervisor/audit.h"
#include "p2v-supervisor/disks.h"
#include "p2v-supervisor/runner.h"
#include "p2v-supervisor/secrets.h"
#include "proto/config-table.h"
#include "proto/helper.h"
#include "proto/limits.h"
#include "proto/nbd-servers.h"
#include "proto/ssh-names.h"

#define MAX_PEERS (3 * MAX_DISKS + 8) // a p2v-transport may still be ending when the next is there
#define MAX_QUEUED (MAX_DISKS + 8) // messages that wait for a slow display, or p2v-plan
#define CACERT_MAX 32768           // bytes
#define TOOLS (RUN_FIRST_HOOK - RUN_FIRST_TOOL)

// What a helper has been asked and may therefore answer: the columns of permit.c's table.
enum peer_state {
    PEER_STARTING = 1 << 0,        // started; it must say Ready
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
    PEER_ASKING = 1 << 14,         // p2v-transport, waiting for an answer to its question
    PEER_ASKED = 1 << 15,          // p2v-ui, showing that question
    PEER_FETCHING = 1 << 16,
    PEER_READING_CONTENTS = 1 << 17,
    PEER_DIALOGS = 1 << 18,        // p2v-ui, where the person decides
    PEER_PLANNING = 1 << 19,       // p2v-plan
    PEER_PLANNED = 1 << 20,        // it waits for the next question
    PEER_CLOSED = 1 << 21,         // we are done with it: its channel is closed, its end is awaited
};

#define UI_LISTENS (PEER_SHOWING | PEER_ASKED | PEER_DIALOGS)

enum role { ROLE_NONE, ROLE_TEST, ROLE_DATA, ROLE_CONTROL };   // of a p2v-transport

struct peer {
    uint32_t id;                   // the runner's; 0: a free place
    enum runner_program program;
    enum role role;
    enum peer_state state;
    int fd;                        // its channel, -1 once closed
    struct audit *audit;           // borrowed
    time_t killed_at;              // it has closed its channel: by then (CLOCK_MONOTONIC, seconds) it has ended, or is killed; 0: not so
    bool killed;                   // we have asked for that; only the kernel can keep it now
    int errors_fd;                 // memfd: its standard error
    int data_fd;                   // its end of the data plane until it is handed over, else -1
    size_t disk;                   // index in disks, for export and data transports; for RUN_CONTENTS in contents
    struct message question;       // in PEER_ASKING: what it asked
    P2v__Envelope *queue[MAX_QUEUED];
    size_t queued;
};

enum phase { PHASE_INSPECT, PHASE_PLAN, PHASE_ASK, PHASE_PRE, PHASE_FETCH, PHASE_TEST, PHASE_CONNECT, PHASE_CONVERT, PHASE_VERDICT, PHASE_HOOK, PHASE_OVER };

// What a plan is asked for: after the inspection, for what the person has chosen so far, or to begin with it.
enum plan_use { PLAN_BEGIN, PLAN_CHECK, PLAN_CONVERT };

enum outcome {                     // as a UI is told of it
    OUTCOME_NONE, OUTCOME_DONE = P2V__CONVERSION_RESULT__CONVERSION_DONE, OUTCOME_FAILED = P2V__CONVERSION_RESULT__CONVERSION_FAILED,
    OUTCOME_CANCELLED = P2V__CONVERSION_RESULT__CONVERSION_CANCELLED,
};

// The server, or a URL's, that cannot be reached at first.
struct waiting {
    time_t since;                  // CLOCK_MONOTONIC, seconds: the first failure of the run; 0: none yet
    time_t told;
    struct error why;              // as told; "": it is there
};

// A connection that was lost, or could not be made, and is being made again.
struct loss {
    time_t since;                  // CLOCK_MONOTONIC, seconds; 0: it is not lost
    time_t next;                   // when it is tried again; 0: that is being done
    unsigned wait;                 // before the try after that
    struct error why;              // the last try's failure
};

// A command of the person's, the one that runs or ran last.
struct hook {
    enum runner_program program;
    int status;                    // wait(2)'s, once it has ended
    int fd;                        // what it prints comes here; 0: nothing more
    int kept_fd;                   // memfd: what it has printed
    size_t kept;                   // bytes of that
};

// A descriptor of 0 is none: the standard ones are taken before all others (p2v-runner/main.c).
struct supervisor {
    struct message run;            // RunStart
    const P2v__RunStart *start;    // in it; its secrets are gone
    const P2v__Settings *settings; // in it too; of the kernel command line alone
    const P2v__Connection *connection;     // of these at first; in dialogs the person's last word
    const P2v__Guest *guest;
    const P2v__Output *output;
    const struct nbd_server *nbd;  // who serves the disks, chosen by --nbd
    struct secrets *secrets;
    struct audit audit;
    unsigned char known_hosts[SSH_KNOWN_HOSTS_MAX + 1];
    size_t known_hosts_size;       // bytes; 0: none
    char host_key[SSH_FINGERPRINT_SIZE];   // accepted first, and for all of this run; "": none yet
    uint32_t asking_id;            // the peer whose question p2v-ui shows; 0: none
    unsigned char cacert[CACERT_MAX];      // of p2v.cacert
    size_t cacert_size;
    unsigned urls_done;            // urls.c: 1 << file: it has been fetched
    int runner;                    // the socket to it
    int machine_fd;                // whose lock the one that converts holds, where there may be others (--iso); 0: there are none
    uint32_t last_id;

    struct peer peers[MAX_PEERS];
    unsigned reported;             // 1 << program: its missing layers have been told
    uint32_t tasks[RUN_PROGRAMS];  // what is no helper: the runner's id while it runs; then 0
    time_t tools_until;            // CLOCK_MONOTONIC, seconds: what has not ended then is not uploaded
    int attachments[TOOLS + 1];    // memfds: what a tool, and the last p2v.pre, has printed, to be uploaded; sealed at their end; 0: none
    struct hook hook;

    bool dialogs;                  // it asks what to convert; else the configuration says it
    bool decided;                  // the configuration, by the person
    bool claimed_by_other;         // another virt-p2v converts this machine: p2v.fail might end it
    struct message connect, choice;        // their last word: UiConnect, and UiCheck or UiConvert
    P2v__UiSettings shown;         // what a p2v-ui is told of all that; clear: nothing yet
    P2v__Guest shown_guest;        // this is in it until the person has said otherwise
    char *shown_disks[MAX_DISKS];
    struct message features;       // of the server to which the connection was tested last
    P2v__UiRequestKind button;     // what was asked for last,
    uint32_t button_asker;         // by which p2v-ui, the runner's id,
    int button_fd;                 // and what it has to say, a memfd; -1: none
    int log_fd;                    // memfd: all that was shown; 0: nothing yet
    size_t log_size;               // bytes
    unsigned ui_deaths;            // since
    time_t ui_died;                // CLOCK_MONOTONIC, seconds

    enum phase phase;
    bool inspecting;               // p2v-inspect has been started
    struct message inventory;      // p2v-inspect's answer, kept
    const P2v__Inventory *machine; // in it; NULL: it is not there yet
    struct message contents[MAX_DISKS];    // what is on each disk of the inventory; clear: not known
    struct message plan;           // p2v-plan's last answer
    enum plan_use plan_use;
    bool overrule;                 // its warnings are no reason not to begin
    bool tested;                   // the test connection has succeeded
    struct disk disks[MAX_DISKS];
    size_t disk_count;
    int limit_fd;                  // memfd that the data connections share for p2v.bwlimit; 0: none
    char remote_directory[65];     // "": none yet
    bool started, ended;           // the conversion, in that directory
    uint64_t output_bytes;         // of virt-v2v, that have come
    size_t bad_asked;              // the disk whose bad ranges the control transport waits for; MAX_DISKS: none
    struct loss losses[MAX_DISKS + 1];     // one a disk; the last is the control connection's, and before it the test's and the fetch's
    struct waiting waiting;
    bool cancelling;               // the person wants it ended, and the server is being told

    struct error trouble;          // the last warning of a p2v-export: what a failure later may come from

    enum outcome outcome;
    struct error verdict;
    bool verdict_shown;
    time_t deadline;               // CLOCK_MONOTONIC, seconds; 0: none
};

#endif
