// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/config-table.c and p2v-runner/kernel-cmdline.c: p2v.* words become a configuration, or a sentence.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "p2v-runner/kernel-cmdline.h"

static char warned[1024];

static void warn(const char *text)
{
    strncat(warned, text, sizeof warned - strlen(warned) - 1);
}

static int parse(struct config *config, const char *line, struct error *err)
{
    warned[0] = '\0';
    *err = (struct error){ 0 };
    assert_int_equal(config_init(config, err), 0);
    char *copy = strdup(line);
    int rc = kernel_cmdline_parse(copy, config, warn, err);
    free(copy);
    return rc;
}

static void defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "root=/dev/sda1 quiet", &err), 0);
    assert_null(config.server);
    assert_int_equal(config.port, 22);
    assert_string_equal(config.username, "root");
    assert_string_equal(config.output_mode, "local");
    assert_string_equal(config.output_storage, "/var/tmp");
    assert_string_equal(config.output_allocation, "sparse");
    assert_string_equal(config.read_errors, "fail");
    assert_false(config.sudo || config.disks.given || config.network.given);
    config_clear(&config);
}

static void long_and_short_names_set_the_same(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.remote.server=a p2v.port=2222 p2v.auth.sudo p2v.vcpu.cores=3 p2v.memory=512M p2v.bwlimit=100M", &err), 0);
    assert_string_equal(config.server, "a");
    assert_int_equal(config.port, 2222);
    assert_true(config.sudo);
    assert_int_equal(config.vcpus, 3);
    assert_true(config.memory == UINT64_C(512) << 20);
    assert_true(config.bwlimit == UINT64_C(100) << 20);
    config_clear(&config);
}

static void quotes_inside_a_value_stay_as_the_kernel_keeps_them(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.oc=a\"b c\"d \"p2v.fail=x \"y\"\" p2v.pre=\" p2v.post=none", &err), 0);
    assert_string_equal(config.output_connection, "a\"b c\"d");
    assert_string_equal(config.pre, " p2v.post=none");            // a quote that is never closed
    assert_null(config.post);
    config_clear(&config);
}

static void double_quotes_round_a_word_or_value_keep_blanks_and_are_taken_off(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.post=\"poweroff -f now\" \"p2v.fail=echo  x\"\tp2v.oc=a'b$(c)`d`\n", &err), 0);
    assert_string_equal(config.post, "poweroff -f now");
    assert_string_equal(config.fail, "echo  x");
    assert_string_equal(config.output_connection, "a'b$(c)`d`");
    config_clear(&config);
}

static void lists_are_separated_by_commas_and_go_on(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.disks=sda,sdb p2v.oo=a=1 p2v.oo=b=2 p2v.removable=", &err), 0);
    assert_int_equal(config.disks.count, 2);
    assert_string_equal(config.disks.items[1], "sdb");
    assert_int_equal(config.output_misc.count, 2);
    assert_string_equal(config.output_misc.items[1], "b=2");
    assert_true(config.removable.given && config.removable.count == 0);
    config_clear(&config);
}

