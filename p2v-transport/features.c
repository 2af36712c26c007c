// SPDX-License-Identifier: GPL-2.0-or-later
//
// The command that asks the server's virt-v2v, and the parser of its answer, which is hostile.  Touches: the SSH connection.
#include "p2v-transport/features.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-transport/names.h"
#include "p2v-transport/remote.h"
#include "proto/text.h"

#define OLDEST_MAJOR 1
#define OLDEST_MINOR 28           // the first whose -i libvirtxml takes what we write

void features_command(const char *mark, bool sudo, char *command, size_t size)
{
    const char *prefix = sudo ? "sudo -n " : "";
    snprintf(command, size,
             "/bin/sh -c 'LC_ALL=C; export LC_ALL; echo %s version; %svirt-v2v --version; echo %s status $?; "
             "echo %s features; %svirt-v2v --machine-readable; echo %s status $?'",
             mark, prefix, mark, mark, prefix, mark);
}

// Digits alone, and no more of them than `most`: strtoul() and scanf() would take signs and blanks too.
static bool take_number(const char **text, size_t most, unsigned *number)
{
    size_t digits = strspn(*text, "0123456789");
    *number = 0;
    for (size_t i = 0; i < digits && digits <= most; i++)
        *number = *number * 10 + (unsigned)((*text)[i] - '0');
    *text += digits;
    return digits > 0 && digits <= most;
}

// The lines between "MARK title" and "MARK status N", as a copy in *body; the status, or -1 where there is no such part.
static int part(const char *mark, const char *title, const char *output, char *body, size_t size)
{
    char line[128];
    snprintf(line, sizeof line, "%s %s\n", mark, title);
    const char *begin = strstr(output, line);
    if (begin == NULL)
        return -1;
    begin += strlen(line);
    snprintf(line, sizeof line, "%s status ", mark);
    const char *end = strstr(begin, line);
    if (end == NULL || (size_t)(end - begin) >= size)
        return -1;
    memcpy(body, begin, (size_t)(end - begin));
    body[end - begin] = '\0';
    const char *rest = end + strlen(line);
    unsigned status;
    return take_number(&rest, 3, &status) && *rest == '\n' && status <= 255 ? (int)status : -1;
}

static int explain(const char *server, int status, const char *complaint, struct error *err)
{
    char line[256];
    bool no_sudo = remote_complaint_line(complaint, " sudo: not found", line, sizeof line) ||
                   remote_complaint_line(complaint, " sudo: command not found", line, sizeof line);
    if (status == 127 && no_sudo)
        return error_set(err, "sudo is not installed on %s: install it there, or log in as root without p2v.sudo", server);
    bool not_found = remote_complaint_line(complaint, "not found", line, sizeof line);
    if (status == 127 || (status == 1 && not_found))
        return error_set(err, "virt-v2v is not installed on %s: install it there (package virt-v2v), and try again", server);
    if (remote_complaint_line(complaint, "sudo:", line, sizeof line))
        return error_set(err, "sudo on %s must work without a password for this user, and does not (%s): "
                         "permit it in sudoers (NOPASSWD), or log in as root", server, line);
    if (remote_complaint_line(complaint, NULL, line, sizeof line))
        return error_set(err, "virt-v2v on %s does not run: it ended with status %d and said: %s", server, status, line);
    return error_set(err, "virt-v2v on %s does not run: it ended with status %d", server, status);
}

// "virt-v2v 2.2.0", "virt-v2v 1.42.0rhel=8,release=9": the version is the longest word.
static int parse_version(const char *server, const char *body, struct features *features, struct error *err)
{
    const char *p = body;
    while (p != NULL && strncmp(p, "virt-v2v ", 9) != 0)
        p = strchr(p, '\n') != NULL ? strchr(p, '\n') + 1 : NULL;
    unsigned major = 0, minor = 0;
    const char *number = p != NULL ? p + 9 : "";
    if (p == NULL || !take_number(&number, 5, &major) || *number++ != '.' || !take_number(&number, 5, &minor))
        return error_set(err, "virt-v2v on %s does not say which version it is", server);
    size_t length = strspn(p + 9, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-");
    if (length >= sizeof features->version)
        length = sizeof features->version - 1;
    memcpy(features->version, p + 9, length);
    features->version[length] = '\0';
    if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
        return error_set(err, "virt-v2v on %s is version %s, which is too old: %d.%d or later is needed", server, features->version,
                         OLDEST_MAJOR, OLDEST_MINOR);
    return 0;
}

// One driver into its list; one that is no word, or one too many, is left out: it could not be chosen anyway.
static void take(const char *line, size_t length, const char *prefix, char list[][FEATURES_WORD_MAX], size_t *count)
{
    size_t skip = strlen(prefix);
    if (length <= skip || length - skip >= FEATURES_WORD_MAX || strncmp(line, prefix, skip) != 0 || *count == FEATURES_DRIVERS_MAX)
        return;
    memcpy(list[*count], line + skip, length - skip);
    list[*count][length - skip] = '\0';
    if (text_is_word(list[*count]))
        (*count)++;
}

static int parse_drivers(const char *server, const char *body, struct features *features, struct error *err)
{
    for (const char *p = body; *p != '\0';) {
        size_t length = strcspn(p, "\n");
        take(p, length, "input:", features->input, &features->input_count);
        take(p, length, "output:", features->output, &features->output_count);
        p += length + (p[length] != '\0');
    }
    for (size_t i = 0; i < features->input_count; i++)
        if (strcmp(features->input[i], "libvirtxml") == 0)
            return features->output_count > 0 ? 0 : error_set(err, "virt-v2v on %s can write to no target", server);
    return error_set(err, "virt-v2v on %s cannot convert physical machines: it has no -i libvirtxml", server);
}

int features_parse(const char *mark, const char *server, const char *output, const char *complaint, struct features *features,
                   struct error *err)
{
    *features = (struct features){ 0 };
    char *body = malloc(REMOTE_OUTPUT_MAX);
    if (body == NULL)
        return error_set(err, "out of memory");
    int rc = -1;
    int version = part(mark, "version", output, body, REMOTE_OUTPUT_MAX);
    if (version < 0)
        error_set(err, "%s gives no usable answer when a command is run: check this user's login shell there", server);
    else if (version != 0)
        explain(server, version, complaint, err);
    else if (parse_version(server, body, features, err) == 0) {
        int status = part(mark, "features", output, body, REMOTE_OUTPUT_MAX);
        rc = status == 0 ? parse_drivers(server, body, features, err) : explain(server, status, complaint, err);
    }
    free(body);
    return rc;
}

int features_check(const struct features *features, const char *server, const char *mode, struct error *err)
{
    char modes[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < features->output_count; i++) {
        if (mode[0] == '\0' || strcmp(features->output[i], mode) == 0)
            return 0;
        if (used < sizeof modes)
            used += (size_t)snprintf(modes + used, sizeof modes - used, "%s%s", i > 0 ? ", " : "", features->output[i]);
    }
    return error_set(err, "the virt-v2v %s on %s has no output mode %s: p2v.o can be one of %s", features->version, server, mode, modes);
}

int features_ask(struct link *link, bool sudo, struct features *features, struct error *err)
{
    char mark[NAMES_MARK_SIZE], command[512];
    struct remote_output *output = malloc(sizeof *output);
    if (output == NULL)
        return error_set(err, "out of memory");
    names_mark(mark);
    features_command(mark, sudo, command, sizeof command);
    int rc = remote_run(link, command, output, err);
    if (rc == 0)
        rc = features_parse(mark, link->server, output->text, output->complaint, features, err);
    free(output);
    return rc;
}
