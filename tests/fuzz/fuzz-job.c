// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/job.c: a whole conversion on a server that says what it likes, by its shell and its SFTP; from the beginning, or
// from where a lost connection left it.  Whatever it said, the supervisor is told one end, and takes every message.
#include "tests/fuzz/fake-ssh.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2v-transport/job.h"
#include "p2v-transport/lost.h"
#include "proto/check.h"

static unsigned ends;                  // told
static uint64_t output_bytes;

// ---- the supervisor, in place of proto/helper.c --------------------------------------------------------

static int supervisor;                 // its end of the channel
static struct input answers[3];        // its messages for each BadRangesAsk
static size_t answered;

static void say_datagram(struct input message) { send(supervisor, message.data, message.size, MSG_DONTWAIT); }

// Puts a new channel where a helper finds it, with messages in it; others come as answers.
static void begin_channel(struct input *input)
{
    int pair[2];
    if (fcntl(CHANNEL_FD, F_GETFD) < 0)
        MUST(dup2(STDERR_FILENO, CHANNEL_FD) == CHANNEL_FD);   // so that no end of the pair gets this number
    MUST(channel_pair(pair) == 0 && dup2(pair[0], CHANNEL_FD) == CHANNEL_FD);
    close(pair[0]);
    supervisor = pair[1];
    for (uint64_t count = input_number(input, 1) % 4; count > 0; count--)
        say_datagram(input_record(input));
    uint64_t count = input_number(input, 1) % 4;
    answered = 0;
    for (size_t i = 0; i < 3; i++)
        answers[i] = i < count ? input_record(input) : (struct input){ NULL, 0 };
}

int helper_send(struct helper *helper, const P2v__Envelope *envelope, const int *fds, size_t fd_count)
{
    struct error err = { 0 };
    (void)helper, (void)fds;
    if (check_envelope(envelope, fd_count, &err) < 0) {
        fprintf(stderr, "the supervisor would refuse it: %s\n", err.text);
        MUST(false);
    }
    ends += envelope->body_case == P2V__ENVELOPE__BODY_CONVERSION_ENDED;
    if (envelope->body_case == P2V__ENVELOPE__BODY_BAD_RANGES_ASK && answered < 3)
        say_datagram(answers[answered++]);
    if (envelope->body_case == P2V__ENVELOPE__BODY_CONVERSION_OUTPUT)
        output_bytes += envelope->conversion_output->data.len;
    return 0;
}

int helper_receive(struct helper *helper, struct message *in)
{
    struct error err = { 0 };
    (void)helper;
    enum channel_result result = channel_receive(CHANNEL_FD, false, in, &err);
    ends += result == CHANNEL_BROKEN;
    return result == CHANNEL_MESSAGE ? 1 : result == CHANNEL_BROKEN ? -1 : 0;
}

static void say(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
static void say(const char *format, va_list args)
{
    char *text = NULL;
    MUST(vasprintf(&text, format, args) > 0);
    free(text);
}

#define SAY() do { va_list args; va_start(args, format); say(format, args); va_end(args); } while (0)
void helper_note(struct helper *helper, P2v__Level level, const char *format, ...) { (void)helper, (void)level; SAY(); }
int helper_fail(struct helper *helper, const char *format, ...) { (void)helper; SAY(); ends++; return EXIT_FAILED; }
int helper_lost(struct helper *helper, const char *format, ...) { (void)helper; SAY(); ends++; return EXIT_FAILED; }
int helper_unexpected(struct helper *helper, const struct message *in) { (void)helper, (void)in; ends++; return EXIT_FAILED; }

// ---- the conversion ------------------------------------------------------------------------------------

// bit 0: it goes on after a lost connection; 1: it was started there; 2: and is to be cancelled; 3: lists of bad ranges are wanted
static void convert(struct link *link, unsigned how)
{
    char name[] = "web", architecture[] = "x86_64", disk[] = "sda", mac[] = "52:54:00:00:00:01", network[] = "default", mode[] = "local";
    char directory[] = "/tmp/virt-p2v-20261122-abcdefgh";
    P2v__MachineDisk disk_0 = P2V__MACHINE_DISK__INIT, *disks = &disk_0;
    P2v__MachineNic nic_0 = P2V__MACHINE_NIC__INIT, *nics = &nic_0;
    P2v__Cpu cpu = P2V__CPU__INIT;
    P2v__Rtc rtc = P2V__RTC__INIT;
    P2v__Output output = P2V__OUTPUT__INIT;
    P2v__Machine machine = P2V__MACHINE__INIT;
    P2v__ConversionStart start = P2V__CONVERSION_START__INIT;
    disk_0.name = disk, disk_0.port = 40001;
    nic_0.mac = mac, nic_0.network = network;
    cpu.sockets = cpu.cores = cpu.threads = 1;
    output.type = mode;
    machine.name = name, machine.architecture = architecture, machine.memory_bytes = UINT64_C(1) << 30, machine.vcpus = 1;
    machine.cpu = &cpu, machine.rtc = &rtc;
    machine.disks = &disks, machine.n_disks = 1;
    machine.nics = &nics, machine.n_nics = 1;
    start.machine = &machine, start.output = &output, start.patience = how & 16 ? 600 : 0;
    if (how & 1)
        start.remote_directory = directory, start.offset = how >> 5;
    start.started = how & 2, start.cancel = how & 4, start.list_bad_ranges = how & 8;
    struct bundle files = { 0 };
    struct helper helper = { 0 };
    job_convert(&helper, link, &start, &files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    struct link link;
    size_t step = 1 + (size_t)input_number(&input, 2);
    unsigned how = (unsigned)input_number(&input, 1);
    ends = 0;
    output_bytes = 0;
    begin_channel(&input);
    fake_ssh_begin(&link, input, step);
    convert(&link, how);
    MUST(ends <= 1 && output_bytes <= size);
    fake_ssh_end(&link);
    close(supervisor);
    return 0;
}
