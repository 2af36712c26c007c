// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is there to be attacked (attempts.h says where), in namespaces that nobody else is in: whatever an attempt does to it is
// gone with the driver.
#ifndef P2V_TESTS_ATTACK_SCENE_H
#define P2V_TESTS_ATTACK_SCENE_H

#include "proto/error.h"
#include "tests/hostile/attack/attempts.h"

#define SCENE_DISPLAY ":60706"

struct machine {
    int disk, disk_writable, disk_direct;      // a loop device, three times open; the first and the last are read-only
    char disk_path[32];
    struct scene scene;                        // .sibling is the driver's to fill
};

// Enters the namespaces: returns in a child that is the first process of its own.  0, or -1 with err.
int scene_enter(struct error *err);

// Makes everything.  0, or -1 with err.
int scene_make(struct machine *machine, struct error *err);

// Makes again what the last attempt may have taken away.  0, or -1 with err.
int scene_mend(struct machine *machine, struct error *err);

#endif
