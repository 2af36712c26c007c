// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor is started and told what this run is to do, once, in one message.  Touches: that process and its channel.
#include "p2v-runner/start.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "proto/helper.h"
#include "proto/text.h"

#define MAX_SETTINGS 1024              // as proto/check.c
#define MAX_KEYS 64
#define NUMBER_MAX 32                  // bytes of a number or a truth, as typed

// The settings, which borrow their texts from the configuration.
struct settings {
    P2v__Setting all[MAX_SETTINGS];
    P2v__Setting *pointers[MAX_SETTINGS];
    char numbers[MAX_KEYS][NUMBER_MAX];
    size_t count;
};

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

static int put(struct settings *settings, const struct config_key *key, const char *value, struct error *err)
{
    if (settings->count == MAX_SETTINGS)
        return error_set(err, "the configuration is too long: it has more than %d values", MAX_SETTINGS);
    P2v__Setting *setting = &settings->all[settings->count];
    p2v__setting__init(setting);
    setting->name = (char *)key->name;
    setting->value = (char *)value;
    settings->pointers[settings->count++] = setting;
    return 0;
}

// An empty list that was given is not the same as none.
static int put_list(struct settings *settings, const struct config_key *key, const struct config_list *list, struct error *err)
{
    int rc = list->count == 0 && list->given ? put(settings, key, "", err) : 0;
    for (size_t i = 0; i < list->count && rc == 0; i++)
        rc = put(settings, key, list->items[i], err);
    return rc;
}

static int put_key(struct settings *settings, const struct config *config, const struct config_key *key, struct error *err)
{
    const void *field = (const char *)config + key->offset;
    char *number = settings->numbers[key - config_keys];
    if (!config_given(config, field))
        return 0;
    if (key->type == CONFIG_SECRET)                // that there is one; it goes for itself
        return put(settings, key, "", err);
    if (key->type == CONFIG_LIST)
        return put_list(settings, key, field, err);
    if (key->type == CONFIG_TEXT)
        return put(settings, key, *(char *const *)field, err);
    return config_value(config, key, number, NUMBER_MAX) ? put(settings, key, number, err) : 0;
}

static ProtobufCBinaryData bytes_of(char *text)
{
    return (ProtobufCBinaryData){ text != NULL ? strlen(text) : 0, (unsigned char *)text };
}

int start_send(int fd, const struct start *start, struct error *err)
{
    static struct settings settings;               // too large for the stack
    struct error wrong = { 0 };
    const struct options *options = start->options;
    P2v__RunStart message = P2V__RUN_START__INIT;
    P2v__Envelope envelope = ENVELOPE(run_start, RUN_START, &message);
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        if (put_key(&settings, start->config, key, err) < 0)
            return -1;
    error_set(&wrong, "%s", start->error);
    text_clean_line(wrong.text);
    message.settings = settings.pointers;
    message.n_settings = settings.count;
    message.password = bytes_of(start->config->password);
    message.passphrase = bytes_of(start->config->passphrase);
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
