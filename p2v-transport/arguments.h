// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-v2v's arguments as a file that sets a POSIX shell's positional parameters, after what the wrapper itself must know: is
// virt-v2v run by sudo, how many seconds are lost disks waited for, at which ports are they.  Pure memory.
//
// Every value is one single-quoted word: inside single quotes the shell (POSIX 2.2.2) knows no character but the closing
// quote, and a quote in the value is written '\''.  No value ever meets the login shell.
#ifndef P2V_TRANSPORT_ARGUMENTS_H
#define P2V_TRANSPORT_ARGUMENTS_H

#include <stddef.h>

#include "proto/p2v.pb-c.h"

// The file's content ("sudo=... patience=... ports='...'\nset -- ...\n"), malloc'd, its length in *size; NULL: out of memory.
char *arguments_file(const P2v__ConversionStart *start, const char *xml_path, size_t *size);

#endif
