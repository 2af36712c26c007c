// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-ui/model*.c, as far as the first dialog: the fields, the test of the connection, the questions, and the buttons beside them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-ui/words.h"
#include "tests/unit/model-supervisor.h"

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
    assert_string_equal(value_of(&connect->connection->base, "remote.server"), "conv.example.com");
    assert_string_equal(value_of(&connect->connection->base, "auth.identity.url"), "");
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
    assert_true(model_field(&model, "auth.password")->hidden);
    assert_true(model_test(&model));
    assert_false(sent->ui_connect->password_given);
}

static void what_is_hidden_stays_until_something_is_typed(void **state)
{
    (void)state;
    struct model_field *identity;
    say_start();
    say_inventory();
    say_settings_hidden();
    identity = model_field(&model, "auth.identity.url");
    assert_true(identity->hidden);
    assert_false(model_field(&model, "auth.username")->hidden);
    type("remote.server", "conv.example.com");
    type("auth.identity.url", "");
    assert_true(model_test(&model));
    assert_int_equal(sent->ui_connect->connection->n_hidden, 1);
    assert_string_equal(sent->ui_connect->connection->hidden[0], "auth.identity.url");
    assert_true(say_connected(false, "auth.identity.url", "404"));
    type("auth.identity.url", "file:///id");
    assert_false(identity->hidden);
    assert_true(model_test(&model));
    assert_int_equal(sent->ui_connect->connection->n_hidden, 0);
    assert_string_equal(sent->ui_connect->connection->auth_identity_url, "file:///id");
    assert_true(say_connected(false, "auth.identity.url", "no such file"));
    type("auth.identity.url", "");                     // what was typed is taken back: there is none
    assert_true(model_test(&model));
    assert_int_equal(sent->ui_connect->connection->n_hidden, 0);
}

static void hidden_output_options_stay_as_well(void **state)
{
    (void)state;
    say_start();
    say_inventory();
    say_settings_hidden();
    type("remote.server", "conv.example.com");
    assert_true(model_test(&model) && say_connected(true, "", "") && model_next(&model, 0));
    assert_true(model_start(&model, false));
    assert_int_equal(sent->ui_convert->output->n_hidden, 1);
    assert_string_equal(sent->ui_convert->output->hidden[0], "output.misc");
    assert_int_equal(sent->ui_convert->output->n_misc, 0);
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
    done.text = (char[]){ "" };
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
    assert_true(model_answer(&model, P2V__ANSWER__ANSWER_YES, "1234"));
    assert_memory_equal(sent->secret_answer->secret.data, "1234", 4);
}

static void an_answer_that_is_too_long_is_told_and_asked_for_again(void **state)
{
    (void)state;
    char longest[MODEL_SECRET_MAX + 2] = "", text[1024];
    reach_connection();
    P2v__SecretAsk secret = P2V__SECRET_ASK__INIT;
    assert_true(TAKE(secret_ask, SECRET_ASK, &secret, 0));
    unsigned number = model.question.number;
    memset(longest, 'x', MODEL_SECRET_MAX + 1);
    assert_false(model_answer(&model, P2V__ANSWER__ANSWER_YES, longest));
    assert_int_equal(sent_count, 0);
    assert_int_not_equal(model.question.number, number);
    words_question(text, sizeof text, &model.question);
    assert_non_null(strstr(text, "must have at most 1024 bytes"));
    assert_non_null(strstr(text, "Passphrase of the SSH identity"));
    longest[MODEL_SECRET_MAX] = '\0';
    assert_true(model_answer(&model, P2V__ANSWER__ANSWER_YES, longest));
    assert_int_equal(sent->secret_answer->secret.len, MODEL_SECRET_MAX);
    assert_true(TAKE(secret_ask, SECRET_ASK, &secret, 0));
    words_question(text, sizeof text, &model.question);
    assert_null(strstr(text, "at most"));
}

static void only_what_is_granted_is_asked_for(void **state)
{
    (void)state;
    reach_connection();
    assert_true(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_NETWORK, ""));
    assert_false(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG, ""));
    assert_int_equal(sent_count, 1);
    P2v__UiRequestDone done = P2V__UI_REQUEST_DONE__INIT;
    done.kind = P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL;
    done.done = true;
    done.text = (char[]){ "" };
    assert_true(TAKE(ui_request_done, UI_REQUEST_DONE, &done, 0));
    assert_true(model_request(&model, P2V__UI_REQUEST_KIND__UI_REQUEST_SHELL, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_fields_are_the_keys_that_have_a_label),
        TEST(it_waits_until_the_settings_are_known),
        TEST(texts_of_outside_are_harmless),
        TEST(a_mistake_is_told_at_its_field),
        TEST(a_server_is_needed_and_a_password_is_not),
        TEST(a_test_sends_the_first_dialog_and_one_at_a_time),
        TEST(a_password_goes_once_and_is_forgotten_when_it_was_right),
        TEST(what_is_hidden_stays_until_something_is_typed),
        TEST(hidden_output_options_stay_as_well),
        TEST(next_needs_a_test_that_went_well),
        TEST(a_test_of_what_was_changed_meanwhile_counts_for_nothing),
        TEST(an_answer_that_nobody_asked_for_ends_the_session),
        TEST(questions_come_and_are_answered_once),
        TEST(an_answer_that_is_too_long_is_told_and_asked_for_again),
        TEST(only_what_is_granted_is_asked_for),
    };
    return cmocka_run_group_tests_name("ui-model-connection", tests, NULL, NULL);
}
