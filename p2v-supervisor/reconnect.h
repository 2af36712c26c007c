// SPDX-License-Identifier: GPL-2.0-or-later
//
// A connection that is lost while the conversion runs: another p2v-transport is started in its place, again and again, until
// p2v.reconnect seconds have passed.  Before it, one that cannot be made yet, to the server or for a URL: likewise, until p2v.wait
// seconds have passed since the first failure of the run.  There is this one way for every kind of loss.
#ifndef P2V_SUPERVISOR_RECONNECT_H
#define P2V_SUPERVISOR_RECONNECT_H

#include "p2v-supervisor/supervisor.h"

// This helper's connection is lost, or could not be made again: ends what is left of the helper.  False where nothing is done
// about it: it is no connection, or there is no patience for it (p2v.reconnect, p2v.wait; a test that a person has asked for).
bool reconnect_lost(struct supervisor *sup, struct peer *peer, const char *why);

// This helper's connection does its work; of a p2v-fetch, before what it brings is kept.
void reconnect_made(struct supervisor *sup, struct peer *peer);

// Gives this disk's p2v-export, which lives on, and a new transport a data plane of their own: it never comes through here.  False after
// the conversion has failed of it.
bool reconnect_join(struct supervisor *sup, struct peer *transport, size_t disk);

// Tries again what is due, and fails the conversion where the time is up.
void reconnect_advance(struct supervisor *sup);

// Is a connection lost, for which reconnect_advance() will have something to do?
bool reconnect_waits(const struct supervisor *sup);

// The control connection is wanted now.
void reconnect_hurry(struct supervisor *sup);

// True where virt-v2v may still run on the server, because nobody can tell it to end, or it has not said that it did.
bool reconnect_leaves_job(const struct supervisor *sup);

#endif
