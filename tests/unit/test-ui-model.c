// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/model*.c: the dialogs without a display.  A pretended supervisor keeps the last message that was sent, checked as the
// real one checks it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-ui/model.h"
#include "proto/check.h"
#include "proto/helper.h"

static struct model model;
static uint8_t sent_bytes[65536];
static size_t sent_count;
static P2v__Envelope *sent;            // the last one

static bool send_it(void *context, const P2v__Envelope *envelope)
{
    struct error err;
    (void)context;
    if (check_envelope(envelope, 0, &err) < 0)
        fail_msg("the supervisor would refuse it: %s", err.text);
    size_t size = p2v__envelope__pack(envelope, sent_bytes);
    if (sent != NULL)
        p2v__envelope__free_unpacked(sent, NULL);
    sent = p2v__envelope__unpack(NULL, size, sent_bytes);
    sent_count++;
    return true;
}

// ---- what the supervisor says --------------------------------------------------------------------------

#define TAKE(FIELD, CASE, POINTER, NOW) \
    model_take(&model, &(P2v__Envelope)ENVELOPE(FIELD, CASE, POINTER), (NOW))

static char empty[] = "";

static void say_start(void)
{
    P2v__UiStart start = P2V__UI_START__INIT;
    start.dialogs = start.shell = true;
    assert_true(TAKE(ui_start, UI_START, &start, 0));
}

static void say_inventory(void)
{
    static char names[4][8] = { "sda", "sdb", "sdc", "sdd" };
    P2v__Cpu cpu = P2V__CPU__INIT;
    P2v__Rtc rtc = P2V__RTC__INIT;
    P2v__Disk disks[4], *disk_pointers[4];
    for (size_t i = 0; i < 4; i++) {
        disks[i] = (P2v__Disk)P2V__DISK__INIT;
        disks[i].name = names[i];
        disks[i].size_bytes = UINT64_C(1) << 30;
        disk_pointers[i] = &disks[i];
    }
    char model_name[] = "HIT\033[31mACHI\xe2\x80\xae", same[] = "sda";
    disks[0].model = model_name;
    disks[2].same_as = same;
    disks[3].carries_root = true;
    P2v__Removable removable = P2V__REMOVABLE__INIT, *removables = &removable;
    char sr0[] = "sr0";
    removable.name = sr0;
    P2v__Nic nics[2] = { P2V__NIC__INIT, P2V__NIC__INIT }, *nic_pointers[2] = { &nics[0], &nics[1] };
    char em1[] = "em1", em2[] = "em2", mac[] = "52:54:00:00:00:01";
    nics[0].name = em1;
    nics[1].name = em2;
    nics[0].mac = nics[1].mac = mac;
    P2v__Inventory inventory = P2V__INVENTORY__INIT;
    inventory.cpu = &cpu;
    inventory.rtc = &rtc;
    inventory.disks = disk_pointers;
    inventory.n_disks = 4;
    inventory.removables = &removables;
    inventory.n_removables = 1;
    inventory.nics = nic_pointers;
    inventory.n_nics = 2;
    assert_true(TAKE(inventory, INVENTORY, &inventory, 0));
}

static void say_settings(void)
{
    static const char *const values[][2] = {
        { "remote.server", "" }, { "remote.port", "22" }, { "auth.username", "root" }, { "auth.sudo", "false" }, { "guestname", "web" },
        { "vcpu.phys_topo", "no" }, { "vcpu.cores", "4" }, { "memory", "8589934592" }, { "disks", "sda,sdb" }, { "removable", "sr0" },
        { "interfaces", "em1" }, { "network_map", "em1:lan,other" }, { "output.type", "local" }, { "output.allocation", "sparse" },
        { "output.storage", "/var/tmp" }, { "reconnect", "600" },
    };
    enum { COUNT = sizeof values / sizeof values[0] };
    P2v__Setting settings[COUNT], *pointers[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        settings[i] = (P2v__Setting)P2V__SETTING__INIT;
        settings[i].name = (char *)(uintptr_t)values[i][0];
        settings[i].value = (char *)(uintptr_t)values[i][1];
        pointers[i] = &settings[i];
    }
    P2v__UiSettings all = P2V__UI_SETTINGS__INIT;
    all.settings = pointers;
    all.n_settings = COUNT;
    assert_true(TAKE(ui_settings, UI_SETTINGS, &all, 0));
}

