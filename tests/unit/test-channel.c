// SPDX-License-Identifier: GPL-2.0-or-later
//
// proto/channel.c, check.c and check-walk.c: only what the table permits comes through.
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/channel.h"
#include "proto/check.h"
#include "proto/config-table.h"
#include "proto/helper.h"
#include "proto/ssh-names.h"

static int ends[2];

static int make_pair(void **state)
{
    (void)state;
    return channel_pair(ends);
}

static int close_pair(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void every_field_of_every_message_has_a_rule(void **state)
{
    (void)state;
    struct error err = { 0 };
    assert_true(check_covers_every_field(&err));
}

static void a_message_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct error err = { 0 };
    P2v__Login login = P2V__LOGIN__INIT;
    login.server = (char *)"conv.example.com";
    login.port = 22;
    login.username = (char *)"root";
    login.password = (ProtobufCBinaryData){ 6, (uint8_t *)"se\0ret" };
    P2v__Envelope envelope = ENVELOPE(login, LOGIN, &login);
    assert_int_equal(channel_send(ends[0], true, &envelope, NULL, 0, &err), CHANNEL_MESSAGE);
    struct message in = { 0 };
    assert_int_equal(channel_receive(ends[1], true, &in, &err), CHANNEL_MESSAGE);
    assert_int_equal(in.envelope->body_case, P2V__ENVELOPE__BODY_LOGIN);
    assert_string_equal(in.envelope->login->server, "conv.example.com");
    assert_memory_equal(in.envelope->login->password.data, "se\0ret", 6);
    message_clear(&in);
    assert_null(in.envelope);
}

#define FINGERPRINT "SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKxIDaTMpWd/Wp6+U"

// Everything that a configuration may hold at once: 64 pins, 64 ciphers, the largest key and the largest file.
static void the_largest_login_is_one_message(void **state)
{
    (void)state;
    static uint8_t bytes[32768];
    static char server[254], user[257];
    char *pins[64], *ciphers[64];
    struct error err = { 0 };
    memset(server, 'a', sizeof server - 1);
    memset(user, 'a', sizeof user - 1);
    for (size_t i = 0; i < 64; i++) {
        pins[i] = (char *)FINGERPRINT;
        ciphers[i] = (char *)"chacha20-poly1305@openssh.com";
    }
    P2v__Login login = P2V__LOGIN__INIT;
    login.server = server;
    login.port = 65535;
    login.username = user;
    login.password = login.passphrase = (ProtobufCBinaryData){ 1024, bytes };
    login.identity = (ProtobufCBinaryData){ sizeof bytes, bytes };
    login.known_hosts = (ProtobufCBinaryData){ SSH_KNOWN_HOSTS_MAX, bytes };
    login.accepted_host_key = (char *)FINGERPRINT;
    login.host_keys = pins;
    login.ciphers = ciphers;
    login.n_host_keys = login.n_ciphers = 64;
    login.compress = true;
    P2v__Envelope envelope = ENVELOPE(login, LOGIN, &login);
    assert_int_equal(channel_send(ends[0], true, &envelope, NULL, 0, &err), CHANNEL_MESSAGE);
    struct message in = { 0 };
    assert_int_equal(channel_receive(ends[1], true, &in, &err), CHANNEL_MESSAGE);
    message_clear(&in);
    ciphers[63] = (char *)"3des-cbc";
    assert_int_equal(channel_send(ends[0], true, &envelope, NULL, 0, &err), CHANNEL_BROKEN);
    login.n_ciphers = 0;
    pins[63] = (char *)"SHA256:*";
    assert_int_equal(channel_send(ends[0], true, &envelope, NULL, 0, &err), CHANNEL_BROKEN);
}

static void descriptors_arrive_close_on_exec_and_are_closed_with_the_message(void **state)
{
    (void)state;
    struct error err = { 0 };
    P2v__ExportStart start = P2V__EXPORT_START__INIT;
    start.name = (char *)"sda";
    start.size_bytes = 512;
    P2v__Envelope envelope = ENVELOPE(export_start, EXPORT_START, &start);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int fds[3] = { null, ends[0], null };
    assert_int_equal(channel_send(ends[0], true, &envelope, fds, 3, &err), CHANNEL_MESSAGE);
    struct message in = { 0 };
    assert_int_equal(channel_receive(ends[1], true, &in, &err), CHANNEL_MESSAGE);
    assert_int_equal(in.fd_count, 3);
    int received = in.fds[0];
    assert_int_equal(fcntl(received, F_GETFD), FD_CLOEXEC);
    message_clear(&in);
    assert_int_equal(fcntl(received, F_GETFD), -1);
    close(null);
}

