// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor is started and told what this run is to do, once, in one message.  Touches: that process and its channel; the files of
// --test-disk, for their sizes.
#include "p2v-runner/start.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/configuration.h"
#include "proto/disk-file.h"
#include "proto/helper.h"
#include "proto/text.h"

pid_t start_supervisor(const struct runner_list *list, int *fd, struct error *err)
{
    int ends[2];
    if (channel_pair(ends) < 0)
        return error_set_errno(err, errno, "cannot make a channel for p2v-supervisor");
    pid_t pid = fork();
    if (pid == 0)
        runner_become_supervisor(list, ends[1]);
    if (pid < 0) {
        error_set_errno(err, errno, "cannot start p2v-supervisor");
        close(ends[0]);
    }
    close(ends[1]);
    *fd = ends[0];
    return pid;
}

static ProtobufCBinaryData bytes_of(char *text)
{
    return (ProtobufCBinaryData){ text != NULL ? strlen(text) : 0, (unsigned char *)text };
}

struct test_disks {
    P2v__Disk disks[MAX_TEST_DISKS], *pointers[MAX_TEST_DISKS];
    char names[MAX_TEST_DISKS][4];
};

static void make_test_disks(struct test_disks *made, const struct options *options)
{
    struct error later;                // one that is none, or cannot be opened, is told when it is to be converted
    int fd;
    for (size_t i = 0; i < options->test_disk_count; i++) {
        snprintf(made->names[i], sizeof made->names[i], "sd%c", (char)('a' + i));
        p2v__disk__init(&made->disks[i]);
        made->disks[i].name = made->names[i];
        fd = disk_file_open(options->test_disks[i], true, &made->disks[i].size_bytes, &later);
        if (fd >= 0)
            close(fd);
        made->pointers[i] = &made->disks[i];
    }
}

int start_send(int fd, const struct start *start, struct error *err)
{
    struct configuration configuration, shown;
    struct test_disks test_disks;
    struct error wrong = { 0 };
    const struct options *options = start->options;
    const struct config *config = start->config;
    P2v__RunStart message = P2V__RUN_START__INIT;
    P2v__Envelope envelope = ENVELOPE(run_start, RUN_START, &message);
    configuration_make(&configuration, config);
    configuration_make_shown(&shown, config);
    error_set(&wrong, "%s", start->error);
    text_clean_line(wrong.text);
    message.configuration = &configuration.all;
    message.password = bytes_of(config->password);
    message.passphrase = bytes_of(config->passphrase);
    message.shown_connection = &shown.connection;
    message.shown_output = &shown.output;
    message.error = wrong.text;
    make_test_disks(&test_disks, options);
    message.test_paths = (char **)options->test_disks;
    message.test_disks = test_disks.pointers;
    message.n_test_paths = message.n_test_disks = options->test_disk_count;
    message.nbd = (char *)start->nbd;
    message.helper_dir = (char *)options->helper_dir;
    message.ui_program = (char *)start->list->ui_program;
    message.dialogs = start->dialogs;
    message.allow_shell = options->allow_shell;
    message.iso = options->iso;
    message.colours = options->colours;
    message.verbose = options->verbose;
    message.audit_log = start->audit_fd >= 0 ? (char *)options->audit_log : message.audit_log;
    int fds[2];
    size_t count = 0;
    if (start->machine_fd >= 0)
        fds[count++] = start->machine_fd;
    if (start->audit_fd >= 0)
        fds[count++] = start->audit_fd;
    return channel_send(fd, true, &envelope, fds, count, err) == CHANNEL_BROKEN ? -1 : 0;
}
