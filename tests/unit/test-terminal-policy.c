// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/policy.c and p2v-transport/policy.c: what these two, locked, may do to a terminal, and no more, by trying it in a child that
// has taken the real lock.
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-transport/policy.h"
#include "p2v-ui/policy.h"
#include "tests/unit/locked.h"

int posix_openpt(int flags);

static const struct sandbox_policy *const policies[] = { &ui_policy, &transport_policy };
static struct termios settings;         // of the terminal that descriptors 0 and 5 are

static int set_up(void **state)
{
    (void)state;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    return terminal < 0 || dup2(terminal, 0) < 0 || dup2(terminal, 5) < 0 || syscall(SYS_ioctl, 0, TCGETS, &settings) < 0 ? -1 : 0;
}

static void kills(int fd, unsigned long request, void *argument)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        locked_kills(policies[i], SYS_ioctl, fd, (long)request, NAME(argument), 0);
}

static void it_can_switch_the_echo_of_its_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        locked_gives(policies[i], 0, SYS_ioctl, 0, TCGETS, NAME(&settings), 0);
        locked_gives(policies[i], 0, SYS_ioctl, 0, TCSETSF, NAME(&settings), 0);
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

static void p2v_ui_can_tell_how_much_time_has_passed_and_cannot_set_a_clock(void **state)
{
    (void)state;
    struct timespec now;
    locked_gives(&ui_policy, 0, SYS_clock_gettime, CLOCK_MONOTONIC, NAME(&now), 0, 0);
    locked_kills(&ui_policy, SYS_clock_gettime, CLOCK_REALTIME, NAME(&now), 0, 0);
    locked_kills(&ui_policy, SYS_clock_settime, CLOCK_MONOTONIC, NAME(&now), 0, 0);
    locked_kills(&ui_policy, SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, NAME(&now), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_can_switch_the_echo_of_its_input),
        cmocka_unit_test(it_cannot_type_for_the_person_or_take_the_terminal),
        cmocka_unit_test(it_cannot_touch_another_terminal),
        cmocka_unit_test(p2v_ui_can_tell_how_much_time_has_passed_and_cannot_set_a_clock),
    };
    return cmocka_run_group_tests_name("terminal-policy", tests, set_up, NULL);
}
