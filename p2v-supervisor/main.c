// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-supervisor, also called virt-p2v: the hub.  It reads the configuration, forks the runner, locks itself, and then only
// carries checked messages between helpers, as permit.c permits and conversion.c orders.
// May touch: disks, to open them read-only for p2v-export; never the bytes of a disk, a network or a display.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "p2v-supervisor/complete.h"
#include "p2v-supervisor/conversion.h"
#include "p2v-supervisor/hook.h"
#include "p2v-supervisor/kernel-cmdline.h"
#include "p2v-supervisor/peers.h"
#include "p2v-supervisor/permit.h"
#include "p2v-supervisor/policy.h"
#include "p2v-supervisor/reconnect.h"
#include "p2v-supervisor/urls.h"
#include "proto/helper.h"

#define EXIT_CANCELLED 3

static void warn(const char *text)
{
    fprintf(stderr, "virt-p2v: warning: %s\n", text);
}

// ---- configuration -------------------------------------------------------------------------------------

// At most SECRET_PASSWORD_MAX bytes: config-table.c.
static void take_text(char **text, unsigned char *secret, size_t *size)
{
    if (*text == NULL)
        return;
    *size = strlen(*text);
    memcpy(secret, *text, *size);
    config_wipe(text);
}

// Secrets move to locked memory before anything is forked; no other copy of them stays.
static int take_secrets(struct supervisor *sup, struct error *err)
{
    sup->secrets = secrets_new(err);
    if (sup->secrets == NULL)
        return -1;
    take_text(&sup->config.password, sup->secrets->password, &sup->secrets->password_size);
    take_text(&sup->config.passphrase, sup->secrets->passphrase, &sup->secrets->passphrase_size);
    return sup->config.dump_config_and_exit ? 0 : urls_read(sup, err);
}

static int configure(struct supervisor *sup, struct error *err)
{
    bool from_kernel = sup->options.cmdline == NULL;
    char *line = from_kernel ? kernel_cmdline_read(err) : sup->options.cmdline;
    if (line == NULL)
        return -1;
    size_t size = strlen(line);
    int rc = config_init(&sup->config, err) < 0 ? -1 : kernel_cmdline_parse(line, &sup->config, warn, err);
    explicit_bzero(line, size);
    free(line);
    sup->options.cmdline = NULL;
    if (rc == 0 && from_kernel && geteuid() == 0 && sup->config.post == NULL && sup->config.server != NULL)
        rc = config_set(&sup->config, "post", "poweroff", err);      // the manual's default, in the boot image alone
    if (rc == 0 && sup->options.iso && !config_given(&sup->config, &sup->config.wait))
        rc = config_set(&sup->config, "wait", "3600", err);          // a machine that has just been booted
    return rc;
}

// Which NBD server, and how the runner tells p2v-export.  Where none is there builtin stands in: nothing is converted then.
static const char *choose_nbd(struct supervisor *sup, struct error *err)
{
    static char option[64];
    sup->nbd = nbd_list_choose(sup->options.nbd, err);
    if (sup->nbd == NULL)
        sup->nbd = &nbd_servers[0];
    snprintf(option, sizeof option, "--external=%s", sup->nbd->name);
    return sup->nbd->family != NBD_BUILTIN ? option : NULL;
}

static bool is_installed(const struct supervisor *sup, const char *program)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", sup->options.helper_dir, program);
    return access(path, X_OK) == 0;
}

// Which UI: dialogs where the kernel command line does not name the server, on a display if there is one, else on the terminal.
static enum ui choose_ui(const struct supervisor *sup)
{
    bool display = getenv("WAYLAND_DISPLAY") != NULL || getenv("DISPLAY") != NULL;
    if (sup->config.dump_config_and_exit)
        return UI_TEXT;
    if (sup->options.ui != UI_AUTO)
        return sup->options.ui;
    if (sup->config.server != NULL)
        return UI_TEXT;
    return display && is_installed(sup, "p2v-ui-gtk") ? UI_GTK : isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? UI_TERMINAL : UI_TEXT;
}

