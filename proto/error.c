// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sentences about failures.  Pure memory.
#include "proto/error.h"

#undef error_set
#undef error_set_errno

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"

static void set(struct error *err, int errno_value, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void set(struct error *err, int errno_value, const char *format, va_list args)
{
    // Built aside: an argument may be err->text itself, when a caller adds to what a callee said.
    char text[sizeof err->text];
    int n = vsnprintf(text, sizeof text, format, args);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    if (n < 0)
        text[0] = '\0';
    if (errno_value != 0)
        snprintf(text + used, sizeof text - used, ": %s", strerror(errno_value));
    text_clean_line(text);
    memcpy(err->text, text, sizeof text);
}

int error_set(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, 0, format, args);
    va_end(args);
    return -1;
}

int error_set_errno(struct error *err, int errno_value, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, errno_value, format, args);
    va_end(args);
    return -1;
}
