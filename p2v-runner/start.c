// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor is started and told what this run is to do, once, in one message.  Touches: that process and its channel.
#include "p2v-runner/start.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "proto/configuration.h"
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

int start_send(int fd, const struct start *start, struct error *err)
{
    struct configuration configuration;
    struct error wrong = { 0 };
    const struct options *options = start->options;
    const struct config *config = start->config;
    P2v__RunStart message = P2V__RUN_START__INIT;
    P2v__Envelope envelope = ENVELOPE(run_start, RUN_START, &message);
    configuration_make(&configuration, config);
    error_set(&wrong, "%s", start->error);
    text_clean_line(wrong.text);
    message.configuration = &configuration.all;
    message.password = bytes_of(config->password);
    message.passphrase = bytes_of(config->passphrase);
    message.identity_hidden = config->identity != NULL && config_hides(config_find("auth.identity.url"), config->identity);
    for (size_t i = 0; i < config->output_misc.count; i++)
        message.misc_hidden = message.misc_hidden || config_hides(config_find("output.misc"), config->output_misc.items[i]);
    message.error = wrong.text;
    message.test_disks = (char **)options->test_disks;
    message.n_test_disks = options->test_disk_count;
    message.nbd = (char *)start->nbd;
    message.helper_dir = (char *)options->helper_dir;
    message.ui_program = (char *)start->list->ui_program;
    message.dialogs = start->dialogs;
    message.allow_shell = options->allow_shell;
    message.iso = options->iso;
    message.colours = options->colours;
    message.verbose = options->verbose;
    return channel_send(fd, true, &envelope, &start->machine_fd, start->machine_fd >= 0 ? 1 : 0, err) == CHANNEL_BROKEN ? -1 : 0;
}