static bool say_connected(bool good, const char *name, const char *text)
{
    char version[] = "2.2.0", local[] = "local", libvirt[] = "libvirt", *drivers[] = { libvirt, local };
    P2v__Features features = P2V__FEATURES__INIT, *pointer = &features;
    features.version = version;
    features.output_drivers = drivers;
    features.n_output_drivers = 2;
    P2v__UiConnected connected = P2V__UI_CONNECTED__INIT;
    connected.features = &pointer;
    connected.n_features = good;
    connected.name = (char *)(uintptr_t)name;
    connected.text = (char *)(uintptr_t)text;
    return TAKE(ui_connected, UI_CONNECTED, &connected, 0);
}

static bool say_findings(size_t count, bool error)
{
    char name[] = "disks", text[] = "vg0 is split";
    P2v__Finding finding = P2V__FINDING__INIT, *pointer = &finding;
    finding.name = name;
    finding.text = text;
    finding.error = error;
    P2v__UiFindings findings = P2V__UI_FINDINGS__INIT;
    findings.findings = &pointer;
    findings.n_findings = count;
    return TAKE(ui_findings, UI_FINDINGS, &findings, 0);
}

static bool say_phase(P2v__Phase phase)
{
    P2v__UiPhase message = P2V__UI_PHASE__INIT;
    message.phase = phase;
    return TAKE(ui_phase, UI_PHASE, &message, 0);
}

static bool say_verdict(void)
{
    char text[] = "It was done.\nIt is \033[5m/var/tmp/x.xml.";
    P2v__UiVerdict verdict = P2V__UI_VERDICT__INIT;
    verdict.result = P2V__CONVERSION_RESULT__CONVERSION_DONE;
    verdict.text = text;
    return TAKE(ui_verdict, UI_VERDICT, &verdict, 0);
}

// ---- shorthands ----------------------------------------------------------------------------------------

static int begin(void **state)
{
    (void)state;
    model_init(&model, send_it, NULL, false);
    sent_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    model_clear(&model);
    if (sent != NULL)
        p2v__envelope__free_unpacked(sent, NULL);
    sent = NULL;
    return 0;
}

static bool type(const char *name, const char *value) { return model_set(&model, model_field(&model, name), value, 0); }

static void reach_connection(void)
{
    say_start();
    say_inventory();
    say_settings();
}

static void reach_choice(void)
{
    reach_connection();
    assert_true(type("remote.server", "conv.example.com"));
    assert_true(model_test(&model));
    assert_true(say_connected(true, "", ""));
    assert_true(model_next(&model, 0));
}

static void reach_running(void)
{
    reach_choice();
    assert_true(model_start(&model, false));
    assert_true(say_phase(P2V__PHASE__PHASE_CONNECTING));
}

static const char *value_of(P2v__Setting **settings, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(settings[i]->name, name) == 0)
            return settings[i]->value;
    return NULL;
}

// ---- tests ---------------------------------------------------------------------------------------------

static void the_fields_are_the_keys_that_have_a_label(void **state)
{
    (void)state;
    assert_non_null(model_field(&model, "remote.port"));
    assert_non_null(model_field(&model, "output.misc"));
    assert_null(model_field(&model, "reconnect"));
    assert_null(model_field(&model, "pre"));
}

static void it_waits_until_the_settings_are_known(void **state)
{
    (void)state;
    say_start();
    assert_int_equal(model.step, MODEL_INSPECTING);
    assert_false(model_can(&model, MODEL_TEST));
    say_inventory();
    say_settings();
    assert_int_equal(model.step, MODEL_CONNECTION);
    assert_string_equal(model_field(&model, "memory")->value, "8192");
    assert_string_equal(model_field(&model, "vcpu.phys_topo")->value, "false");
    assert_string_equal(model.nics[0].network, "lan");
    assert_string_equal(model.nics[1].network, "other");
    assert_true(model.disks[0].chosen && model.disks[1].chosen && model.nics[0].chosen && !model.nics[1].chosen);
}

