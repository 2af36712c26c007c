// SPDX-License-Identifier: GPL-2.0-or-later
//
// A pretended supervisor: what it says when.  The machine that it says it of is in demo-machine.c.
#include "p2v-ui/demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2v-ui/demo-machine.h"
#include "proto/helper.h"

#define QUEUE_MAX 256
#define CONVERSION_STEPS 40            // of half a second
#define STEP_MS 500

struct demo {
    bool hostile;
    struct { uint64_t due_ms; uint8_t *bytes; size_t size; } queue[QUEUE_MAX];     // in the order in which they are due
    size_t count;
    uint64_t last_ms;                  // when the last of them is due
    bool key_accepted;
    enum { GOOD, WRONG_SERVER, WRONG_PASSWORD } outcome;
    bool asks_passphrase, asks_token;
    char server[254];
};

// ---- the queue -----------------------------------------------------------------------------------------

// It is due this long after the one before it.
static void say_after(struct demo *demo, const P2v__Envelope *envelope, uint64_t wait_ms)
{
    size_t size = p2v__envelope__get_packed_size(envelope);
    uint8_t *bytes = demo->count < QUEUE_MAX ? malloc(size) : NULL;
    if (bytes == NULL)
        return;
    p2v__envelope__pack(envelope, bytes);
    demo->last_ms += wait_ms;
    demo->queue[demo->count].due_ms = demo->last_ms;
    demo->queue[demo->count].bytes = bytes;
    demo->queue[demo->count++].size = size;
}

static void forget(struct demo *demo, uint64_t now_ms)
{
    while (demo->count > 0)
        free(demo->queue[--demo->count].bytes);
    demo->last_ms = now_ms;
}

P2v__Envelope *demo_next(struct demo *demo, uint64_t now_ms)
{
    if (demo_due(demo, now_ms) != 0)
        return NULL;
    P2v__Envelope *envelope = p2v__envelope__unpack(NULL, demo->queue[0].size, demo->queue[0].bytes);
    free(demo->queue[0].bytes);
    memmove(&demo->queue[0], &demo->queue[1], --demo->count * sizeof demo->queue[0]);
    return envelope;
}

int demo_due(const struct demo *demo, uint64_t now_ms)
{
    if (demo->count == 0)
        return -1;
    return demo->queue[0].due_ms <= now_ms ? 0 : (int)(demo->queue[0].due_ms - now_ms);
}

static char *text(struct demo *demo, const char *what, char buffer[DEMO_TEXT_MAX])
{
    return demo_text(demo->hostile, what, buffer);
}

// ---- what it says --------------------------------------------------------------------------------------

static void say_phase(struct demo *demo, P2v__Phase phase, const char *directory, uint64_t wait_ms)
{
    P2v__UiPhase message = P2V__UI_PHASE__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_phase, UI_PHASE, &message);
    message.phase = phase;
    message.server = demo->server;
    message.remote_directory = (char *)(uintptr_t)directory;       // protobuf-c only reads it
    say_after(demo, &envelope, wait_ms);
}

static void say_note(struct demo *demo, P2v__Level level, const char *what, uint64_t wait_ms)
{
    char buffer[DEMO_TEXT_MAX];
    P2v__Note note = P2V__NOTE__INIT;
    P2v__Envelope envelope = ENVELOPE(note, NOTE, &note);
    note.level = level;
    note.text = text(demo, what, buffer);
    say_after(demo, &envelope, wait_ms);
}

static void say_output(struct demo *demo, const char *what)
{
    char buffer[DEMO_TEXT_MAX];
    P2v__ConversionOutput output = P2V__CONVERSION_OUTPUT__INIT;
    P2v__Envelope envelope = ENVELOPE(conversion_output, CONVERSION_OUTPUT, &output);
    char *bytes = text(demo, what, buffer);
    output.data = (ProtobufCBinaryData){ strlen(bytes), (uint8_t *)bytes };
    say_after(demo, &envelope, 0);
    output.data = (ProtobufCBinaryData){ 1, (uint8_t *)(uintptr_t)"\n" };
    say_after(demo, &envelope, 0);
}

