// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/settings.c: a configuration that goes as settings arrives as it was, without its secrets, and only what may be set is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/settings.h"

static struct config from, to;
static struct settings settings;

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

static void send_all(void)
{
    struct error err = { 0 };
    assert_int_equal(settings_make(&settings, &from, UINT64_MAX, &err), 0);
    if (settings_take(&to, settings.pointers, settings.count, UINT64_MAX, &err) < 0)
        fail_msg("%s", err.text);
}

static void every_value_arrives_as_it_was(void **state)
{
    (void)state;
    char before[2048], after[2048];
    static const char *const given[][2] = { { "server", "host" }, { "port", "1" }, { "memory", "3G" }, { "rtc.offset", "-5" }, { "cpu.acpi", "no" },
                                            { "disks", "sda,sdb" }, { "oo", "a=1,b=2" }, { "pre", "echo a, b" }, { "bwlimit", "1M" }, { "sudo", "yes" } };
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
    for (size_t i = 0; i < settings.count; i++)
        assert_null(strstr(settings.all[i].value, "s3cret"));
    assert_true(config_given(&to, &to.password) && !config_given(&to, &to.passphrase));
}

static void a_key_that_is_not_among_those_that_may_be_set_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "memory", "disks", NULL };
    struct error err;
    configure("server", "host");
    configure("memory", "1G");
    configure("disks", "sda");
    assert_int_equal(settings_make(&settings, &from, settings_keys(names), &err), 0);
    assert_int_equal(settings.count, 2);
    assert_int_equal(settings_take(&to, settings.pointers, settings.count, settings_keys(names), &err), 0);
    settings.all[0].name = (char *)"remote.server";
    assert_int_equal(settings_take(&to, settings.pointers, 1, settings_keys(names), &err), -1);
    assert_non_null(strstr(err.text, "remote.server may not be set"));
    settings.all[0].name = (char *)"nothing";
    assert_int_equal(settings_take(&to, settings.pointers, 1, UINT64_MAX, &err), -1);
    assert_null(to.server);
}

static void one_that_is_too_long_is_an_error(void **state)
{
    (void)state;
    struct error err;
    static char *items[SETTINGS_MAX];
    for (size_t i = 0; i < SETTINGS_MAX; i++)
        items[i] = (char *)"x";
    struct config long_one = { .disks = { items, SETTINGS_MAX, true }, .set = UINT64_MAX };
    assert_int_equal(settings_make(&settings, &long_one, settings_keys((const char *const[]){ "disks", "removable", NULL }), &err), 0);
    long_one.removable.given = true;
    assert_int_equal(settings_make(&settings, &long_one, settings_keys((const char *const[]){ "disks", "removable", NULL }), &err), -1);
    assert_non_null(strstr(err.text, "too long"));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_value_arrives_as_it_was),
        TEST(an_empty_list_that_was_given_is_not_none),
        TEST(of_a_secret_only_that_it_is_there_goes),
        TEST(a_key_that_is_not_among_those_that_may_be_set_is_refused),
        TEST(one_that_is_too_long_is_an_error),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
