// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v.KEY=VALUE words of a kernel command line -> struct config.
#ifndef P2V_RUNNER_KERNEL_CMDLINE_H
#define P2V_RUNNER_KERNEL_CMDLINE_H

#include "proto/config-table.h"
#include "proto/error.h"

#define KERNEL_CMDLINE_MAX 65536       // bytes; the kernel's own limit is 2048 or 4096

// Reads /proc/cmdline.  The text is owned by the caller, who wipes it: it may hold a password.  NULL with err.
char *kernel_cmdline_read(struct error *err);

// Splits the line as the kernel does (blanks separate; double quotes keep blanks; those round a whole word or a whole value
// are taken off) and sets every p2v.* key in config; other words are not ours.  The line is changed: its words are cut.  warn() is told of unknown keys.
// 0, or -1 with err: the first bad value.  The rest is set all the same, because p2v.fail may be among it.
int kernel_cmdline_parse(char *line, struct config *config, void (*warn)(const char *text), struct error *err);

#endif