static void say_verdict(struct demo *demo, P2v__ConversionResult result, const char *what, uint64_t wait_ms)
{
    char buffer[DEMO_TEXT_MAX];
    P2v__UiVerdict verdict = P2V__UI_VERDICT__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_verdict, UI_VERDICT, &verdict);
    verdict.result = result;
    verdict.text = text(demo, what, buffer);
    say_after(demo, &envelope, wait_ms);
}

static void say_done(struct demo *demo, P2v__UiRequestKind kind, bool done, const char *what, uint64_t wait_ms)
{
    char buffer[DEMO_TEXT_MAX];
    P2v__UiRequestDone message = P2V__UI_REQUEST_DONE__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_request_done, UI_REQUEST_DONE, &message);
    message.kind = kind;
    message.done = done;
    message.text = text(demo, what, buffer);
    say_after(demo, &envelope, wait_ms);
}

// ---- the connection ------------------------------------------------------------------------------------

static void say_not_connected(struct demo *demo, const char *name, const char *what)
{
    char buffer[DEMO_TEXT_MAX];
    P2v__UiConnected connected = P2V__UI_CONNECTED__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_connected, UI_CONNECTED, &connected);
    connected.name = (char *)(uintptr_t)name;
    connected.text = text(demo, what, buffer);
    say_after(demo, &envelope, 1000);
}

static void say_connected(struct demo *demo)
{
    char version[DEMO_TEXT_MAX], first[DEMO_TEXT_MAX];
    char *drivers[] = { text(demo, "libvirt", first), (char[]){ "local" }, (char[]){ "openstack" }, (char[]){ "qemu" }, (char[]){ "rhv-upload" } };
    P2v__Features features = P2V__FEATURES__INIT, *pointer = &features;
    features.version = text(demo, "2.2.0", version);
    features.output_drivers = drivers;
    features.n_output_drivers = sizeof drivers / sizeof drivers[0];
    P2v__UiConnected connected = P2V__UI_CONNECTED__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_connected, UI_CONNECTED, &connected);
    connected.features = &pointer;
    connected.n_features = 1;
    connected.fingerprint = (char[]){ DEMO_FINGERPRINT };
    say_after(demo, &envelope, 1000);
}

static void say_secret(struct demo *demo, P2v__SecretKind kind, const char *prompt)
{
    char buffer[DEMO_TEXT_MAX];
    P2v__SecretAsk ask = P2V__SECRET_ASK__INIT;
    P2v__Envelope envelope = ENVELOPE(secret_ask, SECRET_ASK, &ask);
    ask.kind = kind;
    ask.prompt = text(demo, prompt, buffer);
    say_after(demo, &envelope, 500);
}

static void say_host_key(struct demo *demo)
{
    char server[DEMO_TEXT_MAX], type[DEMO_TEXT_MAX];
    P2v__HostKeyAsk ask = P2V__HOST_KEY_ASK__INIT;
    P2v__Envelope envelope = ENVELOPE(host_key_ask, HOST_KEY_ASK, &ask);
    ask.server = text(demo, demo->server, server);
    ask.type = text(demo, "ssh-ed25519", type);
    ask.fingerprint = (char[]){ DEMO_FINGERPRINT };
    ask.person = true;
    say_after(demo, &envelope, 700);
}

// The next thing that there is to say of this connection.
static void go_on(struct demo *demo)
{
    if (demo->outcome == WRONG_SERVER)
        say_not_connected(demo, "remote.server", "cannot connect to \"wrong\", port 22: Connection refused. Is this the right server, and does its sshd run?");
    else if (!demo->key_accepted)
        say_host_key(demo);
    else if (demo->asks_passphrase)
        say_secret(demo, P2V__SECRET_KIND__SECRET_PASSPHRASE, "");
    else if (demo->asks_token)
        say_secret(demo, P2V__SECRET_KIND__SECRET_QUESTION, "Verification code:");
    else if (demo->outcome == WRONG_PASSWORD)
        say_not_connected(demo, "auth.password", "the server does not accept this password");
    else
        say_connected(demo);
}

