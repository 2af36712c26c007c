// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-p2v: what people start.  It reads options and configuration, starts p2v-supervisor and tells it of them, and from then on is
// the runner: the one process that starts others, by number, out of a list that is fixed before the supervisor is there.
// May touch: all that it was started with the right to, for somebody must; it reads no disk, no network and no helper's message.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p2v-runner/configure.h"
#include "p2v-runner/options.h"
#include "p2v-runner/start.h"
#include "proto/helper.h"

static int give_up(const struct error *err)
{
    fprintf(stderr, "virt-p2v: error: %s\n", err->text);
    return EXIT_FAILED;
}

// A standard descriptor that is closed stays of no use, but its number is taken: no other file may be standard output, or none at all.
static int take_standard_numbers(struct error *err)
{
    for (int i = 0; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY) != i)     // those who are started have it too
            return error_set_errno(err, errno, "cannot open /dev/null");
    return 0;
}

// In the boot image there is a virt-p2v on each console.  The lock is the supervisor's to take.
static int open_machine(struct error *err)
{
    const char *path = "/run/virt-p2v.lock";
    int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    return fd >= 0 ? fd : error_set_errno(err, errno, "cannot open %s, by which virt-p2v on several consoles agrees who converts", path);
}

// Opened with the rights of whoever has started this, because the supervisor can open nothing for writing.  A pipe or a terminal could
// hold it up.
static int open_audit_log(const char *path, struct error *err)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    if (fd < 0)
        return error_set_errno(err, errno, "cannot open the audit log %s", path);
    close(fd);
    return error_set(err, "cannot use %s as the audit log: it is not a file", path);
}

// What may be started; the commands, which the configuration owns yet, are not in it.
static struct runner_list make_list(const struct options *options, const struct nbd_server *nbd, enum ui ui)
{
    static char option[64];
    snprintf(option, sizeof option, "--external=%s", nbd->name);
    return (struct runner_list){
        .helper_dir = options->helper_dir,
        .export_option = nbd->family != NBD_BUILTIN ? option : NULL,
        .ui_program = ui == UI_GTK ? "p2v-ui-gtk" : "p2v-ui",
        .ui_option = ui == UI_TERMINAL ? "--front-end=terminal" : NULL,
        .display = ui == UI_GTK,
        .shell = options->allow_shell,
        .power = options->iso,
    };
}

// The commands go over to the list; nothing else of the configuration stays here, no secret above all.
static void keep_commands(struct config *config, struct runner_list *list)
{
    list->pre = config->pre;
    list->post = config->post;
    list->fail = config->fail;
    config->pre = config->post = config->fail = NULL;
    config_clear(config);
}

static int exit_status(int ended)
{
    char how[128];
    if (WIFEXITED(ended))
        return WEXITSTATUS(ended);
    program_describe_status(ended, how, sizeof how);
    fprintf(stderr, "virt-p2v: error: p2v-supervisor ended unexpectedly, by %s: all that it had begun has been ended\n", how);
    return EXIT_FAILED;
}

static void forget_cmdline(struct options *options)
{
    config_wipe(&options->cmdline);
}

static void forget_commands(struct runner_list *list)
{
    const char *const commands[] = { list->pre, list->post, list->fail };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        free((char *)(uintptr_t)commands[i]);
}

int main(int argc, char *argv[])
{
    __attribute__((cleanup(forget_cmdline))) struct options options = { 0 };
    __attribute__((cleanup(config_clear))) struct config config = { 0 };
    struct error err = { 0 }, wrong = { 0 };
    int status, fd, signals, machine = -1, audit = -1;
    // No core file of this process, whose registers may have the password for as long as nothing else is copied with them.
    if (prctl(PR_SET_DUMPABLE, 0) < 0) {
        error_set_errno(&err, errno, "cannot make this process undumpable");
        return give_up(&err);
    }
    if (!options_parse(&options, argc, argv, &status))
        return status;
    sandbox_close_from(STDERR_FILENO + 1);
    if (take_standard_numbers(&err) < 0)
        return give_up(&err);
    // What is wrong is told where every failure is told, by the supervisor, so that p2v.fail runs for it as well.
    bool configured = configure(&options, &config, &wrong) == 0;
    if (config.dump_config_and_exit && !configured)
        return give_up(&wrong);
    const struct nbd_server *nbd = configure_nbd(&options, &config, configured ? &wrong : &err);
    enum ui ui = configure_ui(&options, &config);
    __attribute__((cleanup(forget_commands))) struct runner_list list = make_list(&options, nbd, ui);
    if ((options.iso && (machine = open_machine(&err)) < 0) ||
        (options.audit_log != NULL && (audit = open_audit_log(options.audit_log, &err)) < 0) || (signals = serve_signals(&err)) < 0)
        return give_up(&err);
    pid_t supervisor = start_supervisor(&list, &fd, &err);
    if (supervisor < 0)
        return give_up(&err);
    struct start start = { &options, &config, &list, nbd->name, wrong.text, ui != UI_TEXT, machine, audit };
    if (start_send(fd, &start, &err) < 0) {
        give_up(&err);
        shutdown(fd, SHUT_RDWR);       // it ends with a failure
    }
    keep_commands(&config, &list);
    if (machine >= 0)
        close(machine);
    if (audit >= 0)
        close(audit);
    return exit_status(serve(fd, signals, supervisor, &list));
}
