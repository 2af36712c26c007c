// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of SSH that come from outside: fingerprints, rules about host keys, ciphers.  Pure memory.
#ifndef P2V_PROTO_SSH_NAMES_H
#define P2V_PROTO_SSH_NAMES_H

#include <stdbool.h>

#define SSH_FINGERPRINT_SIZE 51    // "SHA256:", 43 characters, NUL
#define SSH_KNOWN_HOSTS_MAX 24000  // bytes of a known_hosts file: with a key of the largest size it fits one message

// Every cipher that may be asked for; what each is for is said in p2v-transport/algorithms.c.
#define SSH_CIPHERS "aes128-gcm@openssh.com, aes256-gcm@openssh.com, chacha20-poly1305@openssh.com, aes128-ctr, aes192-ctr, aes256-ctr"

// "SHA256:" and the unpadded base64 of 32 bytes, as ssh-keygen -l prints it.
bool ssh_name_is_fingerprint(const char *text);

// What p2v.hostkey may have: a fingerprint, "required" or "ask".
bool ssh_name_is_host_key_rule(const char *text);

// One of SSH_CIPHERS.
bool ssh_name_is_cipher(const char *text);

#endif