static void a_bad_value_names_key_value_and_what_is_allowed(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        { "p2v.port=0", "p2v.port=0 is refused: it must be a number from 1 to 65535" },
        { "p2v.port=65536", "p2v.port=65536" }, { "p2v.port=22x", "p2v.port=22x" }, { "p2v.port=-1", "p2v.port=-1" },
        { "p2v.server=-oProxyCommand=x", "p2v.server=-oProxyCommand=x" },
        { "p2v.disks=../sda", "p2v.disks=../sda" }, { "p2v.sudo=perhaps", "p2v.sudo=perhaps is refused: it must be true or false" },
        { "p2v.memory=99999999999G", "p2v.memory=" },
        { "p2v.hostkey=MD5:00", "p2v.hostkey=MD5:00 is refused: it must be SHA256:FINGERPRINT" },
        { "p2v.hostkey=SHA256:short", "p2v.hostkey=SHA256:short" }, { "p2v.hostkey=required,maybe", "p2v.hostkey=maybe" },
        { "p2v.ciphers=aes128-cbc", "p2v.ciphers=aes128-cbc is refused: it must be one or more of aes128-gcm" },
        { "p2v.ciphers=aes128-ctr,aes128", "p2v.ciphers=aes128" }, { "p2v.known_hosts=/etc/x", "p2v.known_hosts=/etc/x" },
        { "p2v.compress=9", "p2v.compress=9" },
        { "p2v.identity=gopher://x/y", "p2v.identity=gopher://x/y is refused: it must be a URL" },
        { "p2v.identity=https://", "p2v.identity=https://" }, { "p2v.identity=/root/id", "p2v.identity=/root/id" },
        { "p2v.cacert=https://x/ca.pem", "p2v.cacert=https://x/ca.pem is refused: it must be a file:///PATH URL" },
        { "p2v.cpu.acpi=maybe", "p2v.cpu.acpi=maybe is refused: it must be true or false" },
        { "p2v.rtc.basis=gmt", "p2v.rtc.basis=gmt is refused: it must be unknown, utc or localtime" },
        { "p2v.rtc.offset=86401", "p2v.rtc.offset=86401 is refused: it must be hours from -24" }, { "p2v.rtc.offset=--1", "p2v.rtc.offset=--1" },
        { "p2v.rtc.offset=", "p2v.rtc.offset=" }, { "p2v.vcpus=0", "p2v.vcpus=0" }, { "p2v.cpu.vendor=a\"b", "p2v.cpu.vendor=" },
        { "p2v.read_errors=none", "p2v.read_errors=none is refused: it must be fail or zero" },
        { "p2v.name=a/b", "p2v.name=a/b" }, { "p2v.server", "p2v.server needs a value" },
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct config config;
        struct error err;
        assert_int_equal(parse(&config, lines[i][0], &err), -1);
        assert_non_null(strstr(err.text, lines[i][1]));
        config_clear(&config);
    }
}

static void the_rest_is_set_after_a_bad_value(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.port=x p2v.port=y p2v.fail=reboot", &err), -1);
    assert_non_null(strstr(err.text, "p2v.port=x"));
    assert_string_equal(config.fail, "reboot");
    config_clear(&config);
}

static void a_refused_secret_is_not_shown(void **state)
{
    (void)state;
    static const char *const keys[] = { "p2v.password=", "p2v.passphrase=" };
    for (size_t i = 0; i < 2; i++) {
        struct config config;
        struct error err;
        char line[1200] = "";
        strcat(line, keys[i]);
        memset(line + strlen(line), 'S', 1100);
        assert_int_equal(parse(&config, line, &err), -1);
        assert_null(strstr(err.text, "SS"));
        config_clear(&config);
    }
}

#define PIN "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKxIDaTMpWd/Wp6+U"

static void host_keys_and_ciphers_are_lists_of_what_there_is(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.hostkey=" PIN "," PIN " p2v.remote.hostkey=required,ask p2v.ciphers=aes256-ctr,chacha20-poly1305@openssh.com "
                           "p2v.compress p2v.passphrase=a,b p2v.known_hosts=file:///root/known_hosts", &err), 0);
    assert_int_equal(config.hostkey.count, 4);
    assert_string_equal(config.hostkey.items[1], PIN);
    assert_string_equal(config.hostkey.items[3], "ask");
    assert_int_equal(config.ciphers.count, 2);
    assert_string_equal(config.ciphers.items[1], "chacha20-poly1305@openssh.com");
    assert_true(config.compress);
    assert_string_equal(config.passphrase, "a,b");
    assert_string_equal(config.known_hosts, "file:///root/known_hosts");
    config_clear(&config);
}

static void an_identity_may_be_at_any_of_five_kinds_of_url(void **state)
{
    (void)state;
    static const char *const urls[] = { "file:///root/id", "https://a/id", "http://[::1]:81/id", "ftp://me:pw@a/id", "tftp://10.0.0.1/id" };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct config config;
        struct error err;
        char line[200] = "p2v.cacert=file:///root/ca.pem p2v.identity=";
        strcat(line, urls[i]);
        assert_int_equal(parse(&config, line, &err), 0);
        assert_string_equal(config.identity, urls[i]);
        assert_string_equal(config.cacert, "file:///root/ca.pem");
        config_clear(&config);
    }
}

static void a_refused_url_with_a_password_is_not_shown(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.identity=htps://me:s3cret@a/id", &err), -1);
    assert_null(strstr(err.text, "s3cret"));
    config_clear(&config);
}

