// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-p2v's command line.
#ifndef P2V_RUNNER_OPTIONS_H
#define P2V_RUNNER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_TEST_DISKS 26              // they are named sda to sdz

enum ui { UI_AUTO, UI_TEXT, UI_TERMINAL, UI_GTK };

struct options {
    char *cmdline;                     // owned copy of --cmdline's text, wiped by its user; NULL: /proc/cmdline
    const char *audit_log;             // a path; NULL: none
    const char *helper_dir;
    const char *nbd;                   // checked: names of NBD servers with commas between
    const char *test_disks[MAX_TEST_DISKS];
    size_t test_disk_count;
    enum ui ui;                        // UI_AUTO unless --ui was given
    bool iso;                          // this is the boot image: what would be dangerous elsewhere is granted
    bool allow_shell;                  // --iso, or --allow-shell
    bool colours;
    bool verbose;
};

// Fills options.  True to go on; false: end with *status (usage errors have been told).
bool options_parse(struct options *options, int argc, char *argv[], int *status);

#endif
