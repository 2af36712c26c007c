// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/ask.c: no question waits for ever, and no secret is seen while it is typed.
#define ASK_TIMEOUT_MS 400
#include "p2v-transport/ask.c"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#include <cmocka.h>

static int supervisor, server[2];
static struct helper helper;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    int ends[2];
    err = (struct error){ 0 };
    if (channel_pair(ends) < 0 || (supervisor = fcntl(ends[0], F_DUPFD, 10)) < 0)
        return -1;
    close(ends[0]);
    if (ends[1] != CHANNEL_FD && (dup2(ends[1], CHANNEL_FD) < 0 || close(ends[1]) < 0))
        return -1;
    return socketpair(AF_UNIX, SOCK_STREAM, 0, server);
}

static int tear_down(void **state)
{
    (void)state;
    close(supervisor);
    close(CHANNEL_FD);
    close(server[0]);
    close(server[1]);
    return 0;
}

static enum ask_answer ask(int fd, char *secret)
{
    P2v__SecretAsk question = P2V__SECRET_ASK__INIT;
    return ask_secret(&helper, &question, fd, secret, &err);
}

static void answer(const P2v__Envelope *envelope)
{
    assert_int_equal(channel_send(supervisor, true, envelope, NULL, 0, &err), CHANNEL_MESSAGE);
}

static void an_answer_in_time_is_taken(void **state)
{
    (void)state;
    char secret[ASK_SECRET_SIZE];
    P2v__SecretAnswer said = P2V__SECRET_ANSWER__INIT;
    said.answer = P2V__ANSWER__ANSWER_YES;
    said.secret = (ProtobufCBinaryData){ 4, (uint8_t *)(uintptr_t)"open" };
    answer(&(P2v__Envelope)ENVELOPE(secret_answer, SECRET_ANSWER, &said));
    memset(secret, 'x', sizeof secret);
    assert_int_equal(ask(server[0], secret), ASK_YES);
    assert_string_equal(secret, "open");
}

static void without_an_answer_it_ends_after_its_time(void **state)
{
    (void)state;
    char secret[ASK_SECRET_SIZE];
    int64_t began = clock_ms();
    assert_int_equal(ask(server[0], secret), ASK_FAILED);
    assert_non_null(strstr(err.text, "nobody answered within"));
    assert_true(clock_ms() - began >= 300);
    struct host_key key = { .type = "ssh-ed25519", .fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKxIDaTMpWd/Wp6+U" };
    assert_int_equal(ask_host_key(&helper, "conv.example.com", &key, true, &err), ASK_FAILED);
}

static void a_server_that_sends_meanwhile_does_not_put_it_off(void **state)
{
    (void)state;
    char secret[ASK_SECRET_SIZE];
    assert_int_equal(write(server[1], "hello", 5), 5);
    assert_int_equal(ask(server[0], secret), ASK_FAILED);
    assert_non_null(strstr(err.text, "nobody answered within"));
}

static void it_ends_when_the_server_closes(void **state)
{
    (void)state;
    char secret[ASK_SECRET_SIZE];
    shutdown(server[1], SHUT_RDWR);
    assert_int_equal(ask(server[0], secret), ASK_FAILED);
    assert_non_null(strstr(err.text, "did not wait"));
}

static void it_ends_when_the_supervisor_goes(void **state)
{
    (void)state;
    char secret[ASK_SECRET_SIZE];
    shutdown(supervisor, SHUT_RDWR);
    assert_int_equal(ask(-1, secret), ASK_FAILED);
    assert_non_null(strstr(err.text, "the supervisor has gone"));
}

static void another_message_is_no_answer(void **state)
{
    (void)state;
    char secret[ASK_SECRET_SIZE];
    P2v__TestConnection test = P2V__TEST_CONNECTION__INIT;
    answer(&(P2v__Envelope)ENVELOPE(test_connection, TEST_CONNECTION, &test));
    assert_int_equal(ask(-1, secret), ASK_FAILED);
    assert_non_null(strstr(err.text, "TestConnection in place of an answer"));
}

// Nobody reads the question yet: the terminal is asked for that moment.
static void what_is_typed_is_not_seen_from_the_question_on(void **state)
{
    (void)state;
    struct termios settings = { .c_lflag = ECHO };
    int pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), unread[2];
    assert_true(pty >= 0 && grantpt(pty) == 0 && unlockpt(pty) == 0 && pipe2(unread, O_CLOEXEC | O_NONBLOCK) == 0);
    int terminal = open(ptsname(pty), O_RDWR | O_NOCTTY | O_CLOEXEC);
    while (write(unread[1], " ", 1) == 1)
        ;
    assert_int_equal(fcntl(unread[1], F_SETFL, 0), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char secret[ASK_SECRET_SIZE];
        if (dup2(terminal, STDIN_FILENO) < 0 || dup2(unread[1], STDERR_FILENO) < 0)
            _exit(1);
        helper.by_hand = true;
        ask(-1, secret);
        _exit(0);
    }
    for (int i = 0; i < 500 && (settings.c_lflag & ECHO); i++) {
        usleep(20000);
        assert_int_equal(tcgetattr(pty, &settings), 0);
    }
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(terminal);
    close(pty);
    close(unread[0]);
    close(unread[1]);
    assert_false(settings.c_lflag & ECHO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_in_time_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_an_answer_it_ends_after_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_sends_meanwhile_does_not_put_it_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_ends_when_the_server_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_ends_when_the_supervisor_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_message_is_no_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_typed_is_not_seen_from_the_question_on, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("transport-ask", tests, NULL, NULL);
}