static void without_dialogs_it_only_shows_how_it_goes(void **state)
{
    (void)state;
    P2v__UiStart start = P2V__UI_START__INIT;
    assert_true(TAKE(ui_start, UI_START, &start, 0));
    assert_int_equal(model.step, MODEL_RUNNING);
    assert_false(model_can(&model, MODEL_CANCEL));
}

static void texts_of_outside_are_harmless(void **state)
{
    (void)state;
    reach_connection();
    assert_null(strchr(model.disks[0].model, '\033'));
    assert_null(strstr(model.disks[0].model, "\xe2\x80\xae"));
    assert_non_null(strstr(model.disks[0].model, "ACHI"));
    assert_true(say_verdict());
    assert_null(strchr(model.verdict, '\033'));
    assert_non_null(strstr(model.verdict, "done.\nIt is"));
}

static void a_mistake_is_told_at_its_field(void **state)
{
    (void)state;
    bool error;
    reach_connection();
    assert_true(type("remote.server", "conv.example.com"));
    assert_false(type("remote.port", "70000"));
    assert_non_null(strstr(model_said_of(&model, "remote.port", &error), "1 to 65535"));
    assert_true(error);
    assert_false(model_can(&model, MODEL_TEST));
    assert_false(model_test(&model));
    assert_int_equal(sent_count, 0);
    assert_true(type("remote.port", "2222"));
    assert_true(model_can(&model, MODEL_TEST));
}

static void a_server_is_needed_and_a_password_is_not(void **state)
{
    (void)state;
    reach_connection();
    assert_false(type("remote.server", ""));
    assert_true(type("auth.identity.url", ""));
    assert_true(type("auth.password", ""));
}

static void a_test_sends_the_first_dialog_and_one_at_a_time(void **state)
{
    (void)state;
    reach_connection();
    type("remote.server", "conv.example.com");
    assert_true(model_test(&model));
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_CONNECT);
    P2v__UiConnect *connect = sent->ui_connect;
    assert_string_equal(value_of(connect->settings, connect->n_settings, "remote.server"), "conv.example.com");
    assert_string_equal(value_of(connect->settings, connect->n_settings, "auth.identity.url"), "");
    assert_null(value_of(connect->settings, connect->n_settings, "auth.password"));
    assert_null(value_of(connect->settings, connect->n_settings, "guestname"));
    assert_false(connect->password_given);
    assert_false(model_test(&model));
    assert_int_equal(sent_count, 1);
}

static void a_password_goes_once_and_is_forgotten_when_it_was_right(void **state)
{
    (void)state;
    reach_connection();
    type("remote.server", "conv.example.com");
    type("auth.password", "open sesame");
    model_test(&model);
    assert_true(sent->ui_connect->password_given);
    assert_memory_equal(sent->ui_connect->password.data, "open sesame", 11);
    assert_true(say_connected(false, "auth.password", "it was refused"));
    assert_string_equal(model_field(&model, "auth.password")->value, "open sesame");
    assert_true(model_test(&model));
    assert_true(say_connected(true, "", ""));
    assert_string_equal(model_field(&model, "auth.password")->value, "");
    assert_true(model.password_set);
    assert_true(model_test(&model));
    assert_false(sent->ui_connect->password_given);
}

static void next_needs_a_test_that_went_well(void **state)
{
    (void)state;
    bool error;
    reach_connection();
    type("remote.server", "conv.example.com");
    assert_false(model_next(&model, 0));
    model_test(&model);
    assert_true(say_connected(false, "remote.server", "it does not answer"));
    assert_string_equal(model_said_of(&model, "remote.server", &error), "it does not answer");
    assert_false(model_can(&model, MODEL_NEXT));
    assert_true(model_test(&model));   // it can be tried again as it is
    assert_true(say_connected(true, "", ""));
    assert_string_equal(model.drivers[1], "local");
    type("auth.username", "p2v");
    assert_false(model_next(&model, 0));
}