static void a_message_with_too_few_or_too_many_descriptors_is_refused(void **state)
{
    (void)state;
    struct error err = { 0 };
    P2v__InspectStart start = P2V__INSPECT_START__INIT;
    P2v__Envelope envelope = ENVELOPE(inspect_start, INSPECT_START, &start);
    assert_int_equal(channel_send(ends[0], true, &envelope, ends, 2, &err), CHANNEL_BROKEN);
    assert_string_equal(err.text, "InspectStart carries 2 descriptors in place of 0");
    P2v__ContentsStart contents = P2V__CONTENTS_START__INIT;
    contents.name = (char *)"sda";
    contents.size_bytes = 1;
    P2v__Envelope disk = ENVELOPE(contents_start, CONTENTS_START, &contents);
    assert_int_equal(channel_send(ends[0], true, &disk, ends, 2, &err), CHANNEL_BROKEN);
    assert_string_equal(err.text, "ContentsStart carries 2 descriptors in place of 1");
    assert_int_equal(channel_send(ends[0], true, &disk, NULL, 0, &err), CHANNEL_BROKEN);
    assert_string_equal(err.text, "ContentsStart carries 0 descriptors in place of 1");
    P2v__UiFinished finished = P2V__UI_FINISHED__INIT;
    P2v__Envelope none = ENVELOPE(ui_finished, UI_FINISHED, &finished);
    assert_int_equal(channel_send(ends[0], true, &none, &ends[0], 1, &err), CHANNEL_BROKEN);
    assert_string_equal(err.text, "UiFinished carries 1 descriptors in place of 0");
}

// What a hostile helper may put on the wire, past our own channel_send().
static void expect_refused(const void *bytes, size_t size, const int *fds, size_t fd_count)
{
    struct error err = { 0 };
    union { struct cmsghdr align; char bytes[CMSG_SPACE(8 * sizeof(int))]; } control = { 0 };
    struct iovec iov = { .iov_base = (void *)bytes, .iov_len = size };
    struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
    if (fd_count > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&header);
        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(fd_count * sizeof(int)) };
        memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
    }
    assert_int_equal(sendmsg(ends[0], &header, 0), (ssize_t)size);
    struct message in = { 0 };
    assert_int_equal(channel_receive(ends[1], true, &in, &err), CHANNEL_BROKEN);
    assert_true(err.text[0] != '\0');
    assert_null(in.envelope);
    assert_int_equal(in.fd_count, 0);
}

static void malformed_oversized_and_empty_messages_are_refused(void **state)
{
    (void)state;
    static uint8_t large[CHANNEL_MAX_BYTES + 1];
    expect_refused("\xff\xff\xff", 3, NULL, 0);
    expect_refused("\x52", 1, NULL, 0);                         // inspect_start, cut off
    expect_refused("\xf8\x3f\x01", 3, NULL, 0);                 // a field that is not known
    expect_refused("\x52\x02\x08\x01", 4, NULL, 0);             // one inside inspect_start
    expect_refused(large, sizeof large, NULL, 0);
    int many[8] = { ends[0], ends[0], ends[0], ends[0], ends[0], ends[0], ends[0], ends[0] };
    expect_refused("\x52\x00", 2, many, 8);
}

static void random_bytes_are_refused_or_checked(void **state)
{
    (void)state;
    uint32_t seed = 99;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        size_t size = 1 + seed % (sizeof bytes - 1);
        struct message in = { 0 };
        struct error err = { 0 };
        assert_int_equal(send(ends[0], bytes, size, 0), (ssize_t)size);
        if (channel_receive(ends[1], true, &in, &err) == CHANNEL_MESSAGE)
            assert_int_equal(check_envelope(in.envelope, in.fd_count, &err), 0);
        message_clear(&in);
    }
}

static void expect_refusal_naming(const P2v__Envelope *envelope, const char *field)
{
    struct error err = { 0 };
    assert_int_equal(check_envelope(envelope, 0, &err), -1);
    if (strstr(err.text, field) == NULL)
        fail_msg("'%s' does not name %s", err.text, field);
}

