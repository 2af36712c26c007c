// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/plan.c: what p2v-plan says is believed as far as it can be, and opens no disk but those of the inventory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "p2v-supervisor/conversion.h"
#include "proto/helper.h"

static struct supervisor sup;
static struct peer peer;
static P2v__RunStart run;
static P2v__Envelope inventory_envelope, plan_envelope;
static P2v__Inventory inventory;
static P2v__Disk disks[3], *disk_pointers[] = { &disks[0], &disks[1], &disks[2] };
static P2v__Plan plan;
static P2v__Machine machine, *machines[] = { &machine };
static P2v__Finding finding, *findings[] = { &finding };
static P2v__Configuration configuration;
static P2v__Guest guest, *guests[] = { &guest };
static P2v__Hardware hardware, *hardwares[] = { &hardware };
static P2v__Connection connection;
static P2v__Output output;
static P2v__MachineDisk *no_disk[1];
static uint32_t places[4];
static char path[] = "/var/tmp/test-plan-XXXXXX";
static int failures, planned, asked_disks;
static char asked[3][64];

// ---- what plan.c calls ---------------------------------------------------------------------------------

void conversion_fail(struct supervisor *s, const char *format, ...) { (void)s; (void)format; failures++; }
void conversion_note(struct supervisor *s, P2v__Level level, const char *format, ...) { (void)s; (void)level; (void)format; }
void conversion_planned(struct supervisor *s) { (void)s; planned++; }
void dialogs_planned(struct supervisor *s) { (void)s; planned += 100; }
void ending_deadline(struct supervisor *s, int seconds) { (void)s; (void)seconds; }
void peer_end(struct supervisor *s, struct peer *p) { (void)s; p->state = PEER_CLOSED; }
struct peer *peer_of(struct supervisor *s, enum runner_program program) { (void)s; return program == RUN_PLAN ? &peer : NULL; }

struct peer *conversion_start(struct supervisor *s, enum runner_program program, int disk_fd)
{
    (void)s, (void)program, (void)disk_fd;
    return NULL;
}

// Keeps the words of p2v.disks.
int peer_send(struct peer *p, const P2v__Envelope *envelope, const int *fds, size_t fd_count, struct error *err)
{
    (void)p, (void)fds, (void)fd_count, (void)err;
    asked_disks = 0;
    for (size_t i = 0; envelope->body_case == P2V__ENVELOPE__BODY_PLAN_ASK && i < envelope->plan_ask->guest->n_disks && i < 3; i++)
        snprintf(asked[asked_disks++], sizeof asked[0], "%s", envelope->plan_ask->guest->disks[i]);
    return 0;
}

bool conversion_send(struct supervisor *s, struct peer *p, const P2v__Envelope *envelope, const int *fds, size_t fd_count, enum peer_state state)
{
    struct error err;
    (void)s;
    p->state = state;
    return peer_send(p, envelope, fds, fd_count, &err) == 0;
}

// ---- the tests -----------------------------------------------------------------------------------------

static int set_up(void **state)
{
    (void)state;
    static const char *const names[] = { "sda", "sdb", "sdc" };
    memset(&sup, 0, sizeof sup);
    p2v__run_start__init(&run);
    p2v__inventory__init(&inventory);
    p2v__plan__init(&plan);
    p2v__machine__init(&machine);
    p2v__finding__init(&finding);
    p2v__configuration__init(&configuration);
    p2v__guest__init(&guest);
    p2v__hardware__init(&hardware);
    p2v__connection__init(&connection);
    p2v__output__init(&output);
    for (size_t i = 0; i < 3; i++) {
        p2v__disk__init(&disks[i]);
        disks[i].name = (char *)names[i];
    }
    disks[2].carries_root = true;
    inventory.disks = disk_pointers;
    inventory.n_disks = 3;
    inventory_envelope = (P2v__Envelope)ENVELOPE(inventory, INVENTORY, &inventory);
    sup.inventory.envelope = &inventory_envelope;
    sup.machine = &inventory;
    sup.start = &run;
    run.configuration = &configuration;
    configuration.hardware = &hardware;
    sup.guest = &guest;
    sup.connection = &connection;
    sup.output = &output;
    plan.disks = places;
    plan.machine = machines;
    plan.n_machine = 1;
    plan.n_disks = 1;
    plan.findings = findings;
    plan.guest = guests;
    plan.hardware = hardwares;
    plan.n_guest = plan.n_hardware = 1;
    places[0] = 0;
    peer = (struct peer){ .state = PEER_PLANNING, .fd = -1 };
    failures = planned = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sup.disk_count; i++)
        disk_close(&sup.disks[i]);
    return 0;
}

static bool believed(void)
{
    plan_envelope = (P2v__Envelope)ENVELOPE(plan, PLAN, &plan);
    struct message in = { .envelope = &plan_envelope };
    peer.state = PEER_PLANNING;
    sup.plan = (struct message){ 0 };
    failures = planned = 0;
    on_plan(&sup, &peer, &in);
    bool taken = planned > 0;
    assert_true(taken ? failures == 0 : peer.state == PEER_CLOSED && failures == 1);
    return taken;
}

static void a_plan_goes_on_to_whoever_asked_for_it(void **state)
{
    (void)state;
    sup.plan_use = PLAN_BEGIN;
    assert_true(believed());
    assert_int_equal(planned, 1);
    sup.plan_use = PLAN_CHECK;
    assert_true(believed());
    assert_int_equal(planned, 100);
}

static void a_disk_that_is_not_in_the_inventory_ends_it(void **state)
{
    (void)state;
    places[0] = 3;
    assert_false(believed());
    places[0] = UINT32_MAX;
    assert_false(believed());
    places[0] = 1;
    assert_true(believed());
}

