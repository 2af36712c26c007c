// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-plan, from what it is told to what it answers: choice, sets, findings, plan, and what fills the configuration in.  All that it
// sends passes the checks of whoever takes it; a plan is one that p2v-supervisor takes; of one against which nothing is said a conversion
// can be sent, and its XML is XML.
//
// The input is records, an envelope each: an Inventory, the Contents of its disks, Features, PlanAsk, in any order and number.
#include "tests/fuzz/fuzz.h"

#include <libxml/parser.h>
#include <stdarg.h>
#include <sys/socket.h>

#include "p2v-transport/arguments.h"
#include "p2v-transport/physical-xml.h"
#include "proto/check.h"
#include "proto/text.h"

#define main static __attribute__((unused)) main_of_plan
#include "p2v-plan/main.c"
#undef main

static struct facts facts;
static struct received received;

// ---- what is answered ----------------------------------------------------------------------------------

static void must_pass(const P2v__Envelope *envelope)
{
    struct error err = { 0 };
    MUST(p2v__envelope__get_packed_size(envelope) <= CHANNEL_MAX_BYTES);
    if (check_envelope(envelope, 0, &err) == 0)
        return;
    fprintf(stderr, "%s\n", err.text);
    MUST(false);
}

// As p2v-supervisor/plan.c wants it, and it takes its settings.
static void must_be_taken(const P2v__Plan *plan)
{
    static struct config config;
    bool named[MAX_DISKS] = { false }, good = true;
    struct error err;
    for (size_t i = 0; i < plan->n_findings; i++)
        good = good && !plan->findings[i]->error;
    for (size_t i = 0; i < plan->n_disks; i++) {
        uint32_t place = plan->disks[i];
        MUST(place < facts.inventory->n_disks && !named[place] && !facts.inventory->disks[place]->carries_root);
        named[place] = true;
    }
    MUST(plan->n_machine == good && (!good || (plan->n_disks > 0 && plan->machine[0]->n_disks == 0)));
    MUST(plan->n_guest == plan->n_hardware);
    if (plan->n_guest == 0)
        return;
    MUST(configuration_take(&config, &plan->guest[0]->base, &err) == 0 && configuration_take(&config, &plan->hardware[0]->base, &err) == 0);
    config_clear(&config);
}

static void write_files(const P2v__ConversionStart *start)
{
    size_t size = 0;
    char *xml = physical_xml(start->machine, &size);
    MUST(xml != NULL && strlen(xml) == size);
    xmlDoc *document = xmlReadMemory(xml, (int)size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    MUST(document != NULL);
    xmlFreeDoc(document);
    free(xml);
    char *arguments = arguments_file(start, "/tmp/virt-p2v-20261122-abcdefgh/physical.xml", &size);
    MUST(arguments != NULL && size > 0 && arguments[size - 1] == '\n');
    free(arguments);
}

// What p2v-supervisor would send of it.
static void convert(const P2v__Plan *plan)
{
    P2v__Machine machine = *plan->machine[0];
    P2v__MachineDisk disks[MAX_DISKS], *pointers[MAX_DISKS];
    P2v__Output output = P2V__OUTPUT__INIT;
    P2v__ConversionStart start = P2V__CONVERSION_START__INIT;
    for (size_t i = 0; i < plan->n_disks; i++) {
        disks[i] = (P2v__MachineDisk)P2V__MACHINE_DISK__INIT;
        disks[i].name = facts.inventory->disks[plan->disks[i]]->name;
        disks[i].port = 40001;
        pointers[i] = &disks[i];
    }
    machine.disks = pointers;
    machine.n_disks = plan->n_disks;
    output.type = (char *)facts.output_type;
    start.machine = &machine;
    start.output = &output;
    P2v__Envelope envelope = ENVELOPE(conversion_start, CONVERSION_START, &start);
    must_pass(&envelope);
    write_files(&start);
}

// ---- the helper's side, in place of proto/helper.c -----------------------------------------------------

int helper_send(struct helper *helper, const P2v__Envelope *envelope, const int *fds, size_t fd_count)
{
    (void)helper, (void)fds;
    MUST(fd_count == 0 && envelope->body_case == P2V__ENVELOPE__BODY_PLAN);
    must_pass(envelope);
    must_be_taken(envelope->plan);
    if (envelope->plan->n_machine > 0)
        convert(envelope->plan);
    return 0;
}

static void __attribute__((format(printf, 1, 0))) must_be_told(const char *format, va_list args)
{
    char text[ERROR_TEXT_MAX];
    P2v__Note note = P2V__NOTE__INIT;
    MUST(vsnprintf(text, sizeof text, format, args) > 0);
    text_clean_line(text);
    note.text = text;
    P2v__Envelope envelope = ENVELOPE(note, NOTE, &note);
    must_pass(&envelope);
}

void helper_note(struct helper *helper, P2v__Level level, const char *format, ...)
{
    va_list args;
    (void)helper, (void)level;
    va_start(args, format);
    must_be_told(format, args);
    va_end(args);
}

int helper_fail(struct helper *helper, const char *format, ...)
{
    va_list args;
    (void)helper;
    va_start(args, format);
    must_be_told(format, args);
    va_end(args);
    return EXIT_FAILED;
}

int helper_unexpected(struct helper *helper, const struct message *in)
{
    return helper_fail(helper, "%s", message_name(in->envelope->body_case));
}

// ---- what it is told -----------------------------------------------------------------------------------

// Not 0 where p2v-plan ends of it.  What is no message is passed over: nothing would come after it.
static int hear(struct helper *helper, struct input record)
{
    static int ends[2];
    struct message in = { 0 };
    struct error err;
    int status = 0;
    MUST(ends[1] > 0 || channel_pair(ends) == 0);
    MUST(send(ends[0], record.data, record.size, 0) == (ssize_t)record.size);
    if (channel_receive(ends[1], false, &in, &err) == CHANNEL_MESSAGE)
        status = take(helper, &facts, &received, &in);
    message_clear(&in);
    return status;
}

static void forget(void)
{
    config_clear(&facts.config);
    facts = (struct facts){ 0 };
    message_clear(&received.inventory);
    message_clear(&received.features);
    for (size_t i = 0; i < MAX_DISKS; i++)
        message_clear(&received.contents[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    struct helper helper = { 0 };
    while (input.size > 0 && hear(&helper, input_record(&input)) == 0)
        ;
    forget();
    return 0;
}
