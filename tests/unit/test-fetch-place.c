// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-fetch/place.c: what a URL's parts are, and that a person is shown no secret of it.
#include "p2v-fetch/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void parts(const char *url, const char *scheme, const char *host, const char *port, const char *shown)
{
    struct place place;
    struct error err;
    assert_int_equal(place_parse(&place, url, &err), 0);
    assert_string_equal(place.scheme, scheme);
    assert_string_equal(place.host, host);
    assert_string_equal(place.port, port);
    assert_string_equal(place.shown, shown);
}

static void each_scheme_has_its_port(void **state)
{
    (void)state;
    parts("https://a.example/k", "https", "a.example", "443", "https://a.example/k");
    parts("http://a.example/k", "http", "a.example", "80", "http://a.example/k");
    parts("ftp://a.example/k", "ftp", "a.example", "21", "ftp://a.example/k");
    parts("tftp://a.example/k", "tftp", "a.example", "69", "tftp://a.example/k");
    parts("HTTPS://A.example:8443/k", "https", "A.example", "8443", "https://A.example:8443/k");
}

static void an_ipv6_address_stands_without_its_brackets(void **state)
{
    (void)state;
    parts("https://[::1]:8443/k", "https", "::1", "8443", "https://[::1]:8443/k");
}

static void user_password_and_query_are_not_shown(void **state)
{
    (void)state;
    parts("https://me:s3cret@a.example/k?token=s3cret#s3cret", "https", "a.example", "443", "https://a.example/k");
}

static void a_long_path_is_shown_in_part(void **state)
{
    (void)state;
    char url[4096] = "https://a.example/";
    struct place place;
    struct error err;
    memset(url + strlen(url), 'x', 4000);
    assert_int_equal(place_parse(&place, url, &err), 0);
    assert_int_equal(strlen(place.path), sizeof place.path - 1);
}

static void what_is_no_url_of_ours_is_refused_without_being_shown(void **state)
{
    (void)state;
    static const char *const urls[] = { "", "k", "/k", "file:///etc/passwd", "scp://a/k", "https://", "https://a:s3cret/k",
                                        "https://a:99999/k", "https://a b/k", "gopher://a/k", "dict://a/k", "\nhttp://a/k" };
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct place place;
        struct error err;
        assert_int_equal(place_parse(&place, urls[i], &err), -1);
        assert_null(strstr(err.text, "s3cret"));
    }
}

static void a_host_name_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char url[600] = "https://";
    struct place place;
    struct error err;
    memset(url + strlen(url), 'h', 300);
    assert_int_equal(place_parse(&place, url, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scheme_has_its_port),
        cmocka_unit_test(an_ipv6_address_stands_without_its_brackets),
        cmocka_unit_test(user_password_and_query_are_not_shown),
        cmocka_unit_test(a_long_path_is_shown_in_part),
        cmocka_unit_test(what_is_no_url_of_ours_is_refused_without_being_shown),
        cmocka_unit_test(a_host_name_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests_name("fetch-place", tests, NULL, NULL);
}
