// SPDX-License-Identifier: GPL-2.0-or-later
//
// Is this the server we mean?  Pure memory.
#include "p2v-transport/hostkey.h"

#include <stdio.h>
#include <string.h>

int host_key_take(ssh_session session, struct host_key *key, struct error *err)
{
    unsigned char *hash = NULL;
    size_t size = 0;
    char *text = NULL;
    *key = (struct host_key){ .key = NULL };
    if (ssh_get_server_publickey(session, &key->key) == SSH_OK &&
        ssh_get_publickey_hash(key->key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) == 0)
        text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
    if (text != NULL)
        snprintf(key->fingerprint, sizeof key->fingerprint, "%s", text);
    const char *type = key->key != NULL ? ssh_key_type_to_char(ssh_key_type(key->key)) : NULL;
    snprintf(key->type, sizeof key->type, "%s", type != NULL ? type : "unknown");
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
    if (ssh_name_is_fingerprint(key->fingerprint))
        return 0;
    host_key_free(key);
    return error_set(err, "the server has a host key that cannot be read");
}

void host_key_free(struct host_key *key)
{
    ssh_key_free(key->key);
    *key = (struct host_key){ .key = NULL };
}

static bool says(const P2v__Login *login, const char *rule)
{
    for (size_t i = 0; i < login->n_host_keys; i++)
        if (strcmp(login->host_keys[i], rule) == 0)
            return true;
    return false;
}

static size_t count_pins(const P2v__Login *login, const char **first)
{
    size_t pins = 0;
    for (size_t i = 0; i < login->n_host_keys; i++)
        if (ssh_name_is_fingerprint(login->host_keys[i]) && pins++ == 0)
            *first = login->host_keys[i];
    return pins;
}

enum host_key_verdict host_key_judge(const P2v__Login *login, const struct known_hosts *known, const struct host_key *key,
                                     const char *accepted, struct error *err)
{
    const char *pin = "";
    size_t pins = count_pins(login, &pin);
    enum known_host found = known_hosts_find(known, key->key);
    if (accepted[0] != '\0' && strcmp(accepted, key->fingerprint) == 0)
        return HOST_KEY_GOOD;
    if (accepted[0] != '\0')
        error_set(err, "the host key of %s has changed since this run began: it was %s and is now %s (%s). Somebody may be in between; "
                  "nothing secret was sent to the new one", known->name, accepted, key->fingerprint, key->type);
    else if (found == KNOWN_HOST_REVOKED)
        error_set(err, "the host key of %s, %s %s, is revoked by the known_hosts file: do not use this server", known->name, key->type, key->fingerprint);
    else if (says(login, key->fingerprint) || found == KNOWN_HOST_SAME)
        return HOST_KEY_GOOD;
    else if (pins > 0)
        error_set(err, "%s is not the server that is meant, or has another key: its host key is %s %s in place of %s%s", known->name, key->type,
                  key->fingerprint, pin, pins > 1 ? " (or another that is pinned)" : "");
    else if (found == KNOWN_HOST_OTHER)
        error_set(err, "the host key of %s, %s %s, is another than the known_hosts file has: somebody may be in between, or the server has "
                  "new keys", known->name, key->type, key->fingerprint);
    else if (says(login, "required"))
        error_set(err, "the host key of %s, %s %s, is not known, and must be: compare it with the server's own "
                  "(ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub) and give it as p2v.hostkey", known->name, key->type, key->fingerprint);
    else if (says(login, "ask"))
        return HOST_KEY_ASK;
    else if (known->size > 0)
        error_set(err, "%s is not in the known_hosts file: its host key is %s %s", known->name, key->type, key->fingerprint);
    else
        return HOST_KEY_FIRST;
    return HOST_KEY_BAD;
}
