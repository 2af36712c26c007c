// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finds the sshd process of our connection, and ends that of a lost one, by a command.  Touches: the SSH connection.
#include "p2v-transport/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-transport/names.h"
#include "p2v-transport/remote.h"

// Of /proc/PID/stat: what follows the name's last parenthesis begins with the state, the parent, ...; 20th is the time of birth.
#define FIELDS "set -- ${s##*\") \"};"

// From the shell that sshd started upwards to the first process that is named as sshd is (sshd-session, from OpenSSH 9.8 on).
#define FIND "/bin/sh -c 'p=$PPID; while [ \"$p\" -gt 1 ]; do read -r s < /proc/$p/stat || exit 1; " FIELDS \
             " case $s in \"$p (sshd\"*) echo %s $p ${20}; exit;; esac; p=$2; done'"
#define END "/bin/sh -c 'p=%" PRIu32 "; read -r s < /proc/$p/stat || exit 0; " FIELDS \
            " case $s in \"$p (sshd\"*) [ ${20} = %" PRIu64 " ] && kill $p;; esac'"

// What a command cannot do is not worth a word: it only helps.
static int run(struct link *link, const char *command, struct remote_output *output, struct error *err)
{
    output->text[0] = '\0';
    if (remote_run(link, command, output, err) == 0 || !link->lost)
        return 0;
    return -1;
}

int session_find(struct link *link, struct session *session, struct error *err)
{
    char mark[NAMES_MARK_SIZE], command[512];
    struct remote_output *output = calloc(1, sizeof *output);
    *session = (struct session){ 0 };
    if (output == NULL)
        return 0;
    names_mark(mark);
    snprintf(command, sizeof command, FIND, mark);
    int rc = run(link, command, output, err);
    const char *answer = rc == 0 ? strstr(output->text, mark) : NULL;
    if (answer != NULL && sscanf(answer + strlen(mark), " %9" SCNu32 " %19" SCNu64, &session->pid, &session->began) != 2)   // NOLINT(cert-err34-c): so many digits cannot be too large
        *session = (struct session){ 0 };
    if (session->pid > INT32_MAX)
        *session = (struct session){ 0 };
    free(output);
    return rc;
}

int session_end(struct link *link, const struct session *session, struct error *err)
{
    char command[512];
    struct remote_output *output = session->pid == 0 ? NULL : calloc(1, sizeof *output);
    if (output == NULL)
        return 0;
    snprintf(command, sizeof command, END, session->pid, session->began);
    int rc = run(link, command, output, err);
    free(output);
    return rc;
}