static void so_does_one_that_is_named_twice_or_carries_the_running_system(void **state)
{
    (void)state;
    plan.n_disks = 2;
    places[1] = 0;
    assert_false(believed());
    places[1] = 2;
    assert_false(believed());
    places[1] = 1;
    assert_true(believed());
}

static void a_plan_is_whole_or_says_why_not(void **state)
{
    (void)state;
    plan.n_disks = 0;
    assert_false(believed());
    plan.n_machine = 0;
    assert_false(believed());
    plan.n_disks = 1;
    assert_false(believed());
    plan.n_disks = 0;
    plan.n_findings = 1;
    assert_false(believed());
    finding.error = true;
    assert_true(believed());
    plan.n_machine = 1;
    assert_false(believed());
    plan.n_disks = 1;
    plan.n_findings = 0;
    machine.disks = no_disk;
    machine.n_disks = 1;                   // which are the supervisor's to put in
    assert_false(believed());
}

static void the_first_one_completes_the_configuration(void **state)
{
    (void)state;
    plan.n_guest = 0;
    sup.plan_use = PLAN_CHECK;
    assert_true(believed());
    sup.plan_use = PLAN_BEGIN;
    assert_false(believed());
    plan.n_guest = 1;
    plan.n_hardware = 0;
    assert_false(believed());
}

static void a_test_disk_is_opened_in_the_place_of_the_machines(void **state)
{
    (void)state;
    struct error err;
    char gone[] = "/nonexistent", *files[] = { path, gone };
    run.test_paths = files;
    run.n_test_paths = 2;
    assert_true(believed());
    assert_int_equal(plan_open_disks(&sup, &err), 0);
    assert_int_equal(sup.disk_count, 1);
    assert_string_equal(sup.disks[0].name, "sda");
    assert_int_equal(sup.disks[0].size_bytes, 4096);
    assert_int_equal(write(sup.disks[0].fd, "x", 1), -1);
    places[0] = 1;
    assert_true(believed());
    assert_int_equal(plan_open_disks(&sup, &err), -1);
    assert_non_null(strstr(err.text, "/nonexistent"));
}

static void a_path_is_asked_for_by_its_disks_name(void **state)
{
    (void)state;
    // Whatever block device this machine has.
    static const char *const devices[] = { "vda", "sda", "nvme0n1", "loop0", "xvda" };
    char link[] = "/dev/p2v-test-XXXXXX", target[64], null[] = "/dev/null", serial[] = "S1", *words[] = { link, null, serial };
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        snprintf(target, sizeof target, "/dev/%s", devices[i]);
        if (!disk_is_at(devices[i], target) || mkdtemp(link) == NULL)
            continue;
        rmdir(link);
        assert_int_equal(symlink(target, link), 0);
        disks[1].name = (char *)devices[i];
        guest.disks = words;
        guest.n_disks = 3;
        peer.state = PEER_PLANNED;
        plan_ask(&sup, PLAN_BEGIN);
        unlink(link);
        assert_int_equal(asked_disks, 3);
        assert_string_equal(asked[0], devices[i]);
        assert_string_equal(asked[1], "/dev/null");
        assert_string_equal(asked[2], "S1");
        return;
    }
    skip();
}

static void one_question_is_asked_at_a_time(void **state)
{
    (void)state;
    char word[] = "sda", *words[] = { word };
    guest.disks = words;
    guest.n_disks = 1;
    peer.state = PEER_PLANNED;
    plan_ask(&sup, PLAN_CHECK);
    assert_int_equal(peer.state, PEER_PLANNING);
    assert_int_equal(asked_disks, 1);
    asked_disks = 0;
    plan_ask(&sup, PLAN_CONVERT);
    peer.state = PEER_STARTING;
    plan_ask(&sup, PLAN_CONVERT);
    assert_int_equal(asked_disks, 0);
    assert_int_equal(sup.plan_use, PLAN_CHECK);
}

static void what_is_no_disk_or_has_nothing_in_it_is_refused(void **state)
{
    (void)state;
    struct error err;
    struct disk opened;
    char empty[] = "/var/tmp/test-plan-empty-XXXXXX";
    int next = dup(0), fd = mkstemp(empty);
    assert_true(next >= 0 && fd >= 0 && close(fd) == 0 && close(next) == 0);
    assert_int_equal(disk_open(&opened, "sda", empty, &err), -1);
    unlink(empty);
    assert_non_null(strstr(err.text, empty));
    assert_non_null(strstr(err.text, "is empty"));
    assert_int_equal(disk_open(&opened, "sda", "/dev/null", &err), -1);
    assert_non_null(strstr(err.text, "is not a disk"));
    fd = dup(0);
    assert_int_equal(fd, next);            // none has stayed open
    close(fd);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || ftruncate(fd, 4096) < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plan_goes_on_to_whoever_asked_for_it),
        TEST(a_disk_that_is_not_in_the_inventory_ends_it),
        TEST(so_does_one_that_is_named_twice_or_carries_the_running_system),
        TEST(a_plan_is_whole_or_says_why_not),
        TEST(the_first_one_completes_the_configuration),
        TEST(a_test_disk_is_opened_in_the_place_of_the_machines),
        TEST(a_path_is_asked_for_by_its_disks_name),
        TEST(one_question_is_asked_at_a_time),
        TEST(what_is_no_disk_or_has_nothing_in_it_is_refused),
    };
    return cmocka_run_group_tests_name("supervisor-plan", tests, make_file, remove_file);
}
