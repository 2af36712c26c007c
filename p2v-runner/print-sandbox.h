// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-p2v --print-sandbox: what every process of a conversion may do.
#ifndef P2V_RUNNER_PRINT_SANDBOX_H
#define P2V_RUNNER_PRINT_SANDBOX_H

#include <stdbool.h>

// Has the supervisor and each helper in helper_dir lock itself and print its policy; as JSON: a list with an object for each.
// Nothing else is done in this run of the program, which is not locked.  The exit status: EXIT_OK, or EXIT_FAILED, told.
int print_sandboxes(const char *helper_dir, bool as_json);

#endif