static void a_field_out_of_range_is_named(void **state)
{
    (void)state;
    P2v__ForwardReady ready = P2V__FORWARD_READY__INIT;
    P2v__Envelope envelope = ENVELOPE(forward_ready, FORWARD_READY, &ready);
    expect_refusal_naming(&envelope, "ForwardReady.port");
    ready.port = 65536;
    expect_refusal_naming(&envelope, "ForwardReady.port");

    P2v__ConversionStarted started = P2V__CONVERSION_STARTED__INIT;
    P2v__Envelope second = ENVELOPE(conversion_started, CONVERSION_STARTED, &started);
    started.remote_directory = (char *)"/tmp/virt-p2v-2026/../../etc";
    expect_refusal_naming(&second, "remote_directory");

    P2v__Note note = P2V__NOTE__INIT;
    P2v__Envelope third = ENVELOPE(note, NOTE, &note);
    note.text = (char *)"two\nlines";
    expect_refusal_naming(&third, "Note.text");
    note.text = (char *)"one";
    note.level = (P2v__Level)-1;
    expect_refusal_naming(&third, "Note.level");

    P2v__Inventory inventory = P2V__INVENTORY__INIT;
    P2v__Envelope fourth = ENVELOPE(inventory, INVENTORY, &inventory);
    inventory.architecture = (char *)"x86_64";
    expect_refusal_naming(&fourth, "Inventory.cpu");
}

// Who makes a message may leave a text out.
static void a_text_that_is_none_is_an_empty_one(void **state)
{
    (void)state;
    struct error err = { 0 };
    P2v__UiPhase phase = P2V__UI_PHASE__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_phase, UI_PHASE, &phase);
    phase.server = phase.remote_directory = NULL;
    assert_int_equal(check_envelope(&envelope, 0, &err), 0);
    P2v__Note note = P2V__NOTE__INIT;
    P2v__Envelope second = ENVELOPE(note, NOTE, &note);
    note.text = NULL;
    expect_refusal_naming(&second, "Note.text");
}

// By their names the disks, drives and interfaces of a machine are told apart everywhere.
static void two_of_one_name_in_an_inventory_are_refused(void **state)
{
    (void)state;
    struct error err = { 0 };
    P2v__Inventory inventory = P2V__INVENTORY__INIT;
    P2v__Envelope envelope = ENVELOPE(inventory, INVENTORY, &inventory);
    P2v__Cpu cpu = P2V__CPU__INIT;
    P2v__Rtc rtc = P2V__RTC__INIT;
    P2v__Disk disks[] = { P2V__DISK__INIT, P2V__DISK__INIT, P2V__DISK__INIT }, *disk_list[] = { &disks[0], &disks[1], &disks[2] };
    P2v__Removable drives[] = { P2V__REMOVABLE__INIT, P2V__REMOVABLE__INIT }, *drive_list[] = { &drives[0], &drives[1] };
    P2v__Nic nics[] = { P2V__NIC__INIT, P2V__NIC__INIT }, *nic_list[] = { &nics[0], &nics[1] };
    cpu.sockets = cpu.cores = cpu.threads = 1;
    inventory.architecture = (char *)"x86_64";
    inventory.cpu = &cpu, inventory.rtc = &rtc;
    inventory.disks = disk_list, inventory.n_disks = 3;
    inventory.removables = drive_list, inventory.n_removables = 2;
    inventory.nics = nic_list, inventory.n_nics = 2;
    disks[0].name = (char *)"sda", disks[1].name = (char *)"sdb", disks[2].name = (char *)"sdc";
    drives[0].name = (char *)"sr0", drives[1].name = (char *)"sr1";
    nics[0].name = (char *)"em1", nics[1].name = (char *)"em2";
    nics[0].mac = nics[1].mac = (char *)"52:54:00:00:00:01";       // as those of a bond have
    assert_int_equal(check_envelope(&envelope, 0, &err), 0);
    disks[2].name = (char *)"sda";
    expect_refusal_naming(&envelope, "Inventory.disks is refused: sda is there twice");
    inventory.n_disks = 2;
    drives[1].name = (char *)"sr0";
    expect_refusal_naming(&envelope, "Inventory.removables is refused: sr0 is there twice");
    inventory.n_removables = 1;
    nics[0].name = (char *)"em2";
    expect_refusal_naming(&envelope, "Inventory.nics is refused: em2 is there twice");
}

