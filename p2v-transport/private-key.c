// SPDX-License-Identifier: GPL-2.0-or-later
//
// The SSH identity, in any format that ssh-keygen writes.  Touches: memory; asks for the passphrase.
//
// It is read before there is a connection: however long a person looks for the passphrase, no server waits for it.
#include "p2v-transport/private-key.h"

#include <string.h>

#include "p2v-transport/algorithms.h"
#include "p2v-transport/ask.h"

enum import { IMPORTED, ENCRYPTED, UNREADABLE };

// libssh asks for a passphrase here where none was given; without this it would ask on the terminal.
static int note_passphrase(const char *prompt, char *answer, size_t size, int echo, int verify, void *asked)
{
    (void)prompt, (void)answer, (void)size, (void)echo, (void)verify;
    *(bool *)asked = true;
    return -1;
}

// passphrase: NULL to find out whether one is needed.
static enum import import(const char *text, const char *passphrase, ssh_key *key)
{
    bool asked = false;
    if (ssh_pki_import_privkey_base64(text, passphrase, note_passphrase, &asked, key) == SSH_OK)
        return IMPORTED;
    return asked || strstr(text, "ENCRYPTED") != NULL ? ENCRYPTED : UNREADABLE;
}

static int by_asking(struct helper *helper, const char *text, bool again, ssh_key *key, struct error *err)
{
    P2v__SecretAsk question = P2V__SECRET_ASK__INIT;
    char passphrase[ASK_SECRET_SIZE] = "";
    struct error why = { 0 };
    for (int tries = 0; tries < PRIVATE_KEY_TRIES; tries++) {
        question.again = again || tries > 0;
        enum ask_answer answer = ask_secret(helper, &question, -1, passphrase, &why);
        bool good = answer == ASK_YES && import(text, passphrase, key) == IMPORTED;
        explicit_bzero(passphrase, sizeof passphrase);
        if (good)
            return 0;
        if (answer == ASK_FAILED)
            return error_set(err, "the SSH identity has a passphrase, which was asked for: %s", why.text);
        if (answer == ASK_NOBODY && again)
            return error_set(err, "the SSH identity has another passphrase than the one that was given (p2v.passphrase)");
        if (answer == ASK_NOBODY)
            return error_set(err, "the SSH identity has a passphrase, and there is nobody to ask for it: give it as p2v.passphrase, or give a "
                             "copy of the key without one (ssh-keygen -p)");
        if (answer == ASK_NO)
            return error_set(err, "the SSH identity has a passphrase, and it was not given");
    }
    return error_set(err, "the SSH identity has a passphrase, and %d that were given are wrong", PRIVATE_KEY_TRIES);
}

static int with_passphrase(struct helper *helper, const P2v__Login *login, const char *text, ssh_key *key, struct error *err)
{
    char passphrase[ASK_SECRET_SIZE] = "";
    size_t size = login->passphrase.len < sizeof passphrase ? login->passphrase.len : sizeof passphrase - 1;
    if (size == 0)
        return by_asking(helper, text, false, key, err);
    memcpy(passphrase, login->passphrase.data, size);
    bool good = import(text, passphrase, key) == IMPORTED;
    explicit_bzero(passphrase, sizeof passphrase);
    return good ? 0 : by_asking(helper, text, true, key, err);
}

int private_key_read(struct helper *helper, const P2v__Login *login, ssh_key *key, struct error *err)
{
    char text[PRIVATE_KEY_MAX + 1];
    size_t size = login->identity.len;
    int rc = -1;
    if (size > PRIVATE_KEY_MAX)
        return error_set(err, "the SSH identity is larger than %d bytes: is it a private key?", PRIVATE_KEY_MAX);
    memcpy(text, login->identity.data, size);
    text[size] = '\0';
    enum import found = memchr(text, '\0', size) == NULL ? import(text, NULL, key) : UNREADABLE;
    if (found == IMPORTED)
        rc = 0;
    else if (found == ENCRYPTED)
        rc = with_passphrase(helper, login, text, key, err);
    else
        error_set(err, "the SSH identity is not a private key that can be read: give the private file, as ssh-keygen wrote it, not the .pub file");
    explicit_bzero(text, sizeof text);
    return rc;
}
