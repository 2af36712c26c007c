// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.KEY=VALUE words of a kernel command line -> struct config (kernel Documentation/admin-guide/kernel-parameters.rst;
// quoting as in the kernel's lib/cmdline.c next_arg()).  Touches: /proc/cmdline.
#include "p2v-supervisor/kernel-cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *kernel_cmdline_read(struct error *err)
{
    int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
    char *line = fd < 0 ? NULL : calloc(1, KERNEL_CMDLINE_MAX + 1);
    ssize_t n = line == NULL ? -1 : read(fd, line, KERNEL_CMDLINE_MAX);
    if (n < 0) {
        error_set_errno(err, errno, "cannot read /proc/cmdline");
        free(line);
        line = NULL;
    }
    if (fd >= 0)
        close(fd);
    return line;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Cuts the next word off *rest and takes its double quotes out; NULL at the end.
static char *next_word(char **rest)
{
    char *p = *rest;
    while (is_blank(*p))
        p++;
    if (*p == '\0')
        return NULL;
    char *word = p, *out = p;
    bool quoted = false;
    for (; *p != '\0' && (quoted || !is_blank(*p)); p++) {
        if (*p == '"')
            quoted = !quoted;
        else
            *out++ = *p;
    }
    *rest = *p == '\0' ? p : p + 1;
    *out = '\0';
    return word;
}

int kernel_cmdline_parse(char *line, struct config *config, void (*warn)(const char *text), struct error *err)
{
    struct error ignored, *first = err;
    int result = 0;
    for (char *word; (word = next_word(&line)) != NULL;) {
        if (strncmp(word, "p2v.", 4) != 0)
            continue;
        char *key = word + 4, *value = strchr(key, '=');
        if (value != NULL)
            *value++ = '\0';
        int rc = config_set(config, key, value, first);
        if (rc < 0) {
            result = -1;
            first = &ignored;
        }
        if (rc > 0) {
            struct error unknown;
            error_set(&unknown, "p2v.%.64s is not a key of this program, and is not used", key);
            warn(unknown.text);
        }
    }
    return result;
}