// What p2v.* permits is what the messages permit: it is said in one place.
static void a_configuration_value_is_checked_by_its_key(void **state)
{
    (void)state;
    struct error err = { 0 };
    char *misc[CONFIG_LIST_MAX + 1];
    P2v__ConversionStart start = P2V__CONVERSION_START__INIT;
    P2v__Envelope envelope = ENVELOPE(conversion_start, CONVERSION_START, &start);
    P2v__Machine machine = P2V__MACHINE__INIT;
    P2v__Cpu cpu = P2V__CPU__INIT;
    P2v__Rtc rtc = P2V__RTC__INIT;
    P2v__Output output = P2V__OUTPUT__INIT;
    cpu.sockets = cpu.cores = cpu.threads = 1;
    machine.name = machine.architecture = (char *)"guest";
    machine.memory_bytes = UINT64_C(1) << 30;
    machine.vcpus = 1;
    machine.cpu = &cpu;
    machine.rtc = &rtc;
    start.machine = &machine;
    start.output = &output;
    for (size_t i = 0; i <= CONFIG_LIST_MAX; i++)
        misc[i] = (char *)"a=b";
    output.misc = misc;
    output.n_misc = CONFIG_LIST_MAX;
    assert_int_equal(check_envelope(&envelope, 0, &err), 0);
    output.n_misc++;
    expect_refusal_naming(&envelope, "Output.misc");
    output.n_misc = 0;
    output.allocation = (char *)"thin";
    expect_refusal_naming(&envelope, "Output.allocation");
    output.allocation = (char *)"";
    machine.memory_bytes = 1000;
    expect_refusal_naming(&envelope, "Machine.memory_bytes");
    machine.memory_bytes = UINT64_C(1) << 30;
    rtc.offset_seconds = -86401;
    expect_refusal_naming(&envelope, "Rtc.offset_seconds");
    rtc.offset_seconds = -86400;
    assert_int_equal(check_envelope(&envelope, 0, &err), 0);
}

static void a_closed_channel_and_an_empty_one_are_told_apart(void **state)
{
    (void)state;
    struct message in = { 0 };
    struct error err = { 0 };
    assert_int_equal(channel_receive(ends[1], false, &in, &err), CHANNEL_AGAIN);
    close(ends[0]);
    ends[0] = -1;
    assert_int_equal(channel_receive(ends[1], false, &in, &err), CHANNEL_CLOSED);
}

// The largest message that a helper may have reason to send; one range more is refused by both ends.
static void the_longest_list_of_bad_ranges_fits_and_a_longer_one_is_refused(void **state)
{
    (void)state;
    enum { MOST = 2048 };
    static P2v__BadRange ranges[MOST + 1];
    static P2v__BadRange *pointers[MOST + 1];
    P2v__BadRanges list = P2V__BAD_RANGES__INIT;
    struct error err = { 0 };
    struct message in = { 0 };
    for (size_t i = 0; i <= MOST; i++) {
        p2v__bad_range__init(&ranges[i]);
        ranges[i].offset = ranges[i].length = INT64_MAX;
        pointers[i] = &ranges[i];
    }
    list.ranges = pointers;
    list.n_ranges = MOST;
    list.more = true;
    P2v__Envelope envelope = ENVELOPE(bad_ranges, BAD_RANGES, &list);
    assert_int_equal(channel_send(ends[0], true, &envelope, NULL, 0, &err), CHANNEL_MESSAGE);
    assert_int_equal(channel_receive(ends[1], true, &in, &err), CHANNEL_MESSAGE);
    assert_int_equal(in.envelope->bad_ranges->n_ranges, MOST);
    message_clear(&in);
    list.n_ranges++;
    assert_int_equal(channel_send(ends[0], true, &envelope, NULL, 0, &err), CHANNEL_BROKEN);
    assert_non_null(strstr(err.text, "BadRanges.ranges"));
}

#define ON_A_PAIR(test) cmocka_unit_test_setup_teardown(test, make_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_every_message_has_a_rule),
        ON_A_PAIR(a_message_arrives_as_it_was_sent),
        ON_A_PAIR(the_largest_login_is_one_message),
        ON_A_PAIR(descriptors_arrive_close_on_exec_and_are_closed_with_the_message),
        ON_A_PAIR(a_message_with_too_few_or_too_many_descriptors_is_refused),
        ON_A_PAIR(the_longest_list_of_bad_ranges_fits_and_a_longer_one_is_refused),
        ON_A_PAIR(malformed_oversized_and_empty_messages_are_refused),
        ON_A_PAIR(random_bytes_are_refused_or_checked),
        cmocka_unit_test(a_field_out_of_range_is_named),
        cmocka_unit_test(a_text_that_is_none_is_an_empty_one),
        cmocka_unit_test(two_of_one_name_in_an_inventory_are_refused),
        cmocka_unit_test(a_configuration_value_is_checked_by_its_key),
        ON_A_PAIR(a_closed_channel_and_an_empty_one_are_told_apart),
    };
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
