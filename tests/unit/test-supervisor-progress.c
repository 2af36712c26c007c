// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/progress.c: what a p2v-export says of its disk is that disk's, can be, and never waits for a display.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "p2v-supervisor/conversion.h"

static char failed[ERROR_TEXT_MAX];
static struct peer *ended;
static struct supervisor sup;
static struct peer *const ui = &sup.peers[0], *const export = &sup.peers[1];
static int display;                    // p2v-ui's end

void conversion_fail(struct supervisor *unused, const char *format, ...)
{
    (void)unused;
    va_list args;
    va_start(args, format);
    vsnprintf(failed, sizeof failed, format, args);
    va_end(args);
}

void peer_end(struct supervisor *unused, struct peer *peer)
{
    (void)unused;
    ended = peer;
}

struct peer *peer_of(struct supervisor *unused, enum runner_program program)
{
    (void)unused;
    return program == RUN_UI && ui->id != 0 ? ui : NULL;
}

enum channel_result peer_try(struct peer *peer, const P2v__Envelope *envelope, const int *fds, size_t fd_count, struct error *err)
{
    return channel_send(peer->fd, false, envelope, fds, fd_count, err);
}

static int set_up(void **state)
{
    int ends[2];
    (void)state;
    memset(&sup, 0, sizeof sup);
    failed[0] = '\0';
    ended = NULL;
    if (channel_pair(ends) < 0)
        return -1;
    display = ends[1];
    *ui = (struct peer){ .id = 1, .program = RUN_UI, .state = PEER_SHOWING, .fd = ends[0] };
    *export = (struct peer){ .id = 2, .program = RUN_EXPORT, .state = PEER_EXPORTING, .disk = 1 };
    sup.disk_count = 3;
    sup.disks[0] = (struct disk){ .name = "sda", .size_bytes = 5000 };
    sup.disks[1] = (struct disk){ .name = "sdb", .size_bytes = 1000 };
    sup.disks[2] = (struct disk){ .name = "sdc", .size_bytes = INT64_MAX };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(ui->fd);
    close(display);
    return 0;
}

static void says(const char *name, uint64_t size, uint64_t sent, uint64_t zero)
{
    P2v__Progress progress = P2V__PROGRESS__INIT;
    P2v__Envelope envelope = P2V__ENVELOPE__INIT;
    struct message in = { .envelope = &envelope };
    progress.name = (char *)name;
    progress.size_bytes = size;
    progress.sent_bytes = sent;
    progress.zero_bytes = zero;
    envelope.body_case = P2V__ENVELOPE__BODY_PROGRESS;
    envelope.progress = &progress;
    on_progress(&sup, export, &in);
}

static void display_has(const char *name, uint64_t sent, uint64_t zero)
{
    struct message in = { 0 };
    struct error err;
    assert_int_equal(channel_receive(display, false, &in, &err), CHANNEL_MESSAGE);
    assert_int_equal(in.envelope->body_case, P2V__ENVELOPE__BODY_PROGRESS);
    assert_string_equal(in.envelope->progress->name, name);
    assert_true(in.envelope->progress->sent_bytes == sent && in.envelope->progress->zero_bytes == zero);
    message_clear(&in);
}

static void display_has_nothing(void)
{
    struct message in = { 0 };
    struct error err;
    assert_int_equal(channel_receive(display, false, &in, &err), CHANNEL_AGAIN);
}

static void it_is_kept_and_shown(void **state)
{
    (void)state;
    says("sdb", 1000, 300, 200);
    says("sdb", 1000, 300, 700);
    assert_true(sup.disks[1].sent_bytes == 300 && sup.disks[1].zero_bytes == 700);
    display_has("sdb", 300, 200);
    display_has("sdb", 300, 700);
    display_has_nothing();
    assert_string_equal(failed, "");
}

static void what_cannot_be_ends_it(void **state)
{
    (void)state;
    static const struct { const char *name; uint64_t size, sent, zero; } lies[] = {
        { "sdb", 1000, 1001, 0 }, { "sdb", 1000, 0, 1001 }, { "sdb", 1000, 500, 501 }, { "sdb", 1000, INT64_MAX, INT64_MAX },
        { "sdb", 999, 1, 1 }, { "sda", 1000, 1, 1 }, { "sda", 5000, 1, 1 }, { "sdd", 1000, 1, 1 },
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        failed[0] = '\0';
        ended = NULL;
        says(lies[i].name, lies[i].size, lies[i].sent, lies[i].zero);
        assert_ptr_equal(ended, export);
        assert_string_equal(failed, "p2v-export told a progress of disk sdb that cannot be: it has been ended, and the conversion with it");
        assert_true(sup.disks[1].sent_bytes == 0 && sup.disks[1].zero_bytes == 0);
    }
    display_has_nothing();
}

static void without_a_display_that_listens_it_is_kept(void **state)
{
    (void)state;
    static const enum peer_state deaf[] = { PEER_STARTING, PEER_SHOWING_VERDICT, PEER_CLOSED };
    for (size_t i = 0; i < sizeof deaf / sizeof deaf[0]; i++) {
        ui->state = deaf[i];
        says("sdb", 1000, i, 0);
        assert_true(sup.disks[1].sent_bytes == i);
    }
    display_has_nothing();
    ui->id = 0;
    says("sdb", 1000, 900, 0);
    assert_true(sup.disks[1].sent_bytes == 900);
    assert_string_equal(failed, "");
}

static void a_display_that_has_closed_is_no_failure(void **state)
{
    (void)state;
    close(display);
    display = -1;
    says("sdb", 1000, 100, 0);                         // its other end is there still
    close(ui->fd);
    ui->fd = -1;                                       // the loop has seen it close; its end is not told yet
    says("sdb", 1000, 200, 0);
    progress_repeat(&sup, ui);
    assert_string_equal(failed, "");
    assert_true(sup.disks[1].sent_bytes == 200);
}

static void it_never_waits_for_a_slow_display(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= 100000; i++)             // more than a channel holds
        says("sdb", 1000, i % 1001, 0);
    assert_int_equal(ui->queued, 0);
    assert_string_equal(failed, "");
    display_has("sdb", 0, 0);
    display_has("sdb", 1, 0);
}

static void it_does_not_overtake_what_waits_for_a_slow_display(void **state)
{
    (void)state;
    ui->queued = 1;
    says("sdb", 1000, 400, 0);
    progress_repeat(&sup, ui);
    display_has_nothing();
    assert_int_equal(ui->queued, 1);
    assert_true(sup.disks[1].sent_bytes == 400);
}

static void a_display_that_starts_later_is_shown_the_last_of_each_disk(void **state)
{
    (void)state;
    ui->state = PEER_STARTING;
    says("sdb", 1000, 100, 0);
    says("sdb", 1000, 100, 50);
    export->disk = 2;
    says("sdc", INT64_MAX, 7, 0);
    ui->state = PEER_SHOWING;
    progress_repeat(&sup, ui);
    display_has("sdb", 100, 50);
    display_has("sdc", 7, 0);
    display_has_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_kept_and_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_display_that_listens_it_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_display_that_has_closed_is_no_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_never_waits_for_a_slow_display, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_does_not_overtake_what_waits_for_a_slow_display, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_display_that_starts_later_is_shown_the_last_of_each_disk, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("supervisor-progress", tests, NULL, NULL);
}
