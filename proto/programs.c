// SPDX-License-Identifier: GPL-2.0-or-later
//
// Programs that are started by number: what people call them, with which rights they run, and how one ended.  Pure memory.
#include "proto/programs.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const char *const names[RUN_PROGRAMS] = {
    [RUN_INSPECT] = "p2v-inspect", [RUN_EXPORT] = "p2v-export", [RUN_TRANSPORT] = "p2v-transport", [RUN_UI] = "p2v-ui",
    [RUN_FETCH] = "p2v-fetch",
    [RUN_CONTENTS] = "p2v-inspect", [RUN_PLAN] = "p2v-plan", [RUN_INHIBIT] = "systemd-inhibit",
    [RUN_DMESG] = "dmesg", [RUN_LSCPU] = "lscpu", [RUN_LSPCI] = "lspci", [RUN_LSSCSI] = "lsscsi", [RUN_LSUSB] = "lsusb",
    [RUN_PRE] = "p2v.pre", [RUN_POST] = "p2v.post", [RUN_FAIL] = "p2v.fail",
    [RUN_SHELL] = "the shell", [RUN_NETWORK] = "the network's configuration", [RUN_POWEROFF] = "poweroff", [RUN_REBOOT] = "reboot",
    [RUN_SAVE_LOG] = "the saving of the log", [RUN_IDENTIFY] = "the blinking of a port's light",
    [RUN_LOG_PRE] = "logger", [RUN_LOG_POST] = "logger", [RUN_LOG_FAIL] = "logger",
};

const char *runner_program_name(enum runner_program number)
{
    return names[number];
}

bool runner_program_is_tool(uint32_t number)
{
    return (number >= RUN_FIRST_TOOL && number < RUN_FIRST_HOOK) || (number >= RUN_LOG_PRE && number < RUN_FIRST_BUTTON);
}

const char *runner_program_rights(enum runner_program number)
{
    if (number < RUN_HELPERS)
        return number == RUN_INHIBIT ? "root's uid, no capability, no_new_privs" : "as virt-p2v; it locks itself, and its Ready says by what";
    if (number == RUN_IDENTIFY)
        return "p2v-tools' uid, CAP_NET_ADMIN, no_new_privs, four system calls";
    if (runner_program_is_tool(number))
        return number == RUN_DMESG ? "p2v-tools' uid, CAP_SYSLOG, no_new_privs, no network" : "p2v-tools' uid, no capability, no_new_privs, no network";
    return "as virt-p2v";
}

void program_describe_status(int status, char *text, size_t size)
{
    if (WIFEXITED(status))
        snprintf(text, size, "exit status %d", WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGSYS)               // sandbox/refused.c has it say which
        snprintf(text, size, "a system call that its policy does not permit (which one, the kernel's audit log tells)");
    else
        snprintf(text, size, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
}
