// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/hostkey.c and known-hosts.c: which host keys are believed.
#include "p2v-transport/hostkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// Keys of which nobody has the private half any more.
#define OURS "AAAAC3NzaC1lZDI1NTE5AAAAIM0WZMMPFdUHzFi+0iMAVo8/hg0ZfGKnKU7qSGDr41h1"
#define OTHER "AAAAC3NzaC1lZDI1NTE5AAAAIBtVjXSBhFyflzbOOb3FxpHaLkWTLDkG4vscVIs8gNk0"
#define OURS_PRINT "SHA256:w1r21bg2Yfmkq9xuX2kgPa0M1B75W2LFPTflwKYohU4"
#define OTHER_PRINT "SHA256:B69DNPG32XwQUGpfet8geOjsVW7r9KwS640K9qOqQxU"
#define RSA "AAAAB3NzaC1yc2EAAAADAQABAAABAQDgV3kmSnX/NsSlLZJOZ08p7H2PFw2PV/8he8YWnziDs1ekdprpWRbmJe/RjTMygtk2Rx5iZ51QCsM5yvAgwq4M5uu/pEcJIBRZCWUoY5PahiEqY71cjQt04jAUKYNHuB96sL0E8XoQX7hgkM74jyOxU8h++LQc+zxt3HSBhXqyvXTIDRU7vKQ6Y1RQ9fY/9kSUexl1Mj41Axpv02T0nAnKtgGQLrm0vWncfAsOaqEWj9fvjZ6kPFgGlEST7CDmaMstaAYpZC4WF8WzMjmsV1Zt52nnOVftx+2FQWREHR8xrgvd6nSL0BaAwJ1EAbC8LlbdCSh7F41ljpmpLJ/eEgsp"
// ssh-keygen -H of "conv.example.com" and of "[conv.example.com]:2222".
#define HASHED "|1|W6RIS1BZPXsmegUyRymDXsQ4Y7k=|BOz29fVPw+yC1cL+1L8aPg9Lv04="
#define HASHED_PORT "|1|AfBwRrRqOLk7fwffghwVkb70ksQ=|RkfSTbfYAjjRF9mVFKq405326yI="

static char skipped[1024];

static void note_skipped(void *context, unsigned line, const char *why)
{
    (void)context;
    size_t used = strlen(skipped);
    snprintf(skipped + used, sizeof skipped - used, "%u: %s\n", line, why);
}

static struct known_hosts file(const char *text, const char *server, unsigned port)
{
    struct known_hosts known = { .text = text, .size = strlen(text) };
    known_hosts_name(server, port, known.name, sizeof known.name);
    return known;
}

static ssh_key ours(void)
{
    ssh_key key = NULL;
    assert_int_equal(ssh_pki_import_pubkey_base64(OURS, SSH_KEYTYPE_ED25519, &key), SSH_OK);
    return key;
}

// What the file says of our key for conv.example.com, port 22, or of another place.
static enum known_host look(const char *text, const char *server, unsigned port)
{
    struct error err;
    struct known_hosts known = file(text, server, port);
    ssh_key key = ours();
    skipped[0] = '\0';
    assert_int_equal(known_hosts_check(&known, note_skipped, NULL, &err), 0);
    enum known_host found = known_hosts_find(&known, key);
    ssh_key_free(key);
    return found;
}

#define HERE "conv.example.com", 22

