// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who we are: RFC 4252, and 4256 for questions.  Touches: the SSH socket; asks what only the person knows.
//
// Each of key, password and questions is tried when the server offers it, and once: a wrong password that is tried again and again
// locks its user out.  What the server wants next after a partial success is in the list that came with it.
#include "p2v-transport/authenticate.h"

#include <stdio.h>
#include <string.h>

#include "p2v-transport/algorithms.h"
#include "p2v-transport/ask.h"
#include "p2v-transport/handshake.h"

#define PASSWORD_MAX 1024
#define KBDINT_ROUNDS 8
#define KBDINT_PROMPTS 8

struct attempt {
    struct helper *helper;
    struct link *link;
    const P2v__Login *login;
    ssh_key key;                   // borrowed; NULL: none
    char password[PASSWORD_MAX + 1];
    int64_t deadline;              // put off while a person thinks
    int tried;                     // SSH_AUTH_METHOD_*
    bool weak_key;                 // libssh would not use it
    bool partial;                  // the server has accepted one thing, and wants another
    bool password_told;            // to a question, in this login
    struct error *err;             // set where a person's answer failed
};

// Each returns enum ssh_auth_e; SSH_AUTH_AGAIN where the deadline has passed.
static int by_nothing(struct attempt *attempt)
{
    int rc;
    while ((rc = ssh_userauth_none(attempt->link->session, NULL)) == SSH_AUTH_AGAIN)
        if (handshake_wait(attempt->link, attempt->deadline) < 0)
            break;
    return rc;
}

static int by_key(struct attempt *attempt)
{
    int rc;
    while ((rc = ssh_userauth_publickey(attempt->link->session, NULL, attempt->key)) == SSH_AUTH_AGAIN)
        if (handshake_wait(attempt->link, attempt->deadline) < 0)
            break;
    attempt->weak_key = rc == SSH_AUTH_DENIED && strstr(ssh_get_error(attempt->link->session), "RSA_MIN_SIZE") != NULL;
    return rc;
}

static int by_password(struct attempt *attempt)
{
    int rc;
    while ((rc = ssh_userauth_password(attempt->link->session, NULL, attempt->password)) == SSH_AUTH_AGAIN)
        if (handshake_wait(attempt->link, attempt->deadline) < 0)
            break;
    return rc;
}

// ---- questions -------------------------------------------------------------------------------------------------

// The person's answer to one question, or, where there is no person, what we have: the password for all that is typed unseen.
// 0, or -1 with attempt->err.
static int answer_by_person(struct attempt *attempt, const char *prompt, bool echo, char *answer)
{
    P2v__SecretAsk question = P2V__SECRET_ASK__INIT;
    int64_t began = clock_ms();
    question.kind = P2V__SECRET_KIND__SECRET_QUESTION;
    question.prompt = (char *)(uintptr_t)prompt;
    question.echo = echo;
    enum ask_answer said = ask_secret(attempt->helper, &question, attempt->link->fd, answer, attempt->err);
    attempt->deadline += clock_ms() - began;
    if (said == ASK_NOBODY)
        snprintf(answer, ASK_SECRET_SIZE, "%s", echo ? "" : attempt->password);
    if (said == ASK_NO)
        error_set(attempt->err, "%s asks something to let user %s in, and it was not answered", attempt->link->server, attempt->login->username);
    return said == ASK_NO || said == ASK_FAILED ? -1 : 0;
}

// The password answers the first question that is typed unseen.
static int answer_one(struct attempt *attempt, unsigned number)
{
    char echo = 0, answer[ASK_SECRET_SIZE] = "";
    const char *prompt = ssh_userauth_kbdint_getprompt(attempt->link->session, number, &echo);
    if (!echo && !attempt->password_told && attempt->password[0] != '\0') {
        attempt->password_told = true;
        snprintf(answer, sizeof answer, "%s", attempt->password);
    } else if (answer_by_person(attempt, prompt != NULL ? prompt : "", echo != 0, answer) < 0) {
        return SSH_AUTH_ERROR;
    }
    int rc = ssh_userauth_kbdint_setanswer(attempt->link->session, number, answer);
    explicit_bzero(answer, sizeof answer);
    return rc < 0 ? SSH_AUTH_ERROR : SSH_AUTH_INFO;
}

static int by_questions(struct attempt *attempt)
{
    for (int round = 0; round < KBDINT_ROUNDS; round++) {
        int rc;
        while ((rc = ssh_userauth_kbdint(attempt->link->session, NULL, NULL)) == SSH_AUTH_AGAIN)
            if (handshake_wait(attempt->link, attempt->deadline) < 0)
                return rc;
        if (rc != SSH_AUTH_INFO)
            return rc;
        int prompts = ssh_userauth_kbdint_getnprompts(attempt->link->session);
        if (prompts < 0 || prompts > KBDINT_PROMPTS)
            return SSH_AUTH_DENIED;
        for (unsigned i = 0; i < (unsigned)prompts; i++)
            if (answer_one(attempt, i) != SSH_AUTH_INFO)
                return SSH_AUTH_ERROR;
    }
    return SSH_AUTH_DENIED;
}

