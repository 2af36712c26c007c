// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk served by another NBD server: qemu-nbd or nbdkit, started in this process's sandbox once it is locked, on a
// Unix socket that nobody else can reach.  Clients' bytes are carried there and back (pump.c).
//
// How the server opens the disk: it takes no descriptor, only a path, and opening /proc/self/fd/N asks the permissions of
// the original file again.  So the disk is shown in this process's own root at the lock, as a node that its group may read
// (a file, --test-disk, as itself); hence the descriptor must be there before the lock: EXTERNAL_DISK_FD.
// Touches: the socket's directory; a child process.
#ifndef P2V_EXPORT_EXTERNAL_H
#define P2V_EXPORT_EXTERNAL_H

#include <sys/types.h>

#include "p2v-export/serve.h"
#include "proto/channel.h"
#include "proto/nbd-servers.h"
#include "sandbox/sandbox.h"

#define EXTERNAL_DISK_FD (CHANNEL_FD + 1)      // where virt-p2v puts the disk
#define EXTERNAL_MAX_PATHS 16

struct external {
    const struct nbd_server *server;
    const char *program;                       // absolute
    struct sandbox_policy policy;              // of this process and of the server
    struct sandbox_path paths[EXTERNAL_MAX_PATHS];
    size_t path_count;
    bool own_root;                             // the server sees the sandbox's root; else (not root) the machine's
    int disk_fd;
    char disk_source[32];                      // the disk by this process's descriptor
    char directory[32];                        // where the socket is made
    char socket[48];                           // where it is connected to
    pid_t pid;
    int ended_fd;                              // pidfd: readable when the server has ended
    int words_fd;                              // what the server says: its standard output and error
    char line[256];                            // the line that it is saying
    size_t line_size;
    char last_words[256];                      // the last whole line that was not empty
};

// The server's name -> its policy, but for the disk.  False with err: no external server has that name, or it is not installed.
bool external_choose(struct external *external, const char *name, struct error *err);

// Before the lock: gives the policy the disk, by disk_fd, which is taken over, and the socket's directory.  keeps_root: by hand with
// --no-sandbox.  0, or -1 with err.
int external_prepare(struct external *external, int disk_fd, bool keeps_root, struct error *err);

// In place of external_start(), before or after the lock: what was made of files goes.  NULL: nothing was.
void external_forget(const struct external *external);

// After the lock: starts the server and waits until it answers.  0, or -1 with err: its own last words.
int external_start(struct external *external, struct error *err);

// A new stream to the server, non-blocking; -1 with errno.
int external_connect(const struct external *external);

// Takes in what the server has said, and keeps the last line.
void external_listen(struct external *external);

// The server has ended: always an error, told in err with its last words.
void external_ended(struct external *external, struct error *err);

struct pump;

// All that carrying takes, for the life of the program; NULL where there is not enough memory.
struct pump *pump_new(struct external *external);

// Carries the bytes of whoever arrives, until one of the ends that serve() has, or the server's.  Called again, it goes on.
enum serve_result external_serve(struct pump *pump, enum arrival kind, int arrivals, int channel, struct error *err);

#endif
