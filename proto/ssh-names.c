// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of SSH that come from outside.  Pure memory.
#include "proto/ssh-names.h"

#include <string.h>

bool ssh_name_is_fingerprint(const char *text)
{
    return strncmp(text, "SHA256:", 7) == 0 && strlen(text) == SSH_FINGERPRINT_SIZE - 1 &&
           strspn(text + 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") == 43;
}

bool ssh_name_is_host_key_rule(const char *text)
{
    return strcmp(text, "required") == 0 || strcmp(text, "ask") == 0 || ssh_name_is_fingerprint(text);
}

bool ssh_name_is_cipher(const char *text)
{
    size_t size = strlen(text);
    if (size == 0 || strpbrk(text, ", ") != NULL)
        return false;
    for (const char *p = SSH_CIPHERS; p != NULL; p = strstr(p, ", ")) {
        p += strspn(p, ", ");
        if (strncmp(p, text, size) == 0 && (p[size] == ',' || p[size] == '\0'))
            return true;
    }
    return false;
}
