// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor/dialogs.c: what becomes of the person's words, and what they are told.
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
static struct secrets secrets;
static struct peer ui;
static bool may_start;                 // another p2v-ui
static int connects;
static char refused[64], noted[ERROR_TEXT_MAX];        // what UiConnected refuses; the log's last line
static size_t findings_told;

// ---- what dialogs.c calls ------------------------------------------------------------------------------

void conversion_enter(struct supervisor *s, enum phase phase, int seconds) { (void)seconds; s->phase = phase; }
void conversion_connect(struct supervisor *s) { (void)s; connects++; }
void conversion_inspect(struct supervisor *s) { (void)s; }
int conversion_claim(struct supervisor *s, struct error *err) { (void)s, (void)err; return 0; }
void conversion_decided(struct supervisor *s) { (void)s; }
void plan_ask(struct supervisor *s, enum plan_use use) { (void)s, (void)use; }
const P2v__Finding *plan_error(const P2v__Plan *plan) { return plan->findings[0]->error ? plan->findings[0] : NULL; }
void peer_end(struct supervisor *s, struct peer *peer) { (void)s, (void)peer; }
struct peer *peer_of(struct supervisor *s, enum runner_program program) { (void)s; return program == RUN_UI ? &ui : NULL; }
void progress_repeat(struct supervisor *s, struct peer *peer) { (void)s, (void)peer; }
void trust_ask_next(struct supervisor *s) { (void)s; }
void log_keep_note(struct supervisor *s, const char *text) { (void)s; snprintf(noted, sizeof noted, "%s", text); }
time_t seconds_now(void) { return 1; }

struct peer *peer_start(struct supervisor *s, enum runner_program program, int disk_fd, struct error *err)
{
    (void)s, (void)program, (void)disk_fd;
    error_set(err, "no");
    return may_start ? &ui : NULL;
}

bool ui_tell(struct supervisor *s, const P2v__Envelope *envelope)
{
    (void)s;
    if (envelope->body_case == P2V__ENVELOPE__BODY_UI_CONNECTED)
        snprintf(refused, sizeof refused, "%s", envelope->ui_connected->n_features == 0 ? envelope->ui_connected->name : "");
    if (envelope->body_case == P2V__ENVELOPE__BODY_UI_FINDINGS)
        findings_told = envelope->ui_findings->n_findings;
    return true;
}

// ---- the tests -----------------------------------------------------------------------------------------

static P2v__Connection nothing_yet = P2V__CONNECTION__INIT;
static P2v__Configuration configuration = P2V__CONFIGURATION__INIT;
static P2v__RunStart start = P2V__RUN_START__INIT;
static P2v__Settings settings = P2V__SETTINGS__INIT;

static uint32_t port;                  // of the next UiConnect

static int set_up(void **state)
{
    (void)state;
    memset(&sup, 0, sizeof sup);
    memset(&secrets, 0, sizeof secrets);
    sup.secrets = &secrets;
    sup.settings = &settings;
    sup.connection = configuration.connection = &nothing_yet;
    start.configuration = &configuration;
    sup.start = &start;
    sup.phase = PHASE_ASK;
    sup.dialogs = true;
    ui = (struct peer){ .state = PEER_DIALOGS };
    connects = 0;
    port = 22;
    return 0;
}

// A UiConnect by this URL.
static void connect_by(const char *url)
{
    P2v__Connection connection = P2V__CONNECTION__INIT;
    P2v__Envelope envelope = MESSAGE(ui_connect, UI_CONNECT, UiConnect, .connection = &connection);
    struct message in = { 0 };
    struct error err;
    int ends[2];
    connection.remote_server = (char *)"server";
    connection.remote_port = port;
    connection.auth_username = (char *)"root";
    connection.auth_identity_url = (char *)url;
    assert_int_equal(channel_pair(ends), 0);
    if (channel_send(ends[0], true, &envelope, NULL, 0, &err) != CHANNEL_MESSAGE || channel_receive(ends[1], true, &in, &err) != CHANNEL_MESSAGE)
        fail_msg("%s", err.text);
    close(ends[0]);
    close(ends[1]);
    ui.state = PEER_DIALOGS;
    on_ui_connect(&sup, &ui, &in);
}

