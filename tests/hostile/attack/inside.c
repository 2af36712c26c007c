// SPDX-License-Identifier: GPL-2.0-or-later
//
// The test build of a helper: its own objects, its own policy.c and its own main(), with two things put in between by the linker
// (--wrap): each layer of sandbox_lock() can be left out, and what follows helper_lock() is one attempt in place of the helper's
// work.  The attempt begins with the supervisor's first messages, whose descriptors it then holds.
#include "tests/hostile/attack/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/helper.h"
#include "sandbox/layers.h"
#include "tests/hostile/attack/attempts.h"

#define MAX_PATHS 64

static struct scene scene = { .disk = -1 };
static int attempt = ATTEMPT_WAIT;
static unsigned layers = LAYER_ALL;
static aio_context_t aio_context;

// Before main(), because p2v-ui-gtk makes its environment anew.
__attribute__((constructor)) static void read_scene(void)
{
    const char *words = getenv(SCENE_VARIABLE);
    if (words == NULL || sscanf(words, "%d %u %d %d %31s", &attempt, &layers, &scene.sibling, &scene.root, scene.other_disk) != 5) {
        fprintf(stderr, "this is a test's build of a helper: it wants %s\n", SCENE_VARIABLE);
        _exit(EXIT_USAGE);
    }
}

// ---- the layers ------------------------------------------------------------------------------------------

#define LAYER(NAME) \
    int __real_##NAME(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err); \
    int __wrap_##NAME(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err); \
    int __wrap_##NAME(const struct sandbox_policy *policy, struct sandbox_report *report, struct error *err)

LAYER(namespaces_enter)
{
    return layers & LAYER_NAMESPACES ? __real_namespaces_enter(policy, report, err) : 0;
}

LAYER(caps_drop)
{
    return layers & LAYER_UID ? __real_caps_drop(policy, report, err) : 0;
}

LAYER(limits_apply)
{
    return layers & LAYER_LIMITS ? __real_limits_apply(policy, report, err) : 0;
}

LAYER(seccomp_lock)
{
    return layers & LAYER_SECCOMP ? __real_seccomp_lock(policy, report, err) : 0;
}

// In the machine's own root those paths are not there that only the program's own would have.
LAYER(landlock_restrict)
{
    struct sandbox_policy there = *policy;
    struct sandbox_path paths[MAX_PATHS + 1] = { { NULL } };
    size_t count = 0;
    if (!(layers & LAYER_LANDLOCK))
        return 0;
    if (layers & LAYER_NAMESPACES || policy->paths == NULL)
        return __real_landlock_restrict(policy, report, err);
    for (const struct sandbox_path *path = policy->paths; path->path != NULL && count < MAX_PATHS; path++)
        if (access(path->path, F_OK) == 0)
            paths[count++] = *path;
    there.paths = paths;
    return __real_landlock_restrict(&there, report, err);
}

// ---- the attempt -----------------------------------------------------------------------------------------

aio_context_t inside_aio_context(void)
{
    return aio_context;
}

// A queue's number is the address of its ring (io_setup(2)).
static void find_aio_context(void)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        if (strstr(line, "/[aio]") != NULL)
            aio_context = strtoul(line, NULL, 16);
    if (maps != NULL)
        fclose(maps);
}

// All that the supervisor has sent; the first descriptor of a task about a disk is the disk.
static void take_messages(void)
{
    static struct message taken[8];
    struct error err;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0] && channel_receive(CHANNEL_FD, i == 0, &taken[i], &err) == CHANNEL_MESSAGE; i++)
        if (taken[i].envelope->body_case == P2V__ENVELOPE__BODY_CONTENTS_START || taken[i].envelope->body_case == P2V__ENVELOPE__BODY_EXPORT_START)
            scene.disk = taken[i].fds[0];
}

int __real_helper_lock(struct helper *helper);
int __wrap_helper_lock(struct helper *helper);

int __wrap_helper_lock(struct helper *helper)
{
    find_aio_context();
    if (__real_helper_lock(helper) < 0)
        return -1;
    take_messages();
    if (attempt != ATTEMPT_WAIT)
        _exit(attempts[attempt].make(&scene));
    helper_note(helper, P2V__LEVEL__INFO, "a victim, with all that it was handed");
    struct message in = { 0 };
    struct error err;
    channel_receive(CHANNEL_FD, true, &in, &err);      // until the driver lets go of it
    _exit(EXIT_OK);
}
