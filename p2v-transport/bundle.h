// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small files for the remote directory.  sftp.c uploads them one by one; where that cannot be, all go in one: one command makes
// the directory, takes them by cat and starts the wrapper.  Touches: the attachments' descriptors, reading.
#ifndef P2V_TRANSPORT_BUNDLE_H
#define P2V_TRANSPORT_BUNDLE_H

#include <stddef.h>

#include "proto/error.h"

#define BUNDLE_FILES_MAX 32
#define BUNDLE_FILE_MAX (1024 * 1024)
#define BUNDLE_NAME_MAX 64
#define BUNDLE_COMMAND_MAX 8192

#define BUNDLE_OWN_MAX 256         // of bundle_own()
#define BUNDLE_WRAPPER_MAX 512     // of bundle_wrapper_command()

// Exit statuses of the commands; the wrapper adds 73; 74 is resume's (job.c): nothing was started there, and nothing will be.
// 76 and 77 are bundle_own()'s.
enum bundle_status {
    BUNDLE_NO_DIRECTORY = 71, BUNDLE_NO_UPLOAD = 72, BUNDLE_NO_START = 73, BUNDLE_NOT_STARTED = 74, BUNDLE_ELSEWHERE = 75, BUNDLE_GONE = 76,
    BUNDLE_FOREIGN = 77,
};

struct bundle {
    size_t count;
    struct {
        char name[BUNDLE_NAME_MAX + 1];   // letters, digits and "._+-"
        size_t size;
    } files[BUNDLE_FILES_MAX];
    char *data;                   // owned; the files, one after the other
    size_t size;
};

// Adds a file.  0, or -1 with err: too many, too large, that name twice, or no file name at all.
int bundle_add(struct bundle *bundle, const char *name, const void *data, size_t size, struct error *err);

// Adds what the descriptor (a memfd, borrowed) holds.
int bundle_add_fd(struct bundle *bundle, const char *name, int fd, struct error *err);

// The command that reads bundle->data on standard input, makes directory (mode 0700; must not exist) with the files, and
// starts the wrapper there.  Words that every login shell reads alike.  0, or -1 with err.
int bundle_command(const struct bundle *bundle, const char *directory, const char *mark, char command[BUNDLE_COMMAND_MAX],
                   struct error *err);

// The command that starts the wrapper where the files have been uploaded already.
int bundle_start_command(const char *directory, const char *mark, char command[BUNDLE_COMMAND_MAX], struct error *err);

// What a command says before it touches a directory that it did not make itself: it ends with BUNDLE_GONE where there is none,
// with BUNDLE_FOREIGN where it is another user's or a link.  After a restart of the server /tmp is empty, and anybody may have
// made that name anew, whose wrapper would then be run by our user.  No "!" is in it, which is tcsh's for its history.
void bundle_own(const char *directory, char check[BUNDLE_OWN_MAX]);

// The command that runs the wrapper with these words, where the directory is there and is ours.
void bundle_wrapper_command(const char *directory, const char *words, char command[BUNDLE_WRAPPER_MAX]);

void bundle_free(struct bundle *bundle);

#endif