static void an_identity_that_could_not_be_read_is_read_when_it_is_there(void **state)
{
    (void)state;
    char path[] = "/var/tmp/test-dialogs-XXXXXX", url[64];
    int fd = mkstemp(path);
    snprintf(url, sizeof url, "file://%s", path);
    connect_by(url);                       // it is empty
    assert_string_equal(refused, "auth.identity.url");
    assert_int_equal(write(fd, "key", 3), 3);
    connect_by(url);
    close(fd);
    unlink(path);
    assert_int_equal(connects, 1);
    assert_int_equal(secrets.identity_size, 3);
    message_clear(&sup.connect);
}

// Another sshd of the same machine has a key of its own, and that is no attack.
static void a_host_key_that_was_accepted_holds_for_its_server_and_port(void **state)
{
    (void)state;
    connect_by("");
    snprintf(sup.host_key, sizeof sup.host_key, "SHA256:first");
    connect_by("");
    assert_string_equal(sup.host_key, "SHA256:first");
    port = 2222;
    connect_by("");
    assert_string_equal(sup.host_key, "");
    message_clear(&sup.connect);
}

static void a_passphrase_is_forgotten_with_the_identity_that_it_is_of(void **state)
{
    (void)state;
    secrets.passphrase_size = 1;
    connect_by("https://server/a");
    assert_int_equal(secrets.passphrase_size, 0);
    secrets.passphrase_size = secrets.identity_size = 1;
    sup.urls_done = 1;
    connect_by("https://server/a");
    assert_true(secrets.passphrase_size == 1 && secrets.identity_size == 1 && sup.urls_done == 1);
    connect_by("https://server/b");
    assert_true(secrets.passphrase_size == 0 && secrets.identity_size == 0 && sup.urls_done == 0);
    message_clear(&sup.connect);
}

static size_t told_of(size_t count)
{
    static P2v__Finding finding = P2V__FINDING__INIT;
    P2v__Finding *findings[16];
    P2v__Plan plan = P2V__PLAN__INIT;
    P2v__Envelope envelope = ENVELOPE(plan, PLAN, &plan);
    for (size_t i = 0; i < count; i++)
        findings[i] = &finding;
    plan.findings = findings;
    plan.n_findings = count;
    sup.plan.envelope = &envelope;
    findings_told = 0;
    dialogs_planned(&sup);
    return findings_told;
}

static void every_finding_is_told_and_one_of_our_own(void **state)
{
    (void)state;
    sup.plan_use = PLAN_CHECK;
    assert_int_equal(told_of(2), 2);
    assert_int_equal(told_of(16), 16);
    sup.plan_use = PLAN_CONVERT;           // the connection has not been tested
    assert_int_equal(told_of(2), 3);
    assert_int_equal(told_of(16), 16);
}

static void the_log_says_what_comes_after_a_ui_that_died(void **state)
{
    (void)state;
    sup.decided = true;
    may_start = true;
    assert_true(dialogs_ui_died(&sup, "signal 9"));
    assert_string_equal(noted, "p2v-ui ended by signal 9: another one is started");
    may_start = false;
    assert_true(dialogs_ui_died(&sup, "signal 9"));
    assert_string_equal(noted, "p2v-ui ended by signal 9: the conversion goes on without");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_identity_that_could_not_be_read_is_read_when_it_is_there, set_up),
        cmocka_unit_test_setup(a_host_key_that_was_accepted_holds_for_its_server_and_port, set_up),
        cmocka_unit_test_setup(a_passphrase_is_forgotten_with_the_identity_that_it_is_of, set_up),
        cmocka_unit_test_setup(every_finding_is_told_and_one_of_our_own, set_up),
        cmocka_unit_test_setup(the_log_says_what_comes_after_a_ui_that_died, set_up),
    };
    return cmocka_run_group_tests_name("supervisor-dialogs", tests, NULL, NULL);
}
