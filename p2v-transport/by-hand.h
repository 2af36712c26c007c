// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport from a shell: its options made into the messages that the supervisor would send.  Touches: the files named
// by the options, before the lock; standard output.
#ifndef P2V_TRANSPORT_BY_HAND_H
#define P2V_TRANSPORT_BY_HAND_H

#include <getopt.h>
#include <stdbool.h>

#include "p2v-transport/features.h"
#include "p2v-transport/login.h"

#define BY_HAND_LIST_MAX 64
enum by_hand_task { BY_HAND_TEST, BY_HAND_FORWARD, BY_HAND_RUN };

struct by_hand {
    enum by_hand_task task;
    char *command;                // owned; of BY_HAND_RUN
    const char *unix_socket;      // of BY_HAND_FORWARD
    int data_channel;             // the same
    P2v__Login login;             // points into the options and the buffers below
    bool sudo;
    const char *identity_path, *password_path, *known_hosts_path;      // NULL: not given
    unsigned char password[1024];
    unsigned char identity[32768];
    unsigned char known_hosts[SSH_KNOWN_HOSTS_MAX + 1];
    char *host_keys[BY_HAND_LIST_MAX], *ciphers[BY_HAND_LIST_MAX];     // into the options
};

extern const struct option by_hand_options[];

// helper_options()'s handler; context is a struct by_hand.
bool by_hand_option(int option, const char *argument, void *context);

// Takes the words after the options.  Is enough given?  Says what is missing on standard error.
bool by_hand_complete(struct by_hand *hand, int count, char *words[]);

// Reads the files that the options name.  False where one cannot be used, which has been told.
bool by_hand_read(struct by_hand *hand);

// Writes to standard output what a login has found.  0, or not 0 where it cannot be written.
int by_hand_print(const struct login_facts *facts, const struct features *features);

#endif
