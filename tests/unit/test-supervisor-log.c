// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/log.c: what is shown is kept, whatever becomes of the UI that should show it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-supervisor/conversion.h"

static struct supervisor sup;
static int failures;

// ---- what log.c and peers.c call -----------------------------------------------------------------------

void audit_message(struct audit *audit, const struct peer *peer, bool sent, const P2v__Envelope *envelope, size_t fd_count)
{
    (void)audit, (void)peer, (void)sent, (void)envelope, (void)fd_count;
}

int runner_run(int runner, enum runner_program number, uint32_t id, uint32_t argument, const int *fds, size_t fd_count, struct error *err)
{
    (void)runner, (void)number, (void)id, (void)argument, (void)fds, (void)fd_count, (void)err;
    return -1;
}

void runner_kill(int runner, uint32_t id) { (void)runner, (void)id; }

bool conversion_send(struct supervisor *s, struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, enum peer_state state)
{
    struct error err;
    (void)s, (void)state;
    failures += peer_send(peer, envelope, fds, fd_count, &err) < 0;
    return failures == 0;
}

// ---- the tests -----------------------------------------------------------------------------------------

// Notes are not held back for a slow display, as output is: so its queue may be full when output comes.
static void a_ui_that_takes_nothing_any_more_is_no_reason_to_fail(void **state)
{
    (void)state;
    static unsigned char bytes[4096];
    const size_t pieces = MAX_QUEUED + 256;     // more than the socket holds as well
    int ends[2];
    assert_int_equal(channel_pair(ends), 0);
    struct peer *ui = &sup.peers[0];
    *ui = (struct peer){ .id = 1, .program = RUN_UI, .state = PEER_SHOWING, .fd = ends[0], .data_fd = -1 };
    for (size_t i = 0; i < pieces; i++)
        log_show(&sup, bytes, sizeof bytes);
    assert_int_equal(ui->queued, MAX_QUEUED);
    assert_int_equal(failures, 0);
    assert_int_equal(sup.log_size, pieces * sizeof bytes);
    peer_close(ui);
    close(ends[1]);
    close(sup.log_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ui_that_takes_nothing_any_more_is_no_reason_to_fail),
    };
    return cmocka_run_group_tests_name("supervisor-log", tests, NULL, NULL);
}
