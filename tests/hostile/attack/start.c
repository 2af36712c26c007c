// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/hostile/attack/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/helper.h"
#include "proto/text.h"

#define SECONDS 30
#define LEAK 20                                // a descriptor that whoever starts the helper has forgotten to close

const struct attacker_kind attacker_kinds[] = {
    { INSPECT, "p2v-inspect", "p2v-inspect", NULL },
    { CONTENTS, "p2v-inspect --contents", "p2v-inspect", "--contents" },
    { PLAN, "p2v-plan", "p2v-plan", NULL },
    { EXPORT, "p2v-export", "p2v-export", NULL },
    { EXTERNAL, "p2v-export --external", "p2v-export", "--external=qemu-nbd" },
    { TRANSPORT, "p2v-transport", "p2v-transport", NULL },
    { FETCH, "p2v-fetch", "p2v-fetch", NULL },
    { UI_TEXT, "p2v-ui", "p2v-ui", NULL },
    { UI_TERMINAL, "p2v-ui --front-end=terminal", "p2v-ui", "--front-end=terminal" },
    { UI_GTK, "p2v-ui-gtk", "p2v-ui-gtk", NULL },
};
const size_t attacker_kind_count = sizeof attacker_kinds / sizeof attacker_kinds[0];

// ---- the first messages ----------------------------------------------------------------------------------

static int send_envelope(int channel, const P2v__Envelope *envelope, const int *fds, size_t count, struct error *err)
{
    return channel_send(channel, false, envelope, fds, count, err) == CHANNEL_MESSAGE ? 0 : -1;
}

static int send_disk(enum attacker bit, const struct machine *machine, bool writable, int channel, int data, struct error *err)
{
    char name[] = "sda";
    P2v__ContentsStart contents = P2V__CONTENTS_START__INIT;
    P2v__ExportStart export = P2V__EXPORT_START__INIT;
    contents.name = export.name = name;
    contents.size_bytes = export.size_bytes = 65536;
    P2v__Envelope look = ENVELOPE(contents_start, CONTENTS_START, &contents), serve = ENVELOPE(export_start, EXPORT_START, &export);
    int fds[] = { writable ? machine->disk_writable : machine->disk, data, machine->disk_direct };
    return send_envelope(channel, bit == CONTENTS ? &look : &serve, fds, bit == CONTENTS ? 1 : 3, err);
}

static int send_connection(int channel, int data, struct error *err)
{
    char name[] = "sda";
    P2v__ForwardStart forward = P2V__FORWARD_START__INIT;
    P2v__BandwidthLimit limit = P2V__BANDWIDTH_LIMIT__INIT;
    forward.name = name;
    limit.bits_per_second = 1000000;
    P2v__Envelope first = ENVELOPE(bandwidth_limit, BANDWIDTH_LIMIT, &limit), second = ENVELOPE(forward_start, FORWARD_START, &forward);
    int shared = memfd_create("limit", MFD_CLOEXEC);
    int rc = shared < 0 ? -1 : send_envelope(channel, &first, &shared, 1, err);
    close(shared);
    return rc < 0 ? -1 : send_envelope(channel, &second, &data, 1, err);
}

static int send_question(int channel, struct error *err)
{
    char name[] = "sda", architecture[] = "x86_64";
    P2v__Disk disk = P2V__DISK__INIT, *disks[] = { &disk };
    P2v__Cpu cpu = P2V__CPU__INIT;
    P2v__Rtc rtc = P2V__RTC__INIT;
    P2v__Inventory inventory = P2V__INVENTORY__INIT;
    P2v__Contents contents = P2V__CONTENTS__INIT;
    P2v__Guest guest = P2V__GUEST__INIT;
    P2v__Hardware hardware = P2V__HARDWARE__INIT;
    P2v__PlanAsk ask = P2V__PLAN_ASK__INIT;
    ask.guest = &guest;
    ask.hardware = &hardware;
    disk.name = contents.name = name;
    cpu.sockets = cpu.cores = cpu.threads = 1;
    inventory.architecture = architecture;
    inventory.cpu = &cpu;
    inventory.rtc = &rtc;
    inventory.disks = disks;
    inventory.n_disks = 1;
    P2v__Envelope envelopes[] = {
        ENVELOPE(inventory, INVENTORY, &inventory), ENVELOPE(contents, CONTENTS, &contents), ENVELOPE(plan_ask, PLAN_ASK, &ask),
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof envelopes / sizeof envelopes[0] && rc == 0; i++)
        rc = send_envelope(channel, &envelopes[i], NULL, 0, err);
    return rc;
}