static void set_ui(struct supervisor *sup, struct runner_list *list)
{
    enum ui ui = choose_ui(sup);
    sup->dialogs = ui != UI_TEXT;
    sup->ui_program = ui == UI_GTK ? "p2v-ui-gtk" : "p2v-ui";
    list->ui_program = sup->ui_program;
    list->ui_option = ui == UI_TERMINAL ? "--front-end=terminal" : NULL;
    list->display = ui == UI_GTK;
    list->shell = sup->options.allow_shell;
    list->power = sup->options.iso;
}

// In the boot image there is a supervisor on each console.  Not before the runner is forked, which would share the lock.
static int open_machine(struct supervisor *sup, struct error *err)
{
    const char *path = "/run/virt-p2v.lock";
    if (!sup->options.iso)
        return 0;
    sup->machine_fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    return sup->machine_fd >= 0 ? 0 : error_set_errno(err, errno, "cannot open %s, by which virt-p2v on several consoles agrees who converts", path);
}

// ---- the loop ------------------------------------------------------------------------------------------

static int watch_signals(struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);               // a terminal that is closed does not end a conversion
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd >= 0 ? fd : error_set_errno(err, errno, "cannot watch for signals");
}

// Until the deadline, or until a lost connection is tried again.  -1: for ever.
static int seconds_left(const struct supervisor *sup, bool *deadline)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    time_t again = reconnect_next(sup), next = sup->deadline.tv_sec;
    *deadline = next != 0 && (again == 0 || next <= again);
    if (!*deadline)
        next = again;
    return next == 0 ? -1 : next <= now.tv_sec ? 0 : (int)(next - now.tv_sec);
}

// A display that is slow holds the output back where it comes from: nothing is read from transports and hooks
// meanwhile.
static bool is_held_back(const struct peer *peer, const struct peer *ui)
{
    return peer->program == RUN_TRANSPORT && ui != NULL && ui->queued > 0;
}

#define POLL_RUNNER 0
#define POLL_SIGNALS 1
#define POLL_HOOK 2
#define POLL_PEERS 3

static size_t poll_set(struct supervisor *sup, struct pollfd *polled, struct peer **polled_peers)
{
    const struct peer *ui = peer_ui(sup);
    size_t count = POLL_PEERS;
    bool hook = sup->hook.fd > 0 && (ui == NULL || ui->queued == 0);
    polled[POLL_RUNNER] = (struct pollfd){ .fd = sup->runner.fd, .events = POLLIN };
    polled[POLL_SIGNALS] = (struct pollfd){ .fd = sup->signals, .events = POLLIN };
    polled[POLL_HOOK] = (struct pollfd){ .fd = hook ? sup->hook.fd : -1, .events = POLLIN };
    for (size_t i = 0; i < MAX_PEERS; i++) {
        struct peer *peer = &sup->peers[i];
        if (peer->id == 0 || peer->fd < 0 || is_held_back(peer, ui))
            continue;
        polled_peers[count] = peer;
        polled[count++] = (struct pollfd){ .fd = peer->fd, .events = (short)(POLLIN | (peer->queued > 0 ? POLLOUT : 0)) };
    }
    return count;
}

// True where there was a message.
static bool hear_peer(struct supervisor *sup, struct peer *peer)
{
    struct message in = { 0 };
    struct error err;
    switch (channel_receive(peer->fd, false, &in, &err)) {
    case CHANNEL_MESSAGE:
        permit_dispatch(sup, peer, &in);
        message_clear(&in);
        return true;
    case CHANNEL_BROKEN:
        peer_end(sup, peer);
        conversion_fail(sup, "%s has been ended, and the conversion with it: %s", runner_program_name(peer->program), err.text);
        break;
    case CHANNEL_CLOSED:           // why it ended, the runner tells; one that lives on without its channel ends now, and the
        runner_kill(&sup->runner, peer->id);   //   others keep their status: it was decided before their channel was closed
        close(peer->fd);
        peer->fd = -1;
        break;
    case CHANNEL_AGAIN:
        break;
    }
    return false;
}

