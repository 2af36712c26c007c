// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/model*.c from the second dialog on: the choice and what is found wrong with it, the conversion, the verdict.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-ui/words.h"
#include "tests/unit/model-supervisor.h"

static void without_dialogs_it_only_shows_how_it_goes(void **state)
{
    (void)state;
    P2v__UiStart start = P2V__UI_START__INIT;
    assert_true(TAKE(ui_start, UI_START, &start, 0));
    assert_int_equal(model.step, MODEL_RUNNING);
    assert_false(model_can(&model, MODEL_CANCEL));
}

static void disks_that_cannot_be_converted_are_never_chosen(void **state)
{
    (void)state;
    reach_choice();
    model_choose_disk(&model, 2, true, 0);
    model_choose_disk(&model, 3, true, 0);
    assert_false(model.disks[2].chosen || model.disks[3].chosen);
}

static void disks_that_are_named_come_first_in_that_order(void **state)
{
    (void)state;
    static const char *const order[] = { "sdb", "sda", "sdc", "sdd" };
    static const bool chosen[] = { true, true, false, false };
    say_start();
    say_inventory();
    say_settings_disks("/dev/sdb,nosuch,sdd,sda,sdb,sdc");         // sdc is another way to sda, sdd the running system's
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(model.disks[i].name, order[i]);
        assert_int_equal(model.disks[i].chosen, chosen[i]);
    }
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
    assert_string_equal(value_of(&check->guest->base, "disks"), "sda");
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
        { "memory", "2147483648" }, { "output.misc", "a=b,c" }, { "output.connection", "" }, { "vcpu.phys_topo", "false" } };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_string_equal(value_of(strncmp(wanted[i][0], "output.", 7) == 0 ? &convert->output->base : &convert->guest->base, wanted[i][0]), wanted[i][1]);
    assert_false(convert->overrule);
    assert_false(model_start(&model, false));
}

// As a message has it in which nothing is said of them.
static void a_truth_that_is_not_told_is_false(void **state)
{
    (void)state;
    struct configuration messages;
    configuration_make(&messages, &(struct config){ 0 });
    P2v__UiSettings none = P2V__UI_SETTINGS__INIT;
    none.connection = &messages.connection;
    none.guest = &messages.guest;
    none.output = &messages.output;
    say_start();
    say_inventory();
    assert_true(TAKE(ui_settings, UI_SETTINGS, &none, 0));
    assert_string_equal(model_field(&model, "vcpu.phys_topo")->value, "false");
    assert_string_equal(model_field(&model, "auth.sudo")->value, "false");
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

// What is changed while "Start" waits for a check's answer would be converted unseen, or end the session where it is a mistake.
static void nothing_is_changed_while_it_starts(void **state)
{
    (void)state;
    reach_choice();
    model_tick(&model, 10);
    assert_true(model_start(&model, false));
    type("memory", "no number");
    model_choose_disk(&model, 1, false, 20);
    model_choose_removable(&model, 0, false, 20);
    model_choose_nic(&model, 0, false, 20);
    model_set_network(&model, 0, "a,b", 20);
    assert_true(say_findings(0, false));
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_CONVERT);
    assert_string_equal(value_of(&sent->ui_convert->guest->base, "disks"), "sda,sdb");
    assert_string_equal(value_of(&sent->ui_convert->guest->base, "memory"), "8589934592");
    assert_string_equal(value_of(&sent->ui_convert->guest->base, "removable"), "sr0");
    assert_string_equal(value_of(&sent->ui_convert->guest->base, "network_map"), "em1:lan");
    assert_true(say_findings(1, false));
    assert_true(type("memory", "4096"));
}

static void a_start_that_cannot_be_sent_is_none(void **state)
{
    (void)state;
    reach_choice();
    model_tick(&model, 10);
    assert_true(model_start(&model, false));
    snprintf(model_field(&model, "memory")->value, MODEL_VALUE_MAX, "no number");
    assert_true(say_findings(0, false));
    assert_false(model.starting);
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_CHECK);
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

static void a_run_can_be_left_before_anything_was_begun(void **state)
{
    (void)state;
    say_start();
    assert_true(model_can(&model, MODEL_CANCEL));
    say_inventory();
    say_settings();
    assert_true(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, ""));
    assert_int_equal(sent->body_case, P2V__ENVELOPE__BODY_UI_REQUEST);
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL, ""));
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

static void a_rate_is_not_told_of_what_stands_still_or_is_over(void **state)
{
    (void)state;
    char name[] = "sda", text[256];
    reach_running();
    P2v__Progress progress = P2V__PROGRESS__INIT;
    progress.name = name;
    progress.size_bytes = 1000 << 20;
    for (uint64_t i = 0; i <= 10; i++) {
        progress.sent_bytes = i * (10 << 20);
        assert_true(TAKE(progress, PROGRESS, &progress, i * 1000));
    }
    words_progress(text, sizeof text, &model, &model.disks[0], 12000);
    assert_string_equal(text, "10 MiB/s, 1 min 30 s left");
    words_progress(text, sizeof text, &model, &model.disks[0], 16000);
    assert_string_equal(text, "100 MiB sent");
    assert_true(TAKE(progress, PROGRESS, &progress, 17000));
    assert_true(say_verdict());
    words_progress(text, sizeof text, &model, &model.disks[0], 17000);
    assert_string_equal(text, "100 MiB sent");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_dialogs_it_only_shows_how_it_goes),
        TEST(disks_that_cannot_be_converted_are_never_chosen),
        TEST(disks_that_are_named_come_first_in_that_order),
        TEST(a_choice_is_checked_when_it_has_settled),
        TEST(a_start_sends_the_second_dialog_whole),
        TEST(a_truth_that_is_not_told_is_false),
        TEST(a_start_waits_for_an_outstanding_check),
        TEST(nothing_is_changed_while_it_starts),
        TEST(a_start_that_cannot_be_sent_is_none),
        TEST(warnings_can_be_overruled_and_errors_cannot),
        TEST(a_target_network_is_one_name),
        TEST(a_list_that_is_too_long_is_told_and_not_sent),
        TEST(the_end_is_said_after_the_verdict_and_once),
        TEST(a_run_can_be_left_before_anything_was_begun),
        TEST(a_conversion_that_did_not_begin_brings_the_dialogs_back),
        TEST(progress_has_a_rate_and_an_end),
        TEST(a_rate_is_not_told_of_what_stands_still_or_is_over),
        TEST(the_log_has_notes_and_output_and_an_end),
    };
    return cmocka_run_group_tests_name("ui-model-conversion", tests, NULL, NULL);
}
