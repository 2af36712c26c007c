// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-inspect/smbios.c: installed memory by SMBIOS.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "p2v-inspect/smbios.h"

#define GIB (UINT64_C(1) << 30)

static unsigned char table[8192];
static struct smbios_machine machine;
static size_t size;

static void add(unsigned type, size_t length, uint16_t handle, const char *strings, size_t strings_size)
{
    memset(table + size, 0, length);
    table[size] = (unsigned char)type;
    table[size + 1] = (unsigned char)length;
    table[size + 2] = (unsigned char)handle;
    table[size + 3] = (unsigned char)(handle >> 8);
    memcpy(table + size + length, strings, strings_size);
    size += length + strings_size;
}

static void add_array(uint16_t handle, unsigned use)
{
    add(16, 23, handle, "\0", 2);
    table[size - 2 - 23 + 5] = (unsigned char)use;
}

static void add_device(uint16_t array, uint16_t mib, uint32_t extended, unsigned kind)
{
    add(17, 40, (uint16_t)(0x1100 + size), "DIMM 1\0Samsung\0", 16);
    unsigned char *p = table + size - 16 - 40;
    p[4] = (unsigned char)array;
    p[5] = (unsigned char)(array >> 8);
    p[0x0c] = (unsigned char)mib;
    p[0x0d] = (unsigned char)(mib >> 8);
    p[0x12] = (unsigned char)kind;
    for (int i = 0; i < 4; i++)
        p[0x1c + i] = (unsigned char)(extended >> (8 * i));
}

static int clear(void **state)
{
    (void)state;
    size = 0;
    add(0, 24, 0, "BIOS\0", 6);
    add_array(0x1000, 3);
    return 0;
}

static uint64_t installed(void)
{
    add(127, 4, 0x7f00, "\0", 2);
    return smbios_installed_memory(table, size);
}

static void modules_are_added_up_and_empty_slots_are_not(void **state)
{
    (void)state;
    add_device(0x1000, 16384, 0, 0x1a);
    add_device(0x1000, 0, 0, 2);
    add_device(0x1000, 8192, 0, 0x1a);
    assert_int_equal(installed(), 24 * GIB);
}

static void a_large_module_says_its_size_in_the_extended_field(void **state)
{
    (void)state;
    add_device(0x1000, 0x7fff, 65536, 0x1a);
    assert_int_equal(installed(), 64 * GIB);
}

static void a_small_module_says_its_size_in_kib(void **state)
{
    (void)state;
    add_device(0x1000, 0x8000 | 512, 0, 0x1a);
    assert_int_equal(installed(), 512 * 1024);
}

static void flash_and_other_arrays_do_not_count(void **state)
{
    (void)state;
    add_array(0x2000, 4);
    add_device(0x1000, 1024, 0, 0x1a);
    add_device(0x1000, 16, 0, 9);
    add_device(0x2000, 2048, 0, 0x1a);
    add_device(0x3000, 2048, 0, 0x1a);
    assert_int_equal(installed(), GIB);
}

static void memory_that_keeps_its_content_does_not_count(void **state)
{
    (void)state;
    for (unsigned technology = 0; technology < 9; technology++) {
        clear(NULL);
        add_device(0x1000, 1024, 0, 0x1a);
        add_device(0x1000, 2048, 0, 0x1a);
        size -= 16;                                // its strings
        table[size - 40 + 1] = 84;                 // SMBIOS 3.2
        memset(table + size, 0, 44);
        table[size] = (unsigned char)technology;
        size += 44;
        memcpy(table + size, "DIMM 1\0Samsung\0", 16);
        size += 16;
        assert_int_equal(installed(), technology >= 4 && technology <= 6 ? GIB : 3 * GIB);
    }
}

static void a_module_of_unknown_size_makes_the_sum_unknown(void **state)
{
    (void)state;
    add_device(0x1000, 1024, 0, 0x1a);
    add_device(0x1000, 0xffff, 0, 0x1a);
    assert_int_equal(installed(), 0);
}

static void an_absurd_sum_is_unknown(void **state)
{
    (void)state;
    add_device(0x1000, 0x7fff, 0x7fffffff, 0x1a);
    assert_int_equal(installed(), 0);
}

static void a_table_that_is_cut_anywhere_does_no_harm(void **state)
{
    (void)state;
    add_device(0x1000, 1024, 0, 0x1a);
    add_device(0x1000, 1024, 0, 0x1a);
    for (size_t cut = 0; cut <= size; cut++) {
        unsigned char *copy = malloc(cut + 1);         // its own size, so that a checker sees a read past it
        memcpy(copy, table, cut);
        uint64_t sum = smbios_installed_memory(copy, cut);
        smbios_machine(copy, cut, &machine);
        free(copy);
        assert_true(sum == 0 || sum == GIB || sum == 2 * GIB);
    }
}

static void random_bytes_do_no_harm(void **state)
{
    (void)state;
    srand(17);
    for (int round = 0; round < 20000; round++) {
        size_t length = (size_t)rand() % 300;
        unsigned char *bytes = malloc(length + 1);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)(rand() % 3 == 0 ? rand() : "\0\x11\x10\x28\x17\x03\x01\x08"[rand() % 8]);
        assert_true(smbios_installed_memory(bytes, length) <= UINT64_C(1) << 50);
        smbios_machine(bytes, length, &machine);
        assert_true(strlen(machine.vendor) < sizeof machine.vendor && strlen(machine.serial) < sizeof machine.serial);
        free(bytes);
    }
}

// A System Information structure of 1Bh bytes with these texts behind it; strings: the numbers at 04h, 05h, 07h.
static void machine_of(const unsigned char numbers[3], const char *texts, size_t texts_size)
{
    unsigned char bytes[256] = { 1, 0x1b, 0, 1, numbers[0], numbers[1], 0, numbers[2] };
    memcpy(bytes + 0x1b, texts, texts_size);
    smbios_machine(bytes, 0x1b + texts_size, &machine);
}

static void the_machine_says_who_made_it(void **state)
{
    (void)state;
    static const char texts[] = "Maker  \0Box\0bad\033\0SN 1\0";
    machine_of((const unsigned char[]){ 1, 2, 4 }, texts, sizeof texts);
    assert_string_equal(machine.vendor, "Maker");
    assert_string_equal(machine.product, "Box");
    assert_string_equal(machine.serial, "SN 1");
    machine_of((const unsigned char[]){ 0, 3, 5 }, texts, sizeof texts);
    assert_string_equal(machine.vendor, "");
    assert_string_equal(machine.product, "");              // no printable line
    assert_string_equal(machine.serial, "");               // there are only four
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_machine_says_who_made_it),
        cmocka_unit_test_setup(modules_are_added_up_and_empty_slots_are_not, clear),
        cmocka_unit_test_setup(a_large_module_says_its_size_in_the_extended_field, clear),
        cmocka_unit_test_setup(a_small_module_says_its_size_in_kib, clear),
        cmocka_unit_test_setup(flash_and_other_arrays_do_not_count, clear),
        cmocka_unit_test_setup(memory_that_keeps_its_content_does_not_count, clear),
        cmocka_unit_test_setup(a_module_of_unknown_size_makes_the_sum_unknown, clear),
        cmocka_unit_test_setup(an_absurd_sum_is_unknown, clear),
        cmocka_unit_test_setup(a_table_that_is_cut_anywhere_does_no_harm, clear),
        cmocka_unit_test_setup(random_bytes_do_no_harm, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