static void a_test_of_what_was_changed_meanwhile_counts_for_nothing(void **state)
{
    (void)state;
    reach_connection();
    type("remote.server", "conv.example.com");
    model_test(&model);
    type("remote.server", "other.example.com");
    assert_true(say_connected(true, "", ""));
    assert_false(model_can(&model, MODEL_NEXT));
    assert_true(model_can(&model, MODEL_TEST));
}

static void an_answer_that_nobody_asked_for_ends_the_session(void **state)
{
    (void)state;
    reach_connection();
    assert_false(say_connected(true, "", ""));
    assert_false(say_findings(0, false));
    P2v__UiRequestDone done = P2V__UI_REQUEST_DONE__INIT;
    done.kind = P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL;
    done.text = empty;
    assert_false(TAKE(ui_request_done, UI_REQUEST_DONE, &done, 0));
}

static void questions_come_and_are_answered_once(void **state)
{
    (void)state;
    char server[] = "conv", kind[] = "ssh-ed25519", print[51], prompt[] = "Token\x1b:";
    snprintf(print, sizeof print, "SHA256:%043d", 0);
    reach_connection();
    type("remote.server", "conv.example.com");
    model_test(&model);
    P2v__HostKeyAsk key = P2V__HOST_KEY_ASK__INIT;
    key.server = server;
    key.type = kind;
    key.fingerprint = print;
    assert_true(TAKE(host_key_ask, HOST_KEY_ASK, &key, 0));
    assert_string_equal(model.question.fingerprint, print);
    assert_true(model_answer(&model, P2V__ANSWER__ANSWER_YES, NULL));
    assert_int_equal(sent->host_key_answer->answer, P2V__ANSWER__ANSWER_YES);
    assert_false(model_answer(&model, P2V__ANSWER__ANSWER_YES, NULL));
    P2v__SecretAsk secret = P2V__SECRET_ASK__INIT;
    secret.kind = P2V__SECRET_KIND__SECRET_QUESTION;
    secret.prompt = prompt;
    assert_true(TAKE(secret_ask, SECRET_ASK, &secret, 0));
    assert_null(strchr(model.question.prompt, 0x1b));
    char *longer = calloc(1, 1026);
    memset(longer, 'x', 1025);
    assert_false(model_answer(&model, P2V__ANSWER__ANSWER_YES, longer));
    free(longer);
    assert_true(model_answer(&model, P2V__ANSWER__ANSWER_YES, "1234"));
    assert_memory_equal(sent->secret_answer->secret.data, "1234", 4);
}

static void disks_that_cannot_be_converted_are_never_chosen(void **state)
{
    (void)state;
    reach_choice();
    model_choose_disk(&model, 2, true, 0);
    model_choose_disk(&model, 3, true, 0);
    assert_false(model.disks[2].chosen || model.disks[3].chosen);
}

static void a_choice_is_checked_when_it_has_settled(void **state)
{
    (void)state;
    reach_choice();
    model_tick(&model, 10);            // what is there already
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_CHECK);
    size_t before = sent_count;
    model_choose_disk(&model, 1, false, 1000);
    assert_int_equal(model_due(&model, 1000), -1);
    model_tick(&model, 5000);
    assert_int_equal(sent_count, before);      // one at a time
    assert_true(say_findings(0, false));
    model_choose_disk(&model, 1, true, 6000);
    model_choose_disk(&model, 1, false, 6100);
    model_tick(&model, 6100 + MODEL_SETTLE_MS - 1);
    assert_int_equal(sent_count, before);
    model_tick(&model, 6100 + MODEL_SETTLE_MS);
    assert_int_equal(sent_count, before + 1);
    P2v__UiCheck *check = sent->ui_check;
    assert_string_equal(value_of(check->settings, check->n_settings, "disks"), "sda");
    assert_true(say_findings(1, true));
    bool error;
    assert_string_equal(model_said_of(&model, "disks", &error), "vg0 is split");
    assert_true(error);
}

