// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the tests of p2v-ui/model*.c stand on: one model without a display, and a pretended supervisor, which says what a test wants and
// keeps the last message that was sent, checked as the real one checks it.
#ifndef P2V_TESTS_UNIT_MODEL_SUPERVISOR_H
#define P2V_TESTS_UNIT_MODEL_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>

#include "p2v-ui/model.h"
#include "proto/configuration.h"
#include "proto/helper.h"

extern struct model model;
extern size_t sent_count;              // messages of this test
extern P2v__Envelope *sent;            // the last of them; NULL: none yet

int model_set_up(void **state);
int model_tear_down(void **state);

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, model_set_up, model_tear_down)

// ---- what the supervisor says --------------------------------------------------------------------------

#define TAKE(FIELD, CASE, POINTER, NOW) model_take(&model, &(P2v__Envelope)ENVELOPE(FIELD, CASE, POINTER), (NOW))

// The first three are taken, or the test fails; the others are true where they are.
void say_start(void);
void say_inventory(void);
void say_settings(void);
void say_settings_disks(const char *disks);        // with these
void say_settings_hidden(void);                    // with an identity and -oo that must not be shown
bool say_connected(bool good, const char *name, const char *text);
bool say_findings(size_t count, bool error);       // at most one
bool say_phase(P2v__Phase phase);
bool say_verdict(void);

// ---- shorthands ----------------------------------------------------------------------------------------

// What the person types into the field of this key.  True where it can be so.
bool type(const char *name, const char *value);

// The steps that a person takes to a dialog, from the beginning.
void reach_connection(void);
void reach_choice(void);
void reach_running(void);

// Of a part of the configuration that was sent, as it would be typed; "" where it is not there.
const char *value_of(const ProtobufCMessage *part, const char *name);

#endif