// ---- one after the other ---------------------------------------------------------------------------------------

// The next method that is offered, has not been tried, and for which we have something; NULL where there is none.
static int (*next_method(struct attempt *attempt, int offered))(struct attempt *)
{
    bool have_password = attempt->password[0] != '\0';
    const struct { int method; bool have; int (*run)(struct attempt *); } methods[] = {
        { SSH_AUTH_METHOD_PUBLICKEY, attempt->key != NULL, by_key },
        { SSH_AUTH_METHOD_PASSWORD, have_password, by_password },
        { SSH_AUTH_METHOD_INTERACTIVE, have_password || attempt->key == NULL || attempt->partial, by_questions },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if ((offered & ~attempt->tried & methods[i].method) && methods[i].have) {
            attempt->tried |= methods[i].method;
            return methods[i].run;
        }
    return NULL;
}

static int go_through(struct attempt *attempt)
{
    int rc = by_nothing(attempt);
    int (*run)(struct attempt *);
    while ((rc == SSH_AUTH_DENIED || rc == SSH_AUTH_PARTIAL) &&
           (run = next_method(attempt, ssh_userauth_list(attempt->link->session, NULL))) != NULL) {
        rc = run(attempt);
        attempt->partial |= rc == SSH_AUTH_PARTIAL;
    }
    return rc;
}

static int refused(const struct attempt *attempt, struct error *err)
{
    const char *server = attempt->link->server, *user = attempt->login->username;
    bool key = attempt->tried & SSH_AUTH_METHOD_PUBLICKEY;
    bool password = (attempt->tried & (SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE)) && attempt->password[0] != '\0';
    if (attempt->weak_key)
        return error_set(err, "the SSH identity is an RSA key of fewer than %d bits, which is not safe any more: make another (ssh-keygen -t ed25519)",
                         ALGORITHMS_RSA_BITS);
    if (attempt->partial && key && password)
        return error_set(err, "%s lets user %s in by the SSH identity and the password together, and accepts one of them only: check the other", server, user);
    if (attempt->partial)
        return error_set(err, "%s wants more than it was given to let user %s in: give both a password and an SSH identity", server, user);
    if (key && password)
        return error_set(err, "%s accepts neither the SSH identity nor the password for user %s: check the user name and both of them", server, user);
    if (key)
        return error_set(err, "%s does not accept this SSH identity for user %s: add its public key to the authorized_keys file there", server, user);
    if (password)
        return error_set(err, "%s does not accept this password for user %s: check the user name and password, and that sshd_config there has "
                         "PasswordAuthentication yes (and PermitRootLogin yes for root)", server, user);
    if (attempt->key != NULL)
        return error_set(err, "%s lets nobody in by an SSH identity (PubkeyAuthentication in sshd_config there): give a password", server);
    if (attempt->password[0] != '\0')
        return error_set(err, "%s lets nobody in by a password (PasswordAuthentication in sshd_config there): give an SSH identity", server);
    if (attempt->tried & SSH_AUTH_METHOD_INTERACTIVE)
        return error_set(err, "%s does not let user %s in: the answers to its questions are not those it wants; without a password or an SSH "
                         "identity somebody must be there to answer", server, user);
    return error_set(err, "%s lets nobody in without a password or an SSH identity: give one", server);
}

int authenticate(struct helper *helper, struct link *link, const P2v__Login *login, const ssh_key key, int64_t deadline, struct error *err)
{
    struct attempt attempt = { .helper = helper, .link = link, .login = login, .key = key, .deadline = deadline, .err = err };
    size_t size = login->password.len < PASSWORD_MAX ? login->password.len : PASSWORD_MAX;
    if (size > 0)
        memcpy(attempt.password, login->password.data, size);
    err->text[0] = '\0';
    int rc = go_through(&attempt);
    if (rc == SSH_AUTH_AGAIN)
        handshake_late(link, err);
    else if (rc == SSH_AUTH_DENIED || rc == SSH_AUTH_PARTIAL)
        link->refused = refused(&attempt, err) < 0;
    else if (rc != SSH_AUTH_SUCCESS && err->text[0] == '\0')
        link_lost(link, err);
    else
        link->refused = rc != SSH_AUTH_SUCCESS;    // a question that was not answered
    explicit_bzero(&attempt, sizeof attempt);
    return rc == SSH_AUTH_SUCCESS ? 0 : -1;
}
