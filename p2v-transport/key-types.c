// SPDX-License-Identifier: GPL-2.0-or-later
//
// The types of SSH keys that are used here, of hosts and our own.  The table is the policy.  Pure memory.
#include "p2v-transport/key-types.h"

#include <string.h>

// Not here: ssh-dss (1024 bits, SHA-1); ssh-rsa as an algorithm (SHA-1 signatures: an RSA key signs by SHA-2, or not at all).  RSA keys
// of fewer than ALGORITHMS_RSA_BITS are refused on both sides.
const struct key_type key_types[KEY_TYPES] = {
    { "ssh-ed25519", "ssh-ed25519" },
    { "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256" },
    { "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384" },
    { "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521" },
    { "ssh-rsa", "rsa-sha2-512,rsa-sha2-256" },
};

bool key_type_is_used(const char *name)
{
    for (size_t i = 0; i < KEY_TYPES; i++)
        if (strcmp(name, key_types[i].name) == 0)
            return true;
    return false;
}