static int send_task(enum attacker bit, const struct machine *machine, bool writable, int channel, struct error *err)
{
    char url[] = "http://127.0.0.1/";
    P2v__InspectStart inspect = P2V__INSPECT_START__INIT;
    P2v__FetchStart fetch = P2V__FETCH_START__INIT;
    P2v__UiStart ui = P2V__UI_START__INIT;
    fetch.url = url;
    fetch.limit = 1;
    P2v__Envelope look = ENVELOPE(inspect_start, INSPECT_START, &inspect), get = ENVELOPE(fetch_start, FETCH_START, &fetch),
                  show = ENVELOPE(ui_start, UI_START, &ui);
    if (bit == INSPECT || bit == FETCH)
        return send_envelope(channel, bit == INSPECT ? &look : &get, NULL, 0, err);
    if (bit & (UI_TEXT | UI_TERMINAL | UI_GTK))
        return send_envelope(channel, &show, NULL, 0, err);
    if (bit == PLAN)
        return send_question(channel, err);
    int data[2];
    if (channel_pair(data) < 0)
        return error_set_errno(err, errno, "cannot make a data channel");
    int rc = bit == TRANSPORT ? send_connection(channel, data[0], err) : send_disk(bit, machine, writable, channel, data[0], err);
    close(data[0]);
    close(data[1]);
    return rc;
}

// ---- the child -------------------------------------------------------------------------------------------

// As p2v-runner/become.c arranges them, with one too many.
static bool arrange(int *wanted, int count)
{
    for (int i = 0; i < count; i++)
        if ((wanted[i] = fcntl(wanted[i], F_DUPFD, 64)) < 0)
            return false;
    for (int i = 0; i < count; i++)
        if (dup2(wanted[i], i) < 0)
            return false;
    sandbox_close_from(count);
    int leak = open("/", O_RDONLY | O_DIRECTORY);
    return dup2(leak, LEAK) == LEAK && close(leak) == 0;
}

