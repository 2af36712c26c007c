// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/redact.c and message-json.c: what of a message is written down, and as what.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/configuration.h"
#include "proto/message-json.h"
#include "proto/redact.h"

#define SECRET "open-sesame"

static void every_text_and_bytes_field_has_been_decided_on(void **state)
{
    (void)state;
    struct error err = { 0 };
    if (!redact_decides_every_field(&err))
        fail_msg("%s", err.text);
}

// ---- a field without a row -----------------------------------------------------------------------------

// The descriptor of a message that nobody has decided on.
static const ProtobufCFieldDescriptor unknown_field = { .name = "new_field", .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_STRING };
static const ProtobufCMessageDescriptor unknown = { .short_name = "Unknown", .n_fields = 1, .fields = &unknown_field };

static void what_is_not_decided_on_is_hidden(void **state)
{
    (void)state;
    const ProtobufCMessage message = { .descriptor = &unknown };
    assert_int_equal(redact_shows(&message, &unknown_field, SECRET), 0);
    assert_true(redact_hides_size(&message, &unknown_field));
}

// ---- written -------------------------------------------------------------------------------------------

static char *written;
static size_t hidden;

static int tear_down(void **state)
{
    (void)state;
    free(written);
    written = NULL;
    return 0;
}

static const char *write_message(const ProtobufCMessage *message)
{
    size_t size;
    tear_down(NULL);
    struct json json = { .out = open_memstream(&written, &size), .one_line = true };
    assert_non_null(json.out);
    json_open(&json, NULL, '{');
    hidden = message_json_fields(&json, message);
    json_close(&json, '{');
    fclose(json.out);
    return written;
}

static ProtobufCBinaryData bytes(const char *text)
{
    return (ProtobufCBinaryData){ strlen(text), (unsigned char *)(uintptr_t)text };
}

static void expect_told(const ProtobufCMessage *message, const char *told)
{
    const char *text = write_message(message);
    if (strstr(text, told) == NULL || strstr(text, "sesame") != NULL)
        fail_msg("%s is not in: %s", told, text);
}

// Every bytes field of every message in turn has the secret in it.
static void bytes_are_never_written(void **state)
{
    (void)state;
    size_t fields = 0;
    for (unsigned i = 0; i < p2v__envelope__descriptor.n_fields; i++) {
        const ProtobufCMessageDescriptor *type = p2v__envelope__descriptor.fields[i].descriptor;
        for (unsigned j = 0; j < type->n_fields; j++) {
            if (type->fields[j].type != PROTOBUF_C_TYPE_BYTES)
                continue;
            ProtobufCMessage *message = calloc(1, type->sizeof_message);
            assert_non_null(message);
            type->message_init(message);
            *(ProtobufCBinaryData *)((char *)message + type->fields[j].offset) = bytes(SECRET);
            assert_null(strstr(write_message(message), SECRET));
            free(message);
            fields++;
        }
    }
    assert_true(fields >= 11);
}

static void of_a_secret_is_told_whether_there_is_one(void **state)
{
    (void)state;
    P2v__Login login = P2V__LOGIN__INIT;
    expect_told(&login.base, "\"password\": \"\", \"identity\": \"\"");
    login.password = bytes(SECRET);
    expect_told(&login.base, "\"password\": \"(secret)\", \"identity\": \"\"");
    assert_int_equal(hidden, strlen(SECRET));
    login.password = bytes(SECRET SECRET);
    expect_told(&login.base, "\"password\": \"(secret)\", \"identity\": \"\"");
}

static void what_is_long_and_public_is_told_by_its_size(void **state)
{
    (void)state;
    P2v__ConversionOutput output = P2V__CONVERSION_OUTPUT__INIT;
    output.data = bytes(SECRET);
    expect_told(&output.base, "{\"data\": 11}");
    assert_int_equal(hidden, 0);
}

static void a_url_is_told_without_a_password_and_a_token(void **state)
{
    (void)state;
    static const struct { const char *url, *told; } cases[] = {
        { "https://host/key", "\"https://host/key\"" },
        { "https://me:" SECRET "@host/key", "\"(secret)\"" },
        { "https://" SECRET "@host/key", "\"(secret)\"" },
        { "https://me@there:" SECRET "@host/key", "\"(secret)\"" },
        { "https://host/key?token=" SECRET, "\"https://host/key?(secret)\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        P2v__Connection connection = P2V__CONNECTION__INIT;
        P2v__Settings settings = P2V__SETTINGS__INIT;
        P2v__FetchStart start = P2V__FETCH_START__INIT;
        connection.auth_identity_url = settings.remote_known_hosts = start.url = (char *)cases[i].url;
        expect_told(&connection.base, cases[i].told);
        expect_told(&settings.base, cases[i].told);
        expect_told(&start.base, cases[i].told);
        assert_int_equal(hidden > 0, strstr(cases[i].url, SECRET) != NULL);
    }
}

// RunStart has the whole configuration: whatever its texts are named, what config_hides() hides is not told.
static void what_the_configuration_hides_is_not_told_by_it(void **state)
{
    (void)state;
    struct error err;
    struct config config;
    struct configuration messages;
    assert_int_equal(config_init(&config, &err), 0);
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        static const char *const values[] = { SECRET, "https://me:" SECRET "@host/x", "password=" SECRET };
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
            if (config_hides(key, values[i]))
                config_set(&config, key->name, values[i], &err);   // where it is a value of this key
    }
    assert_string_equal(config.password, "password=" SECRET);
    assert_non_null(strstr(config.identity, SECRET));
    assert_non_null(strstr(config.output_connection, SECRET));
    configuration_make(&messages, &config);
    expect_told(&messages.all.base, "\"auth_identity_url\": \"(secret)\"");
    config_clear(&config);
}

