// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a model holds, in words that every front end uses.  Pure memory; translated.
#include "p2v-ui/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/translate.h"

// Appends, cut to fit.
static void add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

void words_size(char *text, size_t size, uint64_t bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    size_t unit = 0;
    double number = (double)bytes;
    for (; number >= 1023.5 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        number /= 1024;
    snprintf(text, size, "%.*f %s", unit > 0 && number < 9.95 ? 1 : 0, number, units[unit]);
}

void words_time(char *text, size_t size, uint64_t seconds)
{
    if (seconds < 60)
        snprintf(text, size, _("%" PRIu64 " s"), seconds);
    else if (seconds < 3600)
        snprintf(text, size, _("%" PRIu64 " min %02" PRIu64 " s"), seconds / 60, seconds % 60);
    else
        snprintf(text, size, _("%" PRIu64 " h %02" PRIu64 " min"), seconds / 3600, seconds / 60 % 60);
}

static void add_content(char *text, size_t size, const struct model_content *content)
{
    add(text, size, "%s", text[0] != '\0' ? ", " : "");
    if (content->set_kind[0] != '\0')
        add(text, size, "%s %s", content->set_kind, content->set_name);
    else
        add(text, size, "%s%s%s", content->type[0] != '\0' ? content->type : _("unknown"), content->label[0] != '\0' ? " " : "", content->label);
}

void words_contents(char *text, size_t size, const struct model_disk *disk)
{
    text[0] = '\0';
    for (size_t i = 0; i < disk->content_count; i++)
        add_content(text, size, &disk->contents[i]);
    if (text[0] == '\0')
        add(text, size, "%s", disk->contents_known ? _("nothing that is known") : _("contents not known"));
}

void words_disk(char *text, size_t size, const struct model_disk *disk)
{
    text[0] = '\0';
    if (disk->carries_root)
        add(text, size, "%s", _("the running system is on it"));
    else if (disk->same_as[0] != '\0')
        add(text, size, _("another path to %s"), disk->same_as);
    else if (disk->in_use[0] != '\0')
        add(text, size, _("in use: %s"), disk->in_use);
}

void words_nic(char *text, size_t size, const struct model_nic *nic)
{
    snprintf(text, size, "%s", nic->mac);
    if (nic->link == P2V__LINK__LINK_UP)
        add(text, size, ", %s", _("link"));
    if (nic->link == P2V__LINK__LINK_DOWN)
        add(text, size, ", %s", _("no link"));
    if (nic->speed_mbits != 0)
        add(text, size, ", %" PRIu32 " Mb/s", nic->speed_mbits);
}

void words_progress(char *text, size_t size, const struct model *model, const struct model_disk *disk, uint64_t now_ms)
{
    char number[64];
    uint64_t seconds, done = disk->sent_bytes + disk->zero_bytes;
    bool over = done >= disk->size_bytes || model->result != P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN || rate_is_old(&disk->rate, now_ms);
    words_size(number, sizeof number, over ? disk->sent_bytes : rate_sent(&disk->rate));
    snprintf(text, size, over ? _("%s sent") : "%s/s", number);
    if (done == 0)
        snprintf(text, size, "%s", _("not begun"));
    if (disk->zero_bytes > 0) {
        words_size(number, sizeof number, disk->zero_bytes);
        add(text, size, ", ");
        add(text, size, _("%s zeroes skipped"), number);
    }
    if (!over && done > 0 && rate_left(&disk->rate, disk->size_bytes, &seconds)) {
        words_time(number, sizeof number, seconds);
        add(text, size, ", ");
        add(text, size, _("%s left"), number);
    }
}

void words_phase(char *text, size_t size, const struct model *model)
{
    const char *server = model->server[0] != '\0' ? model->server : _("the conversion server");
    if (model->result == P2V__CONVERSION_RESULT__CONVERSION_DONE)
        snprintf(text, size, "%s", _("The conversion is done."));
    else if (model->result == P2V__CONVERSION_RESULT__CONVERSION_CANCELLED)
        snprintf(text, size, "%s", _("The conversion was cancelled."));
    else if (model->result != P2V__CONVERSION_RESULT__CONVERSION_UNKNOWN)
        snprintf(text, size, "%s", _("The conversion failed."));
    else if (model->phase == P2V__PHASE__PHASE_CONVERTING)
        snprintf(text, size, _("Converting on %s ..."), server);
    else if (model->phase == P2V__PHASE__PHASE_CANCELLING)
        snprintf(text, size, _("Cancelling the conversion on %s ..."), server);
    else
        snprintf(text, size, _("Connecting to %s ..."), server);
}

// The server's own words are marked as such: it must not be able to ask for anything in our name.
static void ask_secret(char *text, size_t size, const struct model_question *question)
{
    text[0] = '\0';
    if (question->too_long) {
        add(text, size, _("That is refused: it must have at most %d bytes."), MODEL_SECRET_MAX);
        add(text, size, "\n\n");
    }
    if (!question->passphrase)
        add(text, size, _("The conversion server asks: %s"), question->prompt);
    else if (question->again && !question->too_long)
        add(text, size, "%s", _("That was not it. Passphrase of the SSH identity:"));
    else
        add(text, size, "%s", _("Passphrase of the SSH identity:"));
}

// The fingerprint comes first, so that no long name pushes it out of sight.
void words_question(char *text, size_t size, const struct model_question *question)
{
    if (question->asked == MODEL_ASKED_HOST_KEY)
        snprintf(text, size, _("%s\n\nis the host key of %s (%s). Compare it with what the server itself shows:\n"
                               "ssh-keygen -l -f /etc/ssh/ssh_host_..._key.pub\n\nIs it the same?"),
                 question->fingerprint, question->server, question->type);
    else
        ask_secret(text, size, question);
}

const char *words_after(const struct model *model)
{
    if (model->result == P2V__CONVERSION_RESULT__CONVERSION_DONE)
        return _("Shut this machine down now, and do not start it from its own disks again: the virtual machine takes its place.");
    return _("Nothing on this machine was changed. The log says more; when the cause is mended, start virt-p2v again.");
}

void words_connected(char *text, size_t size, const struct model *model)
{
    snprintf(text, size, _("Connected. There is virt-v2v %s.\nHost key: %s"), model->virt_v2v, model->fingerprint);
}

void words_directory(char *text, size_t size, const struct model *model)
{
    text[0] = '\0';
    if (model->remote_directory[0] != '\0')
        snprintf(text, size, _("Log files on the conversion server: %s"), model->remote_directory);
}

void words_saved(char *text, size_t size, const struct model_answer *answer)
{
    snprintf(text, size, _("The log was saved as %s on this machine."), answer->text);
}

const char *words_shutdown(void)
{
    return _("Shut this machine down?");
}

const char *words_reboot(const struct model *model)
{
    if (model->result == P2V__CONVERSION_RESULT__CONVERSION_DONE)
        return _("Reboot this machine? It must not start from its own disks any more: the virtual machine has taken its place.");
    return _("Reboot this machine?");
}

void words_about(char *text, size_t size)
{
    snprintf(text, size, _("virt-p2v %s turns this physical machine into a virtual one. It sends the disks, which it only reads, to a conversion server, "
                           "where virt-v2v does the conversion.\n\nLicense: GNU GPL, version 2 or later. It comes without any warranty."), P2V_VERSION);
}
