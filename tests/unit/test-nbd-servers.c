// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/nbd-servers.c: the names of --nbd, which lists are sound, and which server of a list is taken.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/nbd-servers.h"

static void the_first_server_is_ours_and_the_default(void **state)
{
    (void)state;
    assert_string_equal(nbd_servers[0].name, "builtin");
    assert_int_equal(nbd_servers[0].family, NBD_BUILTIN);
    assert_null(nbd_server_program(&nbd_servers[0]));
}

static void every_name_of_the_manual_is_known_and_no_part_of_one(void **state)
{
    (void)state;
    static const struct { const char *name; enum nbd_family family; bool activated; } manual[] = {
        { "qemu-nbd", NBD_QEMU, true }, { "qemu-nbd-no-sa", NBD_QEMU, false },
        { "nbdkit", NBD_NBDKIT, true }, { "nbdkit-no-sa", NBD_NBDKIT, false },
    };
    for (size_t i = 0; i < sizeof manual / sizeof manual[0]; i++) {
        const struct nbd_server *server = nbd_server_by_name(manual[i].name, strlen(manual[i].name));
        assert_non_null(server);
        assert_int_equal(server->family, manual[i].family);
        assert_int_equal(server->activated, manual[i].activated);
        assert_null(nbd_server_by_name(manual[i].name, strlen(manual[i].name) - 1));
    }
}

static void programs_are_looked_for_at_absolute_paths_alone(void **state)
{
    (void)state;
    for (const struct nbd_server *server = nbd_servers + 1; server->name != NULL; server++) {
        assert_non_null(server->programs[0]);
        for (size_t i = 0; server->programs[i] != NULL; i++)
            assert_int_equal(strncmp(server->programs[i], "/usr/", 5), 0);
    }
}

static void a_list_of_known_names_is_sound(void **state)
{
    (void)state;
    struct error err;
    assert_true(nbd_list_check("builtin", &err));
    assert_true(nbd_list_check("qemu-nbd,qemu-nbd-no-sa,nbdkit,nbdkit-no-sa,builtin", &err));
    assert_true(nbd_list_check("nbdkit,nbdkit", &err));
}

static void a_wrong_name_is_named_together_with_all_right_ones(void **state)
{
    (void)state;
    struct error err;
    static const char *const wrong[] = { "nfs", "qemu-nbd,nfs", "nfs,builtin" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(nbd_list_check(wrong[i], &err));
        assert_non_null(strstr(err.text, "'nfs'"));
        assert_non_null(strstr(err.text, "builtin, qemu-nbd, qemu-nbd-no-sa, nbdkit, nbdkit-no-sa"));
    }
}

static void empty_names_and_blanks_are_wrong(void **state)
{
    (void)state;
    struct error err;
    static const char *const wrong[] = { "", ",", "builtin,", ",builtin", "builtin,,nbdkit", " builtin", "builtin ", "BUILTIN", "built" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(nbd_list_check(wrong[i], &err));
}

static void the_first_of_a_list_that_is_installed_is_taken(void **state)
{
    (void)state;
    struct error err;
    assert_ptr_equal(nbd_list_choose("builtin,nbdkit", &err), &nbd_servers[0]);
    for (const struct nbd_server *server = nbd_servers + 1; server->name != NULL; server++) {
        char list[64];
        snprintf(list, sizeof list, "%s,builtin", server->name);
        const struct nbd_server *expected = nbd_server_program(server) != NULL ? server : &nbd_servers[0];
        assert_ptr_equal(nbd_list_choose(list, &err), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_server_is_ours_and_the_default),
        cmocka_unit_test(every_name_of_the_manual_is_known_and_no_part_of_one),
        cmocka_unit_test(programs_are_looked_for_at_absolute_paths_alone),
        cmocka_unit_test(a_list_of_known_names_is_sound),
        cmocka_unit_test(a_wrong_name_is_named_together_with_all_right_ones),
        cmocka_unit_test(empty_names_and_blanks_are_wrong),
        cmocka_unit_test(the_first_of_a_list_that_is_installed_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