static void virt_v2vs_options_are_told_as_their_keys_say(void **state)
{
    (void)state;
    char *misc[] = { (char *)(uintptr_t)"cluster=a", (char *)(uintptr_t)"admin-token=" SECRET };
    P2v__Output output = P2V__OUTPUT__INIT;
    output.connection = (char *)(uintptr_t)"https://me:" SECRET "@host/api";
    output.misc = misc;
    output.n_misc = 2;
    expect_told(&output.base, "\"connection\": \"(secret)\"");
    output.connection = (char *)(uintptr_t)"https://admin@internal:" SECRET "@host/api";
    expect_told(&output.base, "\"connection\": \"(secret)\"");
    output.connection = (char *)(uintptr_t)"https://host/api?token=" SECRET;
    expect_told(&output.base, "\"connection\": \"https://host/api?(secret)\"");
    expect_told(&output.base, "\"misc\": [\"cluster=a\", \"admin-token=(secret)\"]");
}

static void hostile_texts_are_json_on_one_line(void **state)
{
    (void)state;
    P2v__Note note = P2V__NOTE__INIT;
    note.level = P2V__LEVEL__WARNING;
    note.text = (char *)(uintptr_t)"a\n\r\x01\x1b[2J\x7f\"\\\xc2\x9b" "b\xff\xc3\xed\xa0\x80\xf0\x9f\x98\x80\xe2\x80\xa8z\xc3";
    assert_string_equal(write_message(&note.base),
                        "{\"level\": \"warning\", \"text\": \"a\\u000a\\u000d\\u0001\\u001b[2J\\u007f\\\"\\\\\\u009bb\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd"
                        "\xf0\x9f\x98\x80\xe2\x80\xa8z\\ufffd\"}\n");
}

static void a_very_long_text_is_written_whole(void **state)
{
    (void)state;
    static char text[65000];
    P2v__Failure failure = P2V__FAILURE__INIT;
    memset(text, 'x', sizeof text - 1);
    failure.text = text;
    assert_int_equal(strlen(write_message(&failure.base)), strlen("{\"text\": \"\"}\n") + sizeof text - 1);
}

static void what_is_not_there_is_empty(void **state)
{
    (void)state;
    P2v__Connection connection = P2V__CONNECTION__INIT;
    P2v__UiConnect connect = P2V__UI_CONNECT__INIT;
    connection.remote_server = connection.auth_username = connection.auth_identity_url = NULL;
    connect.connection = &connection;
    expect_told(&connect.base, "\"remote_server\": \"\", \"remote_port\": 0, \"auth_username\": \"\", \"auth_identity_url\": \"\"");
    connect.connection = NULL;
    expect_told(&connect.base, "{\"connection\": {}, ");
}

static void lists_of_numbers_and_messages_are_written(void **state)
{
    (void)state;
    uint32_t disks[] = { 2, 0 };
    P2v__Finding finding = P2V__FINDING__INIT, *findings[] = { &finding };
    P2v__Plan plan = P2V__PLAN__INIT;
    plan.disks = disks;
    plan.n_disks = 2;
    plan.findings = findings;
    plan.n_findings = 1;
    finding.error = true;
    assert_string_equal(write_message(&plan.base), "{\"disks\": [2, 0], \"machine\": [], \"guest\": [], \"findings\": "
                                                   "[{\"name\": \"\", \"text\": \"\", \"error\": true, \"advice\": false}], \"hardware\": []}\n");
}

#define TEST(NAME) cmocka_unit_test_teardown(NAME, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_text_and_bytes_field_has_been_decided_on),
        TEST(what_is_not_decided_on_is_hidden),
        TEST(bytes_are_never_written),
        TEST(of_a_secret_is_told_whether_there_is_one),
        TEST(what_is_long_and_public_is_told_by_its_size),
        TEST(a_url_is_told_without_a_password_and_a_token),
        TEST(what_the_configuration_hides_is_not_told_by_it),
        TEST(virt_v2vs_options_are_told_as_their_keys_say),
        TEST(hostile_texts_are_json_on_one_line),
        TEST(a_very_long_text_is_written_whole),
        TEST(what_is_not_there_is_empty),
        TEST(lists_of_numbers_and_messages_are_written),
    };
    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
