// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-p2v --print-sandbox.  Touches: standard output; starts helpers, each with --print-sandbox alone, one after the other.
#include "p2v-runner/print-sandbox.h"

#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/helper.h"
#include "proto/nbd-servers.h"

// Every program, and where an option gives it another lock, that.
static const char *const helpers[][2] = {
    { "p2v-supervisor" }, { "p2v-inspect" }, { "p2v-inspect", "--contents" }, { "p2v-plan" }, { "p2v-export" }, { "p2v-transport" },
    { "p2v-fetch" }, { "p2v-ui" }, { "p2v-ui", "--front-end=terminal" }, { "p2v-ui-gtk" },
};

static int run(const char *helper_dir, const char *name, const char *option, bool as_json)
{
    static unsigned printed;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", helper_dir, name);
    if (strcmp(name, "p2v-ui-gtk") == 0 && access(path, X_OK) < 0)
        return EXIT_OK;                    // a machine without a display need not have it
    fputs(as_json && printed++ > 0 ? ",\n" : "", stdout);
    fflush(stdout);
    const char *print = as_json ? "--print-sandbox=json" : "--print-sandbox";
    const char *const argv[] = { name, print, option, NULL };
    pid_t pid;
    int status, error = posix_spawn(&pid, path, NULL, NULL, (char *const *)argv, environ);
    if (error != 0)
        return fprintf(stderr, "virt-p2v: error: cannot run %s: %s\n", path, strerror(error)), EXIT_FAILED;
    return waitpid(pid, &status, 0) == pid && status == 0 ? EXIT_OK : EXIT_FAILED;
}

int print_sandboxes(const char *helper_dir, bool as_json)
{
    fputs(as_json ? "[\n" : "", stdout);
    int status = EXIT_OK;
    for (size_t i = 0; i < sizeof helpers / sizeof helpers[0] && status == EXIT_OK; i++)
        status = run(helper_dir, helpers[i][0], helpers[i][1], as_json);
    // Of the external NBD servers' locks, one for each family that is installed.
    for (const struct nbd_server *server = nbd_servers; server->name != NULL && status == EXIT_OK; server++) {
        char option[64];
        snprintf(option, sizeof option, "--external=%s", server->name);
        if (server->activated && nbd_server_program(server) != NULL)
            status = run(helper_dir, "p2v-export", option, as_json);
    }
    fputs(as_json ? "]\n" : "", stdout);
    return fflush(stdout) != 0 || ferror(stdout) ? EXIT_FAILED : status;
}