static void a_server_is_found_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(look("conv.example.com ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look("# a comment\n\n  \nother,conv.example.com,10.0.0.1 ssh-ed25519 " OURS " root@conv\r\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look("conv.example.com ssh-ed25519 " OURS, HERE), KNOWN_HOST_SAME);      // without a last newline
    assert_int_equal(look("CONV.example.com\tssh-ed25519\t" OURS "\n", "conv.EXAMPLE.com", 22), KNOWN_HOST_SAME);
    assert_int_equal(look("::1 ssh-ed25519 " OURS "\n", "::1", 22), KNOWN_HOST_SAME);
    assert_int_equal(look("conv.example.org ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
    assert_int_equal(look("conv.example.com.evil ssh-ed25519 " OURS "\nexample.com ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
    assert_int_equal(look("", HERE), KNOWN_HOST_NONE);
    assert_string_equal(skipped, "");
}

static void another_port_is_another_server(void **state)
{
    (void)state;
    assert_int_equal(look("conv.example.com ssh-ed25519 " OURS "\n", "conv.example.com", 2222), KNOWN_HOST_NONE);
    assert_int_equal(look("[conv.example.com]:2222 ssh-ed25519 " OURS "\n", "conv.example.com", 2222), KNOWN_HOST_SAME);
    assert_int_equal(look("[conv.example.com]:2222 ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
    assert_int_equal(look("[::1]:2222 ssh-ed25519 " OURS "\n", "::1", 2222), KNOWN_HOST_SAME);
    assert_int_equal(look("[*.example.com]:* ssh-ed25519 " OURS "\n", "conv.example.com", 2222), KNOWN_HOST_SAME);
}

static void hashed_names_are_found(void **state)
{
    (void)state;
    assert_int_equal(look(HASHED " ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look(HASHED " ssh-ed25519 " OURS "\n", "conv.example.org", 22), KNOWN_HOST_NONE);
    assert_int_equal(look(HASHED " ssh-ed25519 " OTHER "\n", HERE), KNOWN_HOST_OTHER);
    assert_int_equal(look(HASHED_PORT " ssh-ed25519 " OURS "\n", "conv.example.com", 2222), KNOWN_HOST_SAME);
    assert_int_equal(look(HASHED_PORT " ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
    assert_int_equal(look("@revoked " HASHED " ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_REVOKED);
    assert_int_equal(look("|1|bad|worse ssh-ed25519 " OURS "\n|1| ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
}

static void wildcards_and_exceptions_are_heeded(void **state)
{
    (void)state;
    assert_int_equal(look("*.example.com ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look("conv?example.* ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look("*.example.com,!conv.* ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
    assert_int_equal(look("!conv.*,*.example.com ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
    assert_int_equal(look("!other,* ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look("!other ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_NONE);
    assert_int_equal(look("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b ssh-ed25519 " OURS "\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 22), KNOWN_HOST_NONE);
}

static void another_key_is_told_from_no_key(void **state)
{
    (void)state;
    assert_int_equal(look("conv.example.com ssh-ed25519 " OTHER "\n", HERE), KNOWN_HOST_OTHER);
    assert_int_equal(look("conv.example.com ssh-ed25519 " OTHER "\nconv.example.com ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look("conv.example.com ssh-rsa " RSA "\n", HERE), KNOWN_HOST_OTHER);
}

static void a_revoked_key_is_never_believed(void **state)
{
    (void)state;
    assert_int_equal(look("conv.example.com ssh-ed25519 " OURS "\n@revoked * ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_REVOKED);
    assert_int_equal(look("@revoked * ssh-ed25519 " OURS "\nconv.example.com ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_REVOKED);
    assert_int_equal(look("@revoked * ssh-ed25519 " OTHER "\nconv.example.com ssh-ed25519 " OURS "\n", HERE), KNOWN_HOST_SAME);
    assert_int_equal(look("@revoked conv.example.com ssh-ed25519 " OTHER "\n", HERE), KNOWN_HOST_NONE);
}

static void lines_that_are_not_understood_are_skipped_and_named(void **state)
{
    (void)state;
    assert_int_equal(look("conv.example.com ssh-ed25519 AAAA\n" "conv.example.com ssh-ed25519\n" "@cert-authority * ssh-ed25519 " OURS "\n"
                          "@new conv.example.com ssh-ed25519 " OURS "\n" "conv.example.com ssh-dss " OURS "\n" "conv.example.com ssh-rsa " OURS "\n"
                          "conv.example.com ssh-ed25519 " OTHER "\n", HERE), KNOWN_HOST_OTHER);
    assert_string_equal(skipped, "1: its key cannot be read\n2: it is not of the form HOSTS TYPE KEY\n3: host certificates are not supported\n"
                        "4: its marker is not known\n5: keys of its type are not used\n6: its key cannot be read\n");
}

static void a_line_of_rubbish_ends_nothing(void **state)
{
    (void)state;
    size_t size = 20000;
    char *text = malloc(size + 100);
    memset(text, 'x', size);
    memcpy(text + size, "\nconv.example.com ssh-ed25519 " OTHER "\n", 1 + 17 + 12 + sizeof OTHER);
    text[size + 30 + sizeof OTHER] = '\0';
    assert_int_equal(look(text, HERE), KNOWN_HOST_OTHER);
    assert_string_equal(skipped, "1: it is no line of text\n");
    free(text);
    struct error err;
    struct known_hosts known = file("", HERE);
    known.text = "conv.example.com ssh-ed25519 " OURS "\0 x\n";
    known.size = strlen(known.text) + 4;
    skipped[0] = '\0';
    assert_int_equal(known_hosts_check(&known, note_skipped, NULL, &err), 0);
    assert_string_equal(skipped, "1: it is no line of text\n");
}

// Whatever a file is made of: it ends, and the key is not found where no whole line has it.
static void random_files_end_nothing(void **state)
{
    (void)state;
    static const char *const pieces[] = { "conv.example.com", "*", "?", "!", ",", "|1|", HASHED, "[", "]:22", " ", "\t", "\n", "\r\n", "@revoked", "@", "#",
                                          "ssh-ed25519", "ssh-rsa", OTHER, "AAAA", "\xff", "=" };
    struct known_hosts known = file("", HERE);
    ssh_key key = ours();
    srand(1);
    for (int round = 0; round < 20000; round++) {
        char text[8192] = "";
        struct error err = { 0 };
        for (int i = rand() % 24; i > 0; i--)
            strcat(text, pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])]);
        known.text = text;
        known.size = strlen(text);
        skipped[0] = '\0';
        if (known_hosts_check(&known, note_skipped, NULL, &err) < 0)
            assert_true(err.text[0] != '\0');
        assert_int_not_equal(known_hosts_find(&known, key), KNOWN_HOST_SAME);
        known_hosts_have_type(&known, "ssh-ed25519");
    }
    ssh_key_free(key);
}

static void a_revocation_that_is_not_understood_is_an_error(void **state)
{
    (void)state;
    static const char *const texts[] = { "\n@revoked conv.example.com ssh-ed25519 AAAA\n", "\n@revoked *\n", "\n@revoked * ssh-ed25519 " OURS "x\n" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err;
        struct known_hosts known = file(texts[i], HERE);
        assert_int_equal(known_hosts_check(&known, note_skipped, NULL, &err), -1);
        assert_non_null(strstr(err.text, "line 2 of the known_hosts file revokes a key"));
    }
    assert_int_equal(look("@revoked * ssh-dss AAAA\n", HERE), KNOWN_HOST_NONE);
}

static void types_of_key_are_found_for_the_server_alone(void **state)
{
    (void)state;
    struct known_hosts known = file("conv.example.com ssh-rsa " RSA "\nother ssh-ed25519 " OURS "\n@revoked conv.example.com ssh-ed25519 " OURS "\n", HERE);
    assert_true(known_hosts_have_type(&known, "ssh-rsa"));
    assert_false(known_hosts_have_type(&known, "ssh-ed25519"));
    assert_false(known_hosts_have_type(&known, "ecdsa-sha2-nistp256"));
}

// ---- the verdict -----------------------------------------------------------------------------------------------

static char why[ERROR_TEXT_MAX];

// By what p2v.hostkey says (at most three rules, "" none), a file, and what was accepted before.
static enum host_key_verdict judge(const char *one, const char *two, const char *text, const char *accepted)
{
    char *rules[2] = { (char *)(uintptr_t)one, (char *)(uintptr_t)two };
    struct error err = { 0 };
    P2v__Login login = P2V__LOGIN__INIT;
    login.host_keys = rules;
    login.n_host_keys = two[0] != '\0' ? 2 : one[0] != '\0';
    struct known_hosts known = file(text, HERE);
    struct host_key key = { .key = ours(), .type = "ssh-ed25519", .fingerprint = OURS_PRINT };
    enum host_key_verdict verdict = host_key_judge(&login, &known, &key, accepted, &err);
    snprintf(why, sizeof why, "%s", err.text);
    host_key_free(&key);
    return verdict;
}

#define LINE_OURS "conv.example.com ssh-ed25519 " OURS "\n"
#define LINE_OTHER "conv.example.com ssh-ed25519 " OTHER "\n"
#define LINE_ELSE "else.example.com ssh-ed25519 " OURS "\n"

static void a_pin_decides(void **state)
{
    (void)state;
    assert_int_equal(judge(OURS_PRINT, "", "", ""), HOST_KEY_GOOD);
    assert_int_equal(judge(OTHER_PRINT, OURS_PRINT, "", ""), HOST_KEY_GOOD);
    assert_int_equal(judge("required", OURS_PRINT, "", ""), HOST_KEY_GOOD);
    assert_int_equal(judge(OTHER_PRINT, "", "", ""), HOST_KEY_BAD);
    assert_non_null(strstr(why, OURS_PRINT " in place of " OTHER_PRINT));
    assert_int_equal(judge(OTHER_PRINT, "ask", "", ""), HOST_KEY_BAD);
    assert_int_equal(judge(OTHER_PRINT, "", LINE_OURS, ""), HOST_KEY_GOOD);
    assert_int_equal(judge(OURS_PRINT, "", LINE_OTHER, ""), HOST_KEY_GOOD);
    assert_int_equal(judge(OTHER_PRINT, "", LINE_ELSE, ""), HOST_KEY_BAD);
}

static void a_known_hosts_file_decides(void **state)
{
    (void)state;
    assert_int_equal(judge("", "", LINE_OURS, ""), HOST_KEY_GOOD);
    assert_int_equal(judge("required", "", LINE_OURS, ""), HOST_KEY_GOOD);
    assert_int_equal(judge("", "", LINE_OTHER, ""), HOST_KEY_BAD);
    assert_non_null(strstr(why, OURS_PRINT ", is another than the known_hosts file has"));
    assert_int_equal(judge("ask", "", LINE_OTHER, ""), HOST_KEY_BAD);
    assert_int_equal(judge("", "", LINE_ELSE, ""), HOST_KEY_BAD);
    assert_non_null(strstr(why, "conv.example.com is not in the known_hosts file"));
    assert_int_equal(judge("ask", "", LINE_ELSE, ""), HOST_KEY_ASK);
    assert_int_equal(judge(OURS_PRINT, "", "@revoked * ssh-ed25519 " OURS "\n", ""), HOST_KEY_BAD);
    assert_non_null(strstr(why, "revoked"));
}

static void without_both_it_is_first_use_a_question_or_a_refusal(void **state)
{
    (void)state;
    assert_int_equal(judge("", "", "", ""), HOST_KEY_FIRST);
    assert_int_equal(judge("ask", "", "", ""), HOST_KEY_ASK);
    assert_int_equal(judge("required", "", "", ""), HOST_KEY_BAD);
    assert_non_null(strstr(why, OURS_PRINT));
    assert_int_equal(judge("ask", "required", "", ""), HOST_KEY_BAD);
}

static void what_was_accepted_holds_for_the_run(void **state)
{
    (void)state;
    assert_int_equal(judge("", "", "", OURS_PRINT), HOST_KEY_GOOD);
    assert_int_equal(judge("required", "", "", OURS_PRINT), HOST_KEY_GOOD);
    assert_int_equal(judge("", "", "", OTHER_PRINT), HOST_KEY_BAD);
    assert_non_null(strstr(why, "has changed since this run began: it was " OTHER_PRINT " and is now " OURS_PRINT));
    assert_int_equal(judge(OURS_PRINT, OTHER_PRINT, "", OTHER_PRINT), HOST_KEY_BAD);
    assert_int_equal(judge("", "", LINE_OURS, OTHER_PRINT), HOST_KEY_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_is_found_by_its_name),
        cmocka_unit_test(another_port_is_another_server),
        cmocka_unit_test(hashed_names_are_found),
        cmocka_unit_test(wildcards_and_exceptions_are_heeded),
        cmocka_unit_test(another_key_is_told_from_no_key),
        cmocka_unit_test(a_revoked_key_is_never_believed),
        cmocka_unit_test(lines_that_are_not_understood_are_skipped_and_named),
        cmocka_unit_test(a_line_of_rubbish_ends_nothing),
        cmocka_unit_test(random_files_end_nothing),
        cmocka_unit_test(a_revocation_that_is_not_understood_is_an_error),
        cmocka_unit_test(types_of_key_are_found_for_the_server_alone),
        cmocka_unit_test(a_pin_decides),
        cmocka_unit_test(a_known_hosts_file_decides),
        cmocka_unit_test(without_both_it_is_first_use_a_question_or_a_refusal),
        cmocka_unit_test(what_was_accepted_holds_for_the_run),
    };
    return cmocka_run_group_tests_name("transport-hostkey", tests, NULL, NULL);
}
