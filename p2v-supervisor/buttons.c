// SPDX-License-Identifier: GPL-2.0-or-later
//
// Buttons.  Touches: the runner's socket, p2v-ui's channel, a memfd for what the saving of the log has to say.

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p2v-supervisor/conversion.h"

#define KIND(NAME) P2V__UI_REQUEST_KIND__UI_REQUEST_##NAME

// ui: who asked; NULL: it has ended.
static void answer(struct supervisor *sup, struct peer *ui, P2v__UiRequestKind kind, bool done, const char *text)
{
    struct error err;
    P2v__Envelope envelope = MESSAGE(ui_request_done, UI_REQUEST_DONE, UiRequestDone, .kind = kind, .done = done, .text = (char *)text);
    if (ui != NULL && peer_send(ui, &envelope, NULL, 0, &err) < 0)
        conversion_note(sup, P2V__LEVEL__WARNING, "%s", err.text);
}

static const enum runner_program programs[] = {
    [KIND(SHELL)] = RUN_SHELL, [KIND(NETWORK)] = RUN_NETWORK, [KIND(IDENTIFY)] = RUN_IDENTIFY, [KIND(SHUTDOWN)] = RUN_POWEROFF,
    [KIND(REBOOT)] = RUN_REBOOT, [KIND(SAVE_LOG)] = RUN_SAVE_LOG,
};

// Why not; NULL: it is granted.
static const char *refusal(const struct supervisor *sup, P2v__UiRequestKind kind)
{
    bool power = kind == KIND(SHUTDOWN) || kind == KIND(REBOOT);
    if (!sup->dialogs)
        return "there are no buttons without dialogs";
    if ((kind == KIND(SHELL) || kind == KIND(NETWORK)) && !sup->start->allow_shell)
        return "a shell and the network's configuration are for the boot image (--iso) or --allow-shell";
    if (power && !sup->start->iso)
        return "this machine is shut down from here in the boot image alone (--iso)";
    if (power && sup->decided && sup->outcome == OUTCOME_NONE)
        return "this machine is being converted: cancel that first";
    return kind != KIND(CANCEL) && task_runs(sup, RUN_FIRST_BUTTON, RUN_PROGRAMS) ? "something else that was asked for runs yet" : NULL;
}

// By its name in the inventory; 0: there is none of that name.
static uint32_t interface_index(const struct supervisor *sup, const char *name)
{
    for (size_t i = 0; sup->machine != NULL && i < sup->machine->n_nics; i++)
        if (strcmp(sup->machine->nics[i]->name, name) == 0)
            return sup->machine->nics[i]->index;
    return 0;
}

static int start(struct supervisor *sup, const struct peer *ui, const P2v__UiRequest *request, struct error *err)
{
    enum runner_program program = programs[request->kind];
    bool saves = program == RUN_SAVE_LOG, says = saves || program == RUN_IDENTIFY;
    uint32_t index = program == RUN_IDENTIFY ? interface_index(sup, request->name) : 0;
    int fds[2] = { sup->log_fd, says ? memfd_create("words", MFD_CLOEXEC) : -1 };
    sup->button = request->kind;
    sup->button_asker = ui->id;
    sup->button_fd = fds[1];
    if (says && fds[1] < 0)
        return error_set_errno(err, errno, "cannot make a file for what %s has to say", runner_program_name(program));
    if (saves && sup->log_fd == 0)
        return error_set(err, "there is nothing to be saved yet");
    if (program == RUN_IDENTIFY && index == 0)
        return error_set(err, "there is no network interface %s here", request->name);
    return task_start(sup, program, index, saves ? fds : fds + 1, saves ? 2 : says ? 1 : 0, err);
}

void on_ui_request(struct supervisor *sup, struct peer *ui, struct message *in)
{
    const P2v__UiRequest *request = in->envelope->ui_request;
    const char *why = refusal(sup, request->kind);
    struct error err;
    if (why != NULL) {
        answer(sup, ui, request->kind, false, why);
    } else if (request->kind == KIND(CANCEL)) {
        answer(sup, ui, request->kind, true, "");
        conversion_cancel(sup);
    } else if (start(sup, ui, request, &err) < 0) {
        if (sup->button_fd >= 0)
            close(sup->button_fd);
        answer(sup, ui, request->kind, false, err.text);
    }
}

void buttons_ended(struct supervisor *sup, enum runner_program program, int status)
{
    char text[ERROR_TEXT_MAX] = "", how[128];
    bool there = status != 127 << 8 && status != 126 << 8;
    bool done = status == 0 || (program == RUN_SHELL && there);    // a shell's status is its last command's
    const char *name = runner_program_name(program);
    program_describe_status(status, how, sizeof how);
    if (sup->button_fd >= 0) {
        last_words(sup->button_fd, "", text, sizeof text);
        close(sup->button_fd);
    }
    if (!done && status == 127 << 8)
        snprintf(text, sizeof text, "%s cannot be started: it is not installed here", name);
    else if (!done && text[0] == '\0')
        snprintf(text, sizeof text, "%s failed with %s", name, how);
    answer(sup, peer_by_id(sup, sup->button_asker), sup->button, done, text);
}