static void a_start_sends_the_second_dialog_whole(void **state)
{
    (void)state;
    reach_choice();
    model_choose_disk(&model, 0, false, 0);
    model_choose_disk(&model, 1, false, 0);
    model_choose_removable(&model, 0, false, 0);
    model_choose_nic(&model, 1, true, 0);
    assert_true(model_set_network(&model, 1, "", 0));
    assert_true(type("output.misc", "a=b,c"));
    assert_true(type("memory", "2048"));
    assert_true(model_start(&model, false));
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_CONVERT);
    P2v__UiConvert *convert = sent->ui_convert;
    static const char *const wanted[][2] = { { "disks", "" }, { "removable", "" }, { "interfaces", "em1,em2" }, { "network_map", "em1:lan" },
        { "memory", "2048M" }, { "output.misc", "a=b,c" }, { "output.connection", "" }, { "vcpu.phys_topo", "false" } };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_string_equal(value_of(convert->settings, convert->n_settings, wanted[i][0]), wanted[i][1]);
    assert_null(value_of(convert->settings, convert->n_settings, "remote.server"));
    assert_false(convert->overrule);
    assert_false(model_start(&model, false));
}

static void a_start_waits_for_an_outstanding_check(void **state)
{
    (void)state;
    reach_choice();
    model_tick(&model, 10);
    size_t before = sent_count;
    assert_true(model_start(&model, false));
    assert_int_equal(sent_count, before);
    assert_true(say_findings(0, false));
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_CONVERT);
}

static void warnings_can_be_overruled_and_errors_cannot(void **state)
{
    (void)state;
    reach_choice();
    assert_false(model_start(&model, true));
    model_start(&model, false);
    assert_true(say_findings(1, true));
    assert_false(model_can(&model, MODEL_OVERRULE));
    model_start(&model, false);
    assert_true(say_findings(1, false));
    assert_true(model_start(&model, true));
    assert_true(sent->ui_convert->overrule);
    assert_true(say_phase(P2V__PHASE__PHASE_CONNECTING));
    assert_int_equal(model.step, MODEL_RUNNING);
}

static void a_target_network_is_one_name(void **state)
{
    (void)state;
    reach_choice();
    assert_false(model_set_network(&model, 0, "a,b", 0));
    assert_false(model_can(&model, MODEL_START));
    assert_false(model_set_network(&model, 0, "a:", 0));
    assert_true(model_set_network(&model, 0, "a", 0));
    assert_true(model_can(&model, MODEL_START));
}

static void a_list_that_is_too_long_is_told_and_not_sent(void **state)
{
    (void)state;
    reach_choice();
    size_t before = sent_count;
    for (model.nic_count = 0; model.nic_count < 40; model.nic_count++) {
        struct model_nic *nic = &model.nics[model.nic_count];
        nic->chosen = true;
        snprintf(nic->name, sizeof nic->name, "em%zu", model.nic_count);
        memset(nic->network, 'x', 120);
    }
    assert_false(model_start(&model, false));
    assert_int_equal(sent_count, before);
    bool error;
    assert_non_null(model_said_of(&model, "network_map", &error));
}

static void only_what_is_granted_is_asked_for(void **state)
{
    (void)state;
    reach_connection();
    assert_true(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG, ""));
    assert_int_equal(sent_count, 1);
    P2v__UiRequestDone done = P2V__UI_REQUEST_DONE__INIT;
    done.kind = P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL;
    done.done = true;
    done.text = empty;
    assert_true(TAKE(ui_request_done, UI_REQUEST_DONE, &done, 0));
    assert_true(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, ""));
}

static void the_end_is_said_after_the_verdict_and_once(void **state)
{
    (void)state;
    reach_running();
    assert_false(model_close(&model));
    assert_true(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, ""));
    assert_true(say_verdict());
    assert_false(model_can(&model, MODEL_CANCEL));
    assert_true(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHUTDOWN, ""));
    assert_true(model_close(&model));
    assert_false(model_close(&model));
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_FINISHED);
}

