// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/configuration.c: a configuration that goes as typed messages arrives as it was, without its secrets; every key has its field.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/configuration.h"

static struct config from, to;
static struct configuration messages;

static int set_up(void **state)
{
    (void)state;
    struct error err;
    to = (struct config){ 0 };
    return config_init(&from, &err);
}

static int tear_down(void **state)
{
    (void)state;
    config_clear(&from);
    config_clear(&to);
    return 0;
}

static void configure(const char *key, const char *value)
{
    struct error err;
    assert_int_equal(config_set(&from, key, value, &err), 0);
}

// Packed on the way, as a message is.
static void send_all(void)
{
    struct error err = { 0 };
    configuration_make(&messages, &from);
    size_t size = p2v__configuration__get_packed_size(&messages.all);
    unsigned char *packed = malloc(size);
    assert_non_null(packed);
    p2v__configuration__pack(&messages.all, packed);
    P2v__Configuration *arrived = p2v__configuration__unpack(NULL, size, packed);
    assert_non_null(arrived);
    free(packed);
    const ProtobufCMessage *parts[] = { &arrived->connection->base, &arrived->guest->base, &arrived->hardware->base, &arrived->output->base,
                                        &arrived->settings->base };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (configuration_take(&to, parts[i], &err) < 0)
            fail_msg("%s", err.text);
    p2v__configuration__free_unpacked(arrived, NULL);
}

