// SPDX-License-Identifier: GPL-2.0-or-later
//
// One command on the conversion server, in an SSH exec channel: no terminal, no prompt.  Touches: the SSH connection.
//
// The server runs a command by the user's login shell, which may be any (bash, dash, zsh, fish, tcsh) and may print what
// it likes first.  So a command here is made of words that all of them read alike, and its output begins at a mark.
#ifndef P2V_TRANSPORT_REMOTE_H
#define P2V_TRANSPORT_REMOTE_H

#include <libssh/callbacks.h>
#include <stddef.h>
#include <sys/types.h>

#include "p2v-transport/link.h"

#define REMOTE_TIMEOUT_MS 60000   // for any step that is not the conversion itself
#define REMOTE_OUTPUT_MAX 65536   // of a command that is run to its end
#define REMOTE_COMPLAINT_MAX 2048 // of what it wrote to standard error: the rest is dropped

struct remote {
    struct link *link;
    ssh_channel channel;          // NULL: not open
    struct ssh_channel_callbacks_struct callbacks;
    bool readable;                // the callback saw bytes that have not been read
    int status;                   // exit status; -1: none known (yet), or it ended by a signal
    size_t complaint_size;
    char complaint[REMOTE_COMPLAINT_MAX + 1];   // standard error, NUL-terminated; anything may be in it
};

struct remote_output {
    int status;                   // as in struct remote
    size_t size;                  // of text, without its NUL
    char text[REMOTE_OUTPUT_MAX + 1];
    char complaint[REMOTE_COMPLAINT_MAX + 1];
};

// Starts the command.  *remote must stay where it is until remote_close().  0, or -1 with err.
int remote_open(struct link *link, struct remote *remote, const char *command, struct error *err);

// Starts a subsystem (RFC 4254, 6.5) in place of a command.  0, or -1 with err: the server has none of this name.
int remote_open_subsystem(struct link *link, struct remote *remote, const char *name, struct error *err);

// Reads standard output: the bytes read; 0: none at the moment; -1: there will be none any more.
ssize_t remote_read(struct remote *remote, void *buffer, size_t size);

// Writes all of data to standard input, at most until the deadline (clock_ms()); where the command has ended the rest is dropped.  0, or
// -1 with err.
int remote_write(struct remote *remote, const void *data, size_t size, int64_t deadline, struct error *err);

// The same, then ends it.  0, or -1 with err.
int remote_feed(struct remote *remote, const void *data, size_t size, int64_t deadline, struct error *err);

// True when output has ended and the exit status, if there is one, is known.
bool remote_ended(struct remote *remote);

// Ends the channel, whatever state the command is in.  One that is closed already, or could not be opened, is left alone.
void remote_close(struct remote *remote);

// Runs a command to its end, without input.  More output than fits is an error.  0, or -1 with err.
int remote_run(struct link *link, const char *command, struct remote_output *output, struct error *err);

// First line of a complaint that holds `word`, cleaned for people, into line; the first that is not empty where word is NULL.
// False where there is none.
bool remote_complaint_line(const char *complaint, const char *word, char *line, size_t size);

#endif