_Noreturn static void become(const struct attacker_kind *kind, const struct machine *machine, char *scene, const struct started *started,
                             int channel, int terminal)
{
    char directory[PATH_MAX], path[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", directory, sizeof directory - 1);
    directory[n > 0 ? n : 0] = '\0';
    *strrchr(directory, '/') = '\0';
    snprintf(path, sizeof path, "%s/%s", directory, kind->program);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool ui = terminal >= 0;
    int wanted[] = { ui ? terminal : null, ui ? terminal : null, started->errors, channel, machine->disk };
    if (!arrange(wanted, kind->bit == EXTERNAL ? 5 : 4) || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
        (ui && (setsid() < 0 || ioctl(0, TIOCSCTTY, 0) < 0)))
        _exit(126);
    static char path_variable[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C.UTF-8", term[] = "TERM=xterm",
                display[] = "DISPLAY=" SCENE_DISPLAY;
    char *const environment[] = { path_variable, locale, scene, kind->bit == UI_GTK ? display : term, NULL };
    const char *const argv[] = { kind->program, kind->option, NULL };
    execve(path, (char *const *)argv, environment);
    dprintf(2, "cannot run %s: %s\n", path, strerror(errno));
    _exit(126);
}

// A terminal for the person.  Its helper's end, or -1; *master is -1 where there is none.
static int make_terminal(enum attacker bit, int *master)
{
    char name[64];
    *master = -1;
    if (!(bit & (UI_TEXT | UI_TERMINAL)))
        return -1;
    *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0 || ptsname_r(*master, name, sizeof name) != 0)
        return -1;
    return open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int start_attacker(const struct attacker_kind *kind, const struct machine *machine, int attempt, unsigned layers, struct started *started,
                   struct error *err)
{
    char scene[128];
    int ends[2], slave = make_terminal(kind->bit, &started->terminal);
    snprintf(scene, sizeof scene, SCENE_VARIABLE "=%d %u %d %d %s", attempt, layers, (int)machine->scene.sibling, (int)machine->scene.root,
             machine->scene.other_disk);
    started->errors = memfd_create("errors", MFD_CLOEXEC);
    if (started->errors < 0 || (started->terminal >= 0 && slave < 0) || channel_pair(ends) < 0)
        return error_set_errno(err, errno, "cannot make what %s needs", kind->name);
    started->channel = ends[0];
    // A helper that is the first of its pid namespace cannot see its victims: as the runner does it.
    unsigned long flags = SIGCHLD | (layers & LAYER_NAMESPACES ? CLONE_NEWPID : 0);
    int rc = send_task(kind->bit, machine, layers == 0, ends[0], err);
    started->pid = rc < 0 ? -1 : (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    if (started->pid == 0)
        become(kind, machine, scene, started, ends[1], slave);
    close(ends[1]);
    if (slave >= 0)
        close(slave);
    started->pidfd = started->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, started->pid, 0);
    return started->pidfd >= 0 ? 0 : rc < 0 ? -1 : error_set_errno(err, errno, "cannot start %s", kind->name);
}

// ---- its end ---------------------------------------------------------------------------------------------

static void last_words(const struct started *started, struct error *err)
{
    char text[400] = "";
    ssize_t n = pread(started->errors, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    text_clean_line(text);
    error_set(err, "it never was locked: %s", text);
}

// As long as neither descriptor is readable, what a UI draws is read and thrown away.
static bool wait_for(const struct started *started, int fd)
{
    char drawn[4096];
    struct pollfd polled[] = { { .fd = fd, .events = POLLIN }, { .fd = started->terminal, .events = POLLIN } };
    for (int i = 0; i < SECONDS * 10; i++) {
        poll(polled, 2, 100);
        while (started->terminal >= 0 && read(started->terminal, drawn, sizeof drawn) > 0)
            continue;
        if (polled[0].revents != 0)
            return true;
        if (polled[1].revents & POLLHUP)
            polled[1].fd = -1;
    }
    return false;
}

static int hear(const struct started *started, P2v__Envelope__BodyCase wanted, struct error *err)
{
    struct message in = { 0 };
    struct error broken;
    bool ready = wait_for(started, started->channel) && channel_receive(started->channel, false, &in, &broken) == CHANNEL_MESSAGE &&
                 in.envelope->body_case == wanted;
    if (!ready && in.envelope != NULL && in.envelope->body_case == P2V__ENVELOPE__BODY_FAILURE)
        error_set(err, "%s", in.envelope->failure->text);
    else if (!ready)
        last_words(started, err);
    message_clear(&in);
    return ready ? 0 : -1;
}

int started_is_ready(const struct started *started, struct error *err)
{
    return hear(started, P2V__ENVELOPE__BODY_READY, err);
}

int started_has_all(const struct started *started, struct error *err)
{
    return hear(started, P2V__ENVELOPE__BODY_READY, err) < 0 ? -1 : hear(started, P2V__ENVELOPE__BODY_NOTE, err);
}

static void let_go(struct started *started)
{
    close(started->pidfd);
    close(started->channel);
    close(started->errors);
    if (started->terminal >= 0)
        close(started->terminal);
    started->pid = 0;
}

int started_end(struct started *started, struct error *err)
{
    struct error unlocked;
    int status = -1;
    if (!wait_for(started, started->pidfd)) {
        started_kill(started);
        return error_set(err, "it has not ended within %d seconds", SECONDS);
    }
    if (waitpid(started->pid, &status, 0) != started->pid)
        status = error_set_errno(err, errno, "its end was not seen");
    else if (started_is_ready(started, &unlocked) < 0)
        status = error_set(err, "%s (wait status %#x)", unlocked.text, (unsigned)status);
    let_go(started);
    return status;
}

void started_kill(struct started *started)
{
    kill(started->pid, SIGKILL);
    waitpid(started->pid, NULL, 0);
    let_go(started);
}
