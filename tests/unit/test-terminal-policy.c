// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/policy.c and p2v-transport/policy.c: what these two, locked, may do to a terminal, and no more, by trying it in a child that
// has taken the real lock.
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-transport/policy.h"
#include "p2v-ui/policy.h"
#include "tests/unit/locked.h"

int posix_openpt(int flags);

static const struct sandbox_policy *const policies[] = { &ui_policy, &transport_policy, &ui_terminal_policy };
enum { ONE_LINE = 2 };                 // the first of them read one line, and the last keys
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
    for (size_t i = 0; i < ONE_LINE; i++) {
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

static void dialogs_can_set_the_terminal_and_ask_its_size(void **state)
{
    (void)state;
    unsigned short size[4];            // struct winsize: its header does not go with termbits.h
    locked_gives(&ui_terminal_policy, 0, SYS_ioctl, 0, TCGETS, NAME(&settings), 0);
    locked_gives(&ui_terminal_policy, 0, SYS_ioctl, 0, TCSETSW, NAME(&settings), 0);
    locked_gives(&ui_terminal_policy, 0, SYS_ioctl, 0, TIOCGWINSZ, NAME(size), 0);
    locked_kills(&ui_terminal_policy, SYS_ioctl, 0, TCSETSF, NAME(&settings), 0);
    locked_kills(&ui_terminal_policy, SYS_ioctl, 0, TIOCSWINSZ, NAME(size), 0);
    locked_kills(&ui_terminal_policy, SYS_ioctl, 5, TIOCGWINSZ, NAME(size), 0);
}

static void dialogs_open_nothing_and_talk_to_nobody_else(void **state)
{
    (void)state;
    char path[] = "/etc/passwd", byte;
    locked_kills(&ui_terminal_policy, SYS_openat, AT_FDCWD, NAME(path), O_RDONLY, 0);
    locked_kills(&ui_terminal_policy, SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0);
    locked_kills(&ui_terminal_policy, SYS_execve, NAME(path), 0, 0, 0);
    locked_kills(&ui_terminal_policy, SYS_kill, 1, 0, 0, 0);
    locked_kills(&ui_terminal_policy, SYS_rt_sigaction, SIGSYS, 0, 0, 8);
    locked_kills(&ui_terminal_policy, SYS_read, 5, NAME(&byte), 1, 0);
    locked_kills(&ui_terminal_policy, SYS_write, 5, NAME(&byte), 1, 0);
    locked_kills(&ui_terminal_policy, SYS_recvmsg, 5, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_can_switch_the_echo_of_its_input),
        cmocka_unit_test(it_cannot_type_for_the_person_or_take_the_terminal),
        cmocka_unit_test(it_cannot_touch_another_terminal),
        cmocka_unit_test(p2v_ui_can_tell_how_much_time_has_passed_and_cannot_set_a_clock),
        cmocka_unit_test(dialogs_can_set_the_terminal_and_ask_its_size),
        cmocka_unit_test(dialogs_open_nothing_and_talk_to_nobody_else),
    };
    return cmocka_run_group_tests_name("terminal-policy", tests, set_up, NULL);
}