static void a_password_in_a_url_is_hidden_whatever_the_user_is_called(void **state)
{
    (void)state;
    static const struct { const char *key, *value; size_t shown; } cases[] = {
        { "output.connection", "https://admin@internal:s3cret@engine/api", 0 },
        { "output.connection", "https://admin:s3@cret@engine/api", 0 },
        { "output.connection", "https://admin:s3cret@engine/a@b", 0 },
        { "output.storage", "ftp://a@b:s3cret@c/", 0 },
        { "output.connection", "qemu+ssh://root@host/system", 27 },
        { "output.connection", "qemu+ssh://me@internal@host/system", 34 },
        { "output.storage", "a:b@c", 5 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(config_shows(config_find(cases[i].key), cases[i].value), cases[i].shown);
}

static void what_follows_the_question_mark_of_a_url_is_hidden(void **state)
{
    (void)state;
    static const struct { const char *key, *value; size_t shown, told; } cases[] = {
        { "auth.identity.url", "https://host/key?token=s3cret", 17, 17 },
        { "remote.known_hosts", "https://host/k?token=s3cret", 15, 15 },
        { "auth.identity.url", "https:/host/key?s3cret", 16, 16 },
        { "auth.identity.url", "https://me@host/key?s3cret", 0, 0 },
        { "output.connection", "esx://host/?no_verify=1", 23, 12 },
        { "output.storage", "is it?", 6, 6 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct config_key *key = config_find(cases[i].key);
        assert_int_equal(config_shows(key, cases[i].value), cases[i].shown);
        assert_int_equal(config_tells(key, cases[i].value), cases[i].told);
        assert_int_equal(config_hides(key, cases[i].value), cases[i].shown < strlen(cases[i].value));
    }
}

static void a_refused_url_with_a_token_is_shown_without_it(void **state)
{
    (void)state;
    static const char *const words[] = { "p2v.identity=htps://a/id?token=s3cret", "p2v.known_hosts=https:/a/id?token=s3cret" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct config config;
        struct error err;
        assert_int_equal(parse(&config, words[i], &err), -1);
        assert_null(strstr(err.text, "s3cret"));
        assert_non_null(strstr(err.text, "/a/id?(secret) is refused: "));
        config_clear(&config);
    }
}

static void unknown_keys_are_warned_about(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.frobnicate=x p2vx=1", &err), 0);
    assert_string_equal(warned, "p2v.frobnicate is not a key of this program, and is not used");
    config_clear(&config);
}

static void a_mistyped_key_is_told_with_the_one_that_was_meant(void **state)
{
    (void)state;
    static const char *const keys[][2] = {
        { "sever", "server" }, { "remote.sever", "remote.server" }, { "pasword", "password" }, { "passwrod", "password" },
        { "vcpu.core", "vcpu.cores" }, { "vcpu.phys_top", "vcpu.phys_topo" }, { "auth.identity", NULL }, { "ouput.tpye", "output.type" },
        { "memroy", "memory" }, { "x", NULL }, { "", NULL }, { "xyzzy", NULL }, { "pst", "post" }, { "disk", "disks" },
        { "a.very.long.key.that.nobody.could.ever.have.meant.in.earnest", NULL },
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *nearest = config_nearest(keys[i][0]);
        if (keys[i][1] == NULL)
            assert_null(nearest);
        else
            assert_string_equal(nearest != NULL ? nearest : "none", keys[i][1]);
    }
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.sever=s3cret", &err), 0);
    assert_string_equal(warned, "p2v.sever is not a key of this program, and is not used: is p2v.server meant?");
    config_clear(&config);
}

// Every key of the manual and of the issue, by both names, and a value that is right for it.
static void every_key_is_known_by_both_names(void **state)
{
    (void)state;
    static const char *const keys[][3] = {
        { "remote.server", "server", "h" }, { "remote.port", "port", "1" }, { "auth.username", "username", "u" },
        { "auth.password", "password", "p" }, { "auth.identity.url", "identity", "file:///x" }, { "auth.sudo", "sudo", "true" },
        { "guestname", "name", "g" }, { "vcpu.cores", "vcpus", "2" }, { "vcpu.phys_topo", NULL, "true" }, { "memory", NULL, "2G" },
        { "cpu.vendor", NULL, "AMD" }, { "cpu.model", NULL, "EPYC" }, { "cpu.acpi", NULL, "true" }, { "cpu.apic", NULL, "false" },
        { "cpu.pae", NULL, "true" }, { "rtc.basis", NULL, "utc" }, { "rtc.offset", NULL, "+1" }, { "disks", NULL, "sda,sdb" },
        { "removable", NULL, "sr0" }, { "interfaces", NULL, "em1" }, { "network_map", "network", "em1:a,b" }, { "output.type", "o", "null" },
        { "output.allocation", "oa", "preallocated" }, { "output.connection", "oc", "x" }, { "output.format", "of", "qcow2" },
        { "output.storage", "os", "/x" }, { "output.misc", "oo", "a=b" }, { "pre", NULL, "true" }, { "post", NULL, "reboot" },
        { "fail", NULL, "true" }, { "skip_test_connection", NULL, "true" }, { "ip", NULL, "dhcp" }, { "dump_config_and_exit", NULL, "true" },
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        for (int name = 0; name < 2 && keys[i][name] != NULL; name++) {
            struct config config;
            struct error err;
            assert_int_equal(config_init(&config, &err), 0);
            assert_int_equal(config_set(&config, keys[i][name], keys[i][2], &err), 0);
            config_clear(&config);
        }
}

static void what_was_given_is_told_from_what_was_not(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    assert_int_equal(parse(&config, "p2v.cpu.acpi=off p2v.rtc.offset=-5 ip=10.0.0.2:10.0.0.1:255.0.0.0", &err), 0);
    assert_true(config_given(&config, &config.acpi) && !config.acpi);
    assert_false(config_given(&config, &config.apic));
    assert_int_equal(config.rtc_offset, -5);
    assert_string_equal(config.ip, "10.0.0.2:10.0.0.1:255.0.0.0");
    config_clear(&config);
}

static const struct config_key *key_named(const char *name)
{
    const struct config_key *key = config_keys;
    while (strcmp(key->name, name) != 0)
        key++;
    return key;
}

static void values_are_written_as_they_would_be_typed(void **state)
{
    (void)state;
    struct config config;
    struct error err;
    char text[64];
    assert_int_equal(parse(&config, "p2v.disks=sda,sdb p2v.memory=1G p2v.sudo p2v.rtc.offset=-2 p2v.password=x p2v.name=web", &err), 0);
    static const char *const values[][2] = {
        { "disks", "sda,sdb" }, { "memory", "1073741824" }, { "auth.sudo", "true" }, { "rtc.offset", "-2" }, { "auth.password", "" },
        { "guestname", "web" }, { "vcpu.cores", "" }, { "output.storage", "/var/tmp" }, { "removable", "" },
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_true(config_value(&config, key_named(values[i][0]), text, sizeof text));
        assert_string_equal(text, values[i][1]);
    }
    assert_false(config_value(&config, key_named("disks"), text, 7));
    assert_string_equal(text, "");
    config_clear(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(long_and_short_names_set_the_same),
        cmocka_unit_test(double_quotes_round_a_word_or_value_keep_blanks_and_are_taken_off),
        cmocka_unit_test(quotes_inside_a_value_stay_as_the_kernel_keeps_them),
        cmocka_unit_test(lists_are_separated_by_commas_and_go_on),
        cmocka_unit_test(a_bad_value_names_key_value_and_what_is_allowed),
        cmocka_unit_test(the_rest_is_set_after_a_bad_value),
        cmocka_unit_test(a_refused_secret_is_not_shown),
        cmocka_unit_test(host_keys_and_ciphers_are_lists_of_what_there_is),
        cmocka_unit_test(an_identity_may_be_at_any_of_five_kinds_of_url),
        cmocka_unit_test(a_refused_url_with_a_password_is_not_shown),
        cmocka_unit_test(a_password_in_a_url_is_hidden_whatever_the_user_is_called),
        cmocka_unit_test(what_follows_the_question_mark_of_a_url_is_hidden),
        cmocka_unit_test(a_refused_url_with_a_token_is_shown_without_it),
        cmocka_unit_test(unknown_keys_are_warned_about),
        cmocka_unit_test(a_mistyped_key_is_told_with_the_one_that_was_meant),
        cmocka_unit_test(every_key_is_known_by_both_names),
        cmocka_unit_test(what_was_given_is_told_from_what_was_not),
        cmocka_unit_test(values_are_written_as_they_would_be_typed),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
