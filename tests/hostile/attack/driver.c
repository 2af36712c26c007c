// SPDX-License-Identifier: GPL-2.0-or-later
//
// driver --list           the table of attempts: number, group, name, attackers, jobs, note
// driver HELPER [SETTING] every attempt from inside that helper, without any layer, with all, without each, with each alone:
//                         HELPER, setting, number, verdict.  Settings as in attacks.t; one alone where it is given.
//
// A verdict is "killed" (by seccomp), an errno's name, "done", "itself" (done, but in a namespace of its own, where nobody else sees
// it), or "broken: ..." where the attempt could not be made.  Touches: namespaces of its own, and a loop device.
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/hostile/attack/start.h"

static const struct { const char *name; unsigned layers; } settings[] = {
    { "none", 0 },
    { "all", LAYER_ALL },
    { "-seccomp", LAYER_ALL & ~LAYER_SECCOMP },
    { "-uid", LAYER_ALL & ~LAYER_UID },
    { "-namespaces", LAYER_ALL & ~LAYER_NAMESPACES },
    { "-landlock", LAYER_ALL & ~LAYER_LANDLOCK },
    { "-limits", LAYER_ALL & ~LAYER_LIMITS },
    { "seccomp", LAYER_SECCOMP },
    { "uid", LAYER_UID },
    { "namespaces", LAYER_NAMESPACES },
    { "landlock", LAYER_LANDLOCK },
    { "limits", LAYER_LIMITS },
};

static int list(void)
{
    for (size_t i = 0; i < attempt_count; i++) {
        const struct attempt *a = &attempts[i];
        printf("%zu\t%s\t%s\t%u\t%u\t%s\n", i, a->group, a->name, a->attackers, a->job, a->note != NULL ? a->note : "");
    }
    return 0;
}

static void judge(const struct attempt *attempt, const struct scene *scene, int status, const struct error *err)
{
    if (status < 0)
        printf("broken: %s", err->text);
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        printf("killed");
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && strstr(attempt->name, "i386") != NULL)
        printf("ENOSYS");              // a kernel without that entry
    else if (WIFSIGNALED(status))
        printf("broken: signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        printf("%s", strerrorname_np(WEXITSTATUS(status)) != NULL ? strerrorname_np(WEXITSTATUS(status)) : "broken: exit status");
    else
        printf("%s", attempt->outside == NULL || attempt->outside(scene) ? "done" : "itself");
}

// What a locked helper has open, as the kernel's links say it, without what is different each time.
static void list_open(const struct attacker_kind *kind, pid_t pid)
{
    char path[64], target[PATH_MAX];
    printf("%s\tdescriptors\t-\t", kind->name);
    for (int fd = 0; fd < 256; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0)
            continue;
        target[n] = '\0';
        target[strcspn(target, "[" ) + (strncmp(target, "socket:", 7) == 0 ? 0 : strlen(target) - strcspn(target, "["))] = '\0';
        printf("%d=%s ", fd, target);
    }
    printf("\n");
}

static int renew_sibling(const struct attacker_kind *kind, struct machine *machine, struct started *sibling, struct error *err)
{
    if (sibling->pid > 0 && waitpid(sibling->pid, NULL, WNOHANG) == 0)
        return 0;
    if (start_attacker(kind, machine, ATTEMPT_WAIT, LAYER_ALL, sibling, err) < 0 || started_has_all(sibling, err) < 0)
        return -1;
    machine->scene.sibling = sibling->pid;
    return 0;
}

static int attack(const struct attacker_kind *kind, const char *setting, struct machine *machine, struct error *err)
{
    struct started sibling = { 0 }, attacker;
    if (scene_mend(machine, err) < 0 || renew_sibling(kind, machine, &sibling, err) < 0)
        return -1;
    list_open(kind, sibling.pid);
    for (size_t s = 0; s < sizeof settings / sizeof settings[0]; s++)
        for (size_t i = 0; i < attempt_count; i++) {
            if (!(attempts[i].attackers & kind->bit) || (setting != NULL && strcmp(setting, settings[s].name) != 0))
                continue;
            while (waitpid(machine->scene.root, NULL, WNOHANG) > 0)
                machine->scene.root = 0;
            if (scene_mend(machine, err) < 0 || renew_sibling(kind, machine, &sibling, err) < 0)
                return -1;
            if (start_attacker(kind, machine, (int)i, settings[s].layers, &attacker, err) < 0)
                return -1;
            struct error why = { 0 };
            int status = started_end(&attacker, &why);
            printf("%s\t%s\t%zu\t", kind->name, settings[s].name, i);
            judge(&attempts[i], &machine->scene, status, &why);
            printf("\n");
        }
    started_kill(&sibling);
    return 0;
}

int main(int argc, char *argv[])
{
    static struct machine machine;
    struct error err = { 0 };
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list();
    const struct attacker_kind *kind = attacker_kinds;
    while (argc > 1 && kind < attacker_kinds + attacker_kind_count && strcmp(kind->name, argv[1]) != 0)
        kind++;
    if (argc < 2 || argc > 3 || kind == attacker_kinds + attacker_kind_count)
        return fprintf(stderr, "driver: --list, or a helper\n"), 2;
    if (scene_enter(&err) < 0 || scene_make(&machine, &err) < 0 || attack(kind, argv[2], &machine, &err) < 0)
        return fprintf(stderr, "driver: %s: %s\n", kind->name, err.text), 1;
    return 0;
}
