// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.KEY=VALUE words of a kernel command line -> struct config (kernel Documentation/admin-guide/kernel-parameters.rst;
// quoting as in the kernel's lib/cmdline.c next_arg()).  Touches: /proc/cmdline.
#include "p2v-runner/kernel-cmdline.h"

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

// Takes off the quote that begins text and, where it is its last character, the one that ends it.
static char *unquote(char *text)
{
    size_t size = strlen(text);
    if (text[0] != '"')
        return text;
    if (size > 1 && text[size - 1] == '"')
        text[size - 1] = '\0';
    return text + 1;
}

// Cuts the next word off *rest: blanks inside double quotes do not end it.  NULL at the end.
static char *next_word(char **rest)
{
    char *p = *rest;
    while (is_blank(*p))
        p++;
    if (*p == '\0')
        return NULL;
    char *word = p;
    for (bool quoted = false; *p != '\0' && (quoted || !is_blank(*p)); p++)
        quoted ^= *p == '"';
    *rest = *p == '\0' ? p : p + 1;
    *p = '\0';
    return unquote(word);
}

int kernel_cmdline_parse(char *line, struct config *config, void (*warn)(const char *text), struct error *err)
{
    struct error ignored, *first = err;
    int result = 0;
    for (char *word; (word = next_word(&line)) != NULL;) {
        bool ip = strncmp(word, "ip=", 3) == 0;         // the one key of the table without "p2v."
        if (strncmp(word, "p2v.", 4) != 0 && !ip)
            continue;
        char *key = ip ? word : word + 4, *value = strchr(key, '=');
        if (value != NULL) {
            *value++ = '\0';
            value = unquote(value);
        }
        int rc = config_set(config, key, value, first);
        if (rc < 0) {
            result = -1;
            first = &ignored;
        }
        if (rc > 0) {
            struct error unknown;
            const char *meant = config_nearest(key);
            error_set(&unknown, "p2v.%.64s is not a key of this program, and is not used%s%s%s", key,
                      meant != NULL ? ": is p2v." : "", meant != NULL ? meant : "", meant != NULL ? " meant?" : "");
            warn(unknown.text);
        }
    }
    return result;
}
