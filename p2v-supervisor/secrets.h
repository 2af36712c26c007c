// SPDX-License-Identifier: GPL-2.0-or-later
//
// The one place of the supervisor where secrets live: locked memory, in no core file, wiped at the end.  They stay there
// because each connection of the run logs in anew.
#ifndef P2V_SUPERVISOR_SECRETS_H
#define P2V_SUPERVISOR_SECRETS_H

#include <stddef.h>

#include "proto/error.h"
#include "proto/p2v.pb-c.h"

#define SECRET_PASSWORD_MAX 1024
#define SECRET_IDENTITY_MAX 32768

struct secrets {
    size_t password_size, identity_size, passphrase_size;    // bytes; 0: none
    unsigned char password[SECRET_PASSWORD_MAX];
    unsigned char identity[SECRET_IDENTITY_MAX];     // a private key file's content
    unsigned char passphrase[SECRET_PASSWORD_MAX];   // of that key
};

// Locked, empty memory; NULL with err.  secrets_free() wipes it (NULL is fine).
struct secrets *secrets_new(struct error *err);
void secrets_free(struct secrets *secrets);

// What a message has brought goes to its place there, and is wiped in the message.  It is not longer than the place: check.c.
void secret_take(ProtobufCBinaryData *from, unsigned char *secret, size_t *size);

#endif