static void serve_peer(struct supervisor *sup, struct peer *peer, short events)
{
    struct error err;
    if ((events & POLLOUT) && peer_flush(peer, &err) < 0)
        conversion_fail(sup, "%s", err.text);
    if ((events & (POLLIN | POLLHUP | POLLERR)) && peer->fd >= 0)
        hear_peer(sup, peer);
}

static void hear_runner(struct supervisor *sup)
{
    struct runner_event event;
    while (sup->phase != PHASE_OVER && runner_next(&sup->runner, &event)) {
        if (event.kind == RUNNER_GONE) {               // and every helper with it, the UI too
            struct peer *ui = peer_ui(sup);
            if (ui != NULL)
                peer_close(ui);
            conversion_fail(sup, "the process that starts helpers has died");
            sup->phase = PHASE_OVER;
        } else if (event.kind != RUNNER_STARTED) {
            // What it said last comes before its end, also where both came after poll() had looked.
            struct peer *peer = peer_by_id(sup, event.id);
            while (peer != NULL && peer->fd >= 0 && hear_peer(sup, peer))
                ;
            conversion_program_ended(sup, &event);
        }
    }
}

static void loop(struct supervisor *sup)
{
    struct pollfd polled[POLL_PEERS + MAX_PEERS];
    struct peer *polled_peers[POLL_PEERS + MAX_PEERS];
    struct signalfd_siginfo signal_info;
    while (sup->phase != PHASE_OVER) {
        size_t count = poll_set(sup, polled, polled_peers);
        bool deadline;
        int seconds = seconds_left(sup, &deadline);
        int n = poll(polled, count, seconds < 0 ? -1 : seconds * 1000);
        if (n == 0 && deadline)
            conversion_deadline(sup);
        if (n > 0 && polled[POLL_HOOK].revents != 0)
            hook_hear(sup);
        for (size_t i = POLL_PEERS; n > 0 && i < count; i++)
            if (polled[i].revents != 0 && polled_peers[i]->fd == polled[i].fd)
                serve_peer(sup, polled_peers[i], polled[i].revents);
        if (n > 0 && polled[POLL_RUNNER].revents != 0)           // after the helpers: what one said last comes before its end
            hear_runner(sup);
        if (n > 0 && polled[POLL_SIGNALS].revents != 0 && read(sup->signals, &signal_info, sizeof signal_info) > 0)
            conversion_cancel(sup);
        conversion_advance(sup);
    }
}

// ---- main ----------------------------------------------------------------------------------------------

static int give_up(const struct error *err)
{
    fprintf(stderr, "virt-p2v: error: %s\n", err->text);
    return EXIT_FAILED;
}

int main(int argc, char *argv[])
{
    static struct supervisor sup;                      // too large for the stack
    struct sandbox_report report;
    struct error err = { 0 }, early = { 0 };
    int status;
    if (!options_parse(&sup.options, argc, argv, &status))
        return status;
    sandbox_close_from(3);
    // What is wrong with the configuration is told where every failure is told, so that p2v.fail runs for it as well.
    bool configured = configure(&sup, &early) == 0;
    if (sup.config.dump_config_and_exit && !configured)
        return give_up(&early);
    if (take_secrets(&sup, configured ? &early : &err) < 0 && sup.secrets == NULL)
        return give_up(configured ? &early : &err);
    const char *export_option = choose_nbd(&sup, configured ? &early : &err);
    dump_prepare();
    struct runner_list list = { .helper_dir = sup.options.helper_dir, .pre = sup.config.pre, .post = sup.config.post, .fail = sup.config.fail,
                                .export_option = export_option };
    set_ui(&sup, &list);
    if (runner_start(&sup.runner, &list, &err) < 0 || (sup.signals = watch_signals(&err)) < 0 || open_machine(&sup, &err) < 0 ||
        sandbox_lock(&supervisor_policy, &report, &err) < 0)
        return give_up(&err);
    conversion_begin(&sup);
    if (early.text[0] != '\0')
        conversion_fail(&sup, "%s", early.text);
    loop(&sup);
    secrets_free(sup.secrets);
    return sup.outcome == OUTCOME_DONE ? EXIT_OK : sup.outcome == OUTCOME_CANCELLED ? EXIT_CANCELLED : EXIT_FAILED;
}