static void take_connect(struct demo *demo, const P2v__UiConnect *connect)
{
    static const char wrong[] = "wrong";
    demo->outcome = connect->password.len == sizeof wrong - 1 && memcmp(connect->password.data, wrong, sizeof wrong - 1) == 0 ? WRONG_PASSWORD : GOOD;
    if (strcmp(connect->connection->remote_server, wrong) == 0)
        demo->outcome = WRONG_SERVER;
    snprintf(demo->server, sizeof demo->server, "%s", connect->connection->remote_server);
    demo->asks_passphrase = connect->connection->auth_identity_url[0] != '\0';
    demo->asks_token = strcmp(connect->connection->auth_username, "token") == 0;
    go_on(demo);
}

static void take_host_key(struct demo *demo, P2v__Answer answer)
{
    demo->key_accepted = answer == P2V__ANSWER__ANSWER_YES;
    if (demo->key_accepted)
        go_on(demo);
    else
        say_not_connected(demo, "", "the host key was not accepted: nothing was sent to the server");
}

static void take_secret(struct demo *demo, P2v__Answer answer)
{
    if (answer != P2V__ANSWER__ANSWER_YES) {
        say_not_connected(demo, "", "the login was given up");
        return;
    }
    if (demo->asks_passphrase)
        demo->asks_passphrase = false;
    else
        demo->asks_token = false;
    go_on(demo);
}

// ---- the conversion ------------------------------------------------------------------------------------

static void say_findings(struct demo *demo, const struct demo_finding *found, size_t count)
{
    char buffers[DEMO_FINDINGS_MAX][DEMO_TEXT_MAX];
    P2v__Finding findings[DEMO_FINDINGS_MAX], *pointers[DEMO_FINDINGS_MAX];
    for (size_t i = 0; i < count; i++) {
        pointers[i] = &findings[i];
        findings[i] = (P2v__Finding)P2V__FINDING__INIT;
        findings[i].name = (char *)(uintptr_t)found[i].name;
        findings[i].text = text(demo, found[i].text, buffers[i]);
        findings[i].error = found[i].error;
    }
    P2v__UiFindings message = P2V__UI_FINDINGS__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_findings, UI_FINDINGS, &message);
    message.findings = pointers;
    message.n_findings = count;
    say_after(demo, &envelope, 100);
}

static void say_progress(struct demo *demo, const char *disk, uint64_t size_bytes, unsigned step)
{
    P2v__Progress progress = P2V__PROGRESS__INIT;
    P2v__Envelope envelope = ENVELOPE(progress, PROGRESS, &progress);
    progress.name = (char *)(uintptr_t)disk;
    progress.size_bytes = size_bytes;
    progress.sent_bytes = size_bytes / CONVERSION_STEPS / 3 * step;
    progress.zero_bytes = step == CONVERSION_STEPS ? size_bytes - progress.sent_bytes : size_bytes / CONVERSION_STEPS / 3 * 2 * step;
    say_after(demo, &envelope, 0);
}

// The second disk comes after the first.
static void convert_step(struct demo *demo, unsigned step, const bool chosen[DEMO_DISKS])
{
    unsigned half = CONVERSION_STEPS / 2;
    for (size_t i = 0; i < DEMO_DISKS; i++) {
        unsigned of_disk = i == 0 ? (step < half ? 2 * step : CONVERSION_STEPS) : step < half ? 0 : 2 * (step - half);
        if (chosen[i])
            say_progress(demo, demo_disks[i].name, demo_disks[i].size_bytes, of_disk);
    }
    for (size_t i = 0; i < demo_line_count; i++)
        if (demo_lines[i].step == step)
            say_output(demo, demo_lines[i].text);
    if (step == half)
        say_note(demo, P2V__LEVEL__WARNING, "the connection of the disk sda was lost: it is being made again", 0);
    if (step == half + 2)
        say_note(demo, P2V__LEVEL__INFO, "the connection of the disk sda is back", 0);
}

static void convert(struct demo *demo, const bool chosen[DEMO_DISKS])
{
    static const char directory[] = "/tmp/virt-p2v-20261122-k3v9xq2m";
    say_phase(demo, P2V__PHASE__PHASE_CONNECTING, "", 300);
    say_note(demo, P2V__LEVEL__INFO, "connected to the conversion server", 700);
    say_phase(demo, P2V__PHASE__PHASE_CONVERTING, directory, 300);
    for (unsigned step = 0; step <= CONVERSION_STEPS; step++) {
        convert_step(demo, step, chosen);
        demo->last_ms += STEP_MS;
    }
    say_verdict(demo, P2V__CONVERSION_RESULT__CONVERSION_DONE, "The machine was converted.\nThe virtual machine web01 is in /var/tmp on the "
                "conversion server: web01.xml describes it.", 500);
}

