// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/policy.c and p2v-transport/policy.c: what these two, locked, may do to a terminal, and no more, by trying it in a child that
// has taken the real lock.
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-transport/policy.h"
#include "p2v-ui/policy.h"

int posix_openpt(int flags);

static const struct sandbox_policy *const policies[] = { &ui_policy, &transport_policy };
static struct termios settings;

// Makes one ioctl in a locked child whose descriptors 0 and 5 are a terminal.  The wait status; a call that returns makes it an exit
// with errno (0: it worked).
static int try(const struct sandbox_policy *policy, int fd, unsigned long request, void *argument)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_report report;
        struct error err;
        int terminal = posix_openpt(O_RDWR | O_NOCTTY);
        if (terminal < 0 || dup2(terminal, 0) < 0 || dup2(terminal, 5) < 0 || syscall(SYS_ioctl, 0, TCGETS, &settings) < 0 ||
            sandbox_lock(policy, &report, &err) < 0)
            _exit(255);
        long rc = syscall(SYS_ioctl, fd, request, argument);
        _exit(rc < 0 ? errno : 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void kills(int fd, unsigned long request, void *argument)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        int status = try(policies[i], fd, request, argument);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: ioctl %#lx: wait status %#x in place of death by SIGSYS", policies[i]->program, request, (unsigned)status);
    }
}

static void it_can_switch_the_echo_of_its_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        assert_int_equal(try(policies[i], 0, TCGETS, &settings), 0);
        assert_int_equal(try(policies[i], 0, TCSETSF, &settings), 0);
    }
}

static void it_cannot_type_for_the_person_or_take_the_terminal(void **state)
{
    (void)state;
    char key = 'x';
    int number = 0;
    kills(0, TIOCSTI, &key);
    kills(0, TIOCSCTTY, &number);
    kills(0, TIOCSPGRP, &number);
    kills(0, TIOCSETD, &number);
    kills(0, TIOCLINUX, &key);
    kills(0, TCSETS, &settings);
}

static void it_cannot_touch_another_terminal(void **state)
{
    (void)state;
    kills(5, TCGETS, &settings);
    kills(5, TCSETSF, &settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_can_switch_the_echo_of_its_input),
        cmocka_unit_test(it_cannot_type_for_the_person_or_take_the_terminal),
        cmocka_unit_test(it_cannot_touch_another_terminal),
    };
    return cmocka_run_group_tests_name("terminal-policy", tests, NULL, NULL);
}