static void every_value_arrives_as_it_was(void **state)
{
    (void)state;
    char before[2048], after[2048];
    static const char *const given[][2] = {
        { "server", "host" }, { "port", "1" }, { "username", "p2v" }, { "identity", "file:///id" }, { "cacert", "file:///ca" }, { "hostkey", "required" },
        { "known_hosts", "file:///hosts" }, { "compress", "yes" }, { "sudo", "yes" }, { "skip_test_connection", "yes" }, { "bwlimit", "1M" },
        { "name", "web" }, { "vcpu.phys_topo", "yes" }, { "vcpus", "3" }, { "memory", "3G" }, { "cpu.vendor", "AMD" }, { "cpu.model", "Opteron" },
        { "cpu.acpi", "no" }, { "cpu.apic", "yes" }, { "cpu.pae", "no" }, { "rtc.basis", "utc" }, { "rtc.offset", "-5" }, { "disks", "sda,sdb" },
        { "force", "yes" }, { "removable", "sr0" }, { "interfaces", "" }, { "network", "em1:lan,other" }, { "o", "glance" }, { "oa", "preallocated" },
        { "oc", "qemu+ssh://h/" }, { "of", "raw" }, { "os", "/x" }, { "oo", "a=1,b=2" }, { "read_errors", "zero" }, { "reconnect", "0" }, { "wait", "0" },
        { "pre", "echo a, b" }, { "post", "poweroff" }, { "fail", "reboot" }, { "ip", "dhcp" }, { "dump_config_and_exit", "yes" },
        { "ciphers", "aes256-ctr" },
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        configure(given[i][0], given[i][1]);
    send_all();
    assert_true(from.set == to.set);
    for (const struct config_key *key = config_keys; key->name != NULL; key++) {
        assert_true(config_value(&from, key, before, sizeof before) && config_value(&to, key, after, sizeof after));
        assert_string_equal(before, after);
    }
}

static void an_empty_list_that_was_given_is_not_none(void **state)
{
    (void)state;
    configure("removable", "");
    send_all();
    assert_true(to.removable.given && to.removable.count == 0);
    assert_false(to.interfaces.given);
}

static void of_a_secret_only_that_it_is_there_goes(void **state)
{
    (void)state;
    configure("password", "s3cret");
    send_all();
    unsigned char packed[8192];
    assert_true(p2v__configuration__get_packed_size(&messages.all) <= sizeof packed);
    assert_null(memmem(packed, p2v__configuration__pack(&messages.all, packed), "s3cret", 6));
    assert_true(config_given(&to, &to.password) && !config_given(&to, &to.passphrase));
}

static void what_dialogs_may_show_has_no_secret_of_urls_and_options(void **state)
{
    (void)state;
    configure("server", "host");
    configure("identity", "https://me:s3cret@host/key");
    configure("oc", "https://me:s3cret@host/api");
    configure("oo", "a=b,server-password=s3cret");
    configuration_make_shown(&messages, &from);
    assert_string_equal(messages.connection.remote_server, "host");
    assert_string_equal(messages.connection.auth_identity_url, "");
    assert_string_equal(messages.output.connection, "");
    assert_int_equal(messages.output.n_misc, 0);
    assert_string_equal(messages.output.storage, "/var/tmp");
    assert_int_equal(messages.connection.n_hidden, 1);
    assert_string_equal(messages.connection.hidden[0], "auth.identity.url");
    assert_int_equal(messages.output.n_hidden, 2);
    configuration_make(&messages, &from);
    assert_int_equal(messages.output.n_misc, 2);
    assert_int_equal(messages.connection.n_hidden + messages.output.n_hidden, 0);
}

static void what_a_dialog_sends_back_hidden_is_what_is_configured(void **state)
{
    (void)state;
    struct configuration shown, sent;
    struct error err;
    configure("identity", "https://me:s3cret@host/key");
    configure("oo", "a=b,server-password=s3cret");
    configuration_make(&messages, &from);
    configuration_make_shown(&shown, &from);
    assert_int_equal(configuration_take(&to, &shown.connection.base, &err), 0);
    assert_int_equal(configuration_take(&to, &shown.output.base, &err), 0);
    assert_false(config_given(&to, &to.identity));
    configuration_make(&sent, &to);
    assert_string_equal(configuration_identity(&sent.connection, &messages.all), "https://me:s3cret@host/key");
    P2v__Output output = configuration_output(&sent.output, &messages.all);
    assert_int_equal(output.n_misc, 2);
    assert_string_equal(output.misc[1], "server-password=s3cret");
    assert_string_equal(output.connection, "");
}

static void what_a_dialog_sends_empty_and_not_hidden_is_gone(void **state)
{
    (void)state;
    struct configuration sent;
    configure("identity", "https://me:s3cret@host/key");
    configure("oc", "https://me:s3cret@host/api");
    configuration_make(&messages, &from);
    configuration_make(&sent, &to);
    assert_string_equal(configuration_identity(&sent.connection, &messages.all), "");
    assert_string_equal(configuration_output(&sent.output, &messages.all).connection, "");
}

static void a_text_that_is_said_to_be_given_and_is_not_there_is_not(void **state)
{
    (void)state;
    struct error err;
    char name[] = "guestname", disks[] = "disks", server[] = "remote.server", *given[] = { name, server, disks };
    P2v__Guest guest = P2V__GUEST__INIT;
    guest.given = given;
    guest.n_given = 3;
    assert_int_equal(configuration_take(&to, &guest.base, &err), 0);
    assert_false(config_given(&to, &to.name) || config_given(&to, &to.server));
    assert_true(to.disks.given);
}

static void every_key_has_its_field_but_secrets(void **state)
{
    (void)state;
    static const ProtobufCMessageDescriptor *const parts[] = { &p2v__connection__descriptor, &p2v__guest__descriptor, &p2v__hardware__descriptor,
                                                               &p2v__output__descriptor, &p2v__settings__descriptor };
    size_t fields = 0, keys = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        fields += parts[i]->n_fields - 1 - (protobuf_c_message_descriptor_get_field_by_name(parts[i], "hidden") != NULL);      // `given`, and that
    for (const struct config_key *key = config_keys; key->name != NULL; key++)
        keys += key->type != CONFIG_SECRET;
    assert_int_equal(fields, keys);                    // and every_value_arrives_as_it_was, of each of them
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_value_arrives_as_it_was),
        TEST(an_empty_list_that_was_given_is_not_none),
        TEST(of_a_secret_only_that_it_is_there_goes),
        TEST(what_dialogs_may_show_has_no_secret_of_urls_and_options),
        TEST(what_a_dialog_sends_back_hidden_is_what_is_configured),
        TEST(what_a_dialog_sends_empty_and_not_hidden_is_gone),
        TEST(a_text_that_is_said_to_be_given_and_is_not_there_is_not),
        TEST(every_key_has_its_field_but_secrets),
    };
    return cmocka_run_group_tests_name("configuration", tests, NULL, NULL);
}
