// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random names for the server: the remote directory, and the mark at which our own output begins.  Touches: getrandom(2).
#ifndef P2V_TRANSPORT_NAMES_H
#define P2V_TRANSPORT_NAMES_H

#include <time.h>

#define NAMES_DIRECTORY_SIZE 40   // "/tmp/virt-p2v-YYYYMMDD-XXXXXXXX" and its NUL
#define NAMES_MARK_SIZE 24        // "virt-p2v-XXXXXXXX" and its NUL

void names_directory(time_t now, char name[NAMES_DIRECTORY_SIZE]);
void names_mark(char name[NAMES_MARK_SIZE]);

#endif