static void a_conversion_that_did_not_begin_brings_the_dialogs_back(void **state)
{
    (void)state;
    reach_running();
    assert_true(say_phase(P2V__PHASE__PHASE_ASKING));
    assert_int_equal(model.step, MODEL_CHOICE);
    assert_true(model_can(&model, MODEL_START));
}

static void progress_has_a_rate_and_an_end(void **state)
{
    (void)state;
    char name[] = "sda";
    uint64_t seconds;
    reach_running();
    P2v__Progress progress = P2V__PROGRESS__INIT;
    progress.name = name;
    progress.size_bytes = 1000 << 20;
    for (uint64_t i = 0; i <= 30; i++) {
        progress.sent_bytes = i * (10 << 20);
        progress.zero_bytes = i * (10 << 20);
        assert_true(TAKE(progress, PROGRESS, &progress, i * 1000));
        assert_true(i > 0 || (rate_sent(&model.disks[0].rate) == 0 && !rate_left(&model.disks[0].rate, progress.size_bytes, &seconds)));
    }
    assert_int_equal(rate_sent(&model.disks[0].rate), 10 << 20);
    assert_true(rate_left(&model.disks[0].rate, progress.size_bytes, &seconds));
    assert_int_equal(seconds, 20);
    progress.sent_bytes = progress.zero_bytes = INT64_MAX;
    assert_true(TAKE(progress, PROGRESS, &progress, 31000));
    assert_true(model.disks[0].sent_bytes + model.disks[0].zero_bytes <= progress.size_bytes);
}

static void the_log_has_notes_and_output_and_an_end(void **state)
{
    (void)state;
    char text[] = "a note\xe2\x80\xae";
    reach_running();
    P2v__ConversionOutput output = P2V__CONVERSION_OUTPUT__INIT;
    output.data = (ProtobufCBinaryData){ 8, (uint8_t *)(uintptr_t)"hal\033[2Jf" };
    assert_true(TAKE(conversion_output, CONVERSION_OUTPUT, &output, 0));
    P2v__Note note = P2V__NOTE__INIT;
    note.level = P2V__LEVEL__WARNING;
    note.text = text;
    assert_true(TAKE(note, NOTE, &note, 0));
    assert_int_equal(model.line_count, 2);
    assert_string_equal(model.lines[0].text, "half");
    assert_true(model.lines[0].output);
    assert_string_equal(model.lines[1].text, "a note\xef\xbf\xbd");
    for (size_t i = 0; i < 3 * MODEL_LINES_MAX; i++)
        assert_true(TAKE(note, NOTE, &note, 0));
    assert_int_equal(model.line_count, 3 * MODEL_LINES_MAX + 2);
}

#define T(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_fields_are_the_keys_that_have_a_label),
        T(it_waits_until_the_settings_are_known),
        T(without_dialogs_it_only_shows_how_it_goes),
        T(texts_of_outside_are_harmless),
        T(a_mistake_is_told_at_its_field),
        T(a_server_is_needed_and_a_password_is_not),
        T(a_test_sends_the_first_dialog_and_one_at_a_time),
        T(a_password_goes_once_and_is_forgotten_when_it_was_right),
        T(next_needs_a_test_that_went_well),
        T(a_test_of_what_was_changed_meanwhile_counts_for_nothing),
        T(an_answer_that_nobody_asked_for_ends_the_session),
        T(questions_come_and_are_answered_once),
        T(disks_that_cannot_be_converted_are_never_chosen),
        T(a_choice_is_checked_when_it_has_settled),
        T(a_start_sends_the_second_dialog_whole),
        T(a_start_waits_for_an_outstanding_check),
        T(warnings_can_be_overruled_and_errors_cannot),
        T(a_target_network_is_one_name),
        T(a_list_that_is_too_long_is_told_and_not_sent),
        T(only_what_is_granted_is_asked_for),
        T(the_end_is_said_after_the_verdict_and_once),
        T(a_conversion_that_did_not_begin_brings_the_dialogs_back),
        T(progress_has_a_rate_and_an_end),
        T(the_log_has_notes_and_output_and_an_end),
    };
    return cmocka_run_group_tests_name("ui-model", tests, NULL, NULL);
}