static void take_choice(struct demo *demo, const P2v__Guest *guest, bool start, bool overrule)
{
    struct demo_finding findings[DEMO_FINDINGS_MAX];
    bool chosen[DEMO_DISKS], error = false;
    size_t found = demo_judge(guest, chosen, findings);
    for (size_t i = 0; i < found; i++)
        error = error || findings[i].error;
    if (start && !error && (found == 0 || overrule))
        convert(demo, chosen);
    else
        say_findings(demo, findings, found);
}

static void take_request(struct demo *demo, P2v__UiRequestKind kind, uint64_t now_ms)
{
    switch (kind) {
    case P2V__UI_REQUEST_KIND__UI_REQUEST_CANCEL:
        forget(demo, now_ms);
        say_done(demo, kind, true, "", 0);
        say_phase(demo, P2V__PHASE__PHASE_CANCELLING, "/tmp/virt-p2v-20261122-k3v9xq2m", 0);
        say_verdict(demo, P2V__CONVERSION_RESULT__CONVERSION_CANCELLED, "The conversion was cancelled. Nothing is left on the conversion server but its log.", 1500);
        return;
    case P2V__UI_REQUEST_KIND__UI_REQUEST_IDENTIFY:
        say_done(demo, kind, true, "", 1500);
        return;
    case P2V__UI_REQUEST_KIND__UI_REQUEST_SAVE_LOG:
        say_done(demo, kind, true, "/var/log/virt-p2v.log", 300);
        return;
    default:
        say_done(demo, kind, false, "this is a demonstration: nothing was done", 300);
    }
}

static void say_at_once(void *context, const P2v__Envelope *envelope)
{
    say_after(context, envelope, 0);
}

// ---- the verbs -----------------------------------------------------------------------------------------

struct demo *demo_new(bool hostile, uint64_t now_ms)
{
    struct demo *demo = calloc(1, sizeof *demo);
    if (demo == NULL)
        return NULL;
    demo->hostile = hostile;
    demo->last_ms = now_ms;
    P2v__UiStart start = P2V__UI_START__INIT;
    P2v__Envelope envelope = ENVELOPE(ui_start, UI_START, &start);
    start.dialogs = start.shell = start.network = start.power = true;
    say_after(demo, &envelope, 0);
    say_note(demo, P2V__LEVEL__INFO, "this machine is being inspected", 0);
    demo->last_ms += 800;
    demo_machine(hostile, say_at_once, demo);
    say_phase(demo, P2V__PHASE__PHASE_ASKING, "", 0);
    return demo;
}

void demo_free(struct demo *demo)
{
    if (demo != NULL)
        forget(demo, 0);
    free(demo);
}

void demo_tell(struct demo *demo, const P2v__Envelope *envelope, uint64_t now_ms)
{
    if (demo->count == 0 || demo->last_ms < now_ms)
        demo->last_ms = now_ms;
    switch (envelope->body_case) {
    case P2V__ENVELOPE__BODY_UI_CONNECT:
        take_connect(demo, envelope->ui_connect);
        return;
    case P2V__ENVELOPE__BODY_HOST_KEY_ANSWER:
        take_host_key(demo, envelope->host_key_answer->answer);
        return;
    case P2V__ENVELOPE__BODY_SECRET_ANSWER:
        take_secret(demo, envelope->secret_answer->answer);
        return;
    case P2V__ENVELOPE__BODY_UI_CHECK:
        take_choice(demo, envelope->ui_check->guest, false, false);
        return;
    case P2V__ENVELOPE__BODY_UI_CONVERT:
        take_choice(demo, envelope->ui_convert->guest, true, envelope->ui_convert->overrule);
        return;
    case P2V__ENVELOPE__BODY_UI_REQUEST:
        take_request(demo, envelope->ui_request->kind, now_ms);
        return;
    default:
        return;
    }
}
