// SPDX-License-Identifier: GPL-2.0-or-later
//
// Nothing here is taken from files: no ssh_config, no known_hosts, no agent, no ~/.ssh.
#include "p2v-transport/login.h"

#include <errno.h>
#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "p2v-transport/connect.h"

#define LOGIN_BYTES_MAX (1024 * 1024)  // from the server: a login takes some thousands
#define PASSWORD_MAX 1024
#define IDENTITY_MAX 32768
#define KBDINT_ROUNDS 4
#define KBDINT_PROMPTS 8

// What libssh 0.10 offers without SHA-1, CBC and DSA.  The key exchange that costs least comes first.
#define KEX "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521," \
            "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"
#define HOST_KEYS "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256"
#define MACS "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
#define GCM "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
#define CHACHA "chacha20-poly1305@openssh.com"
#define CTR "aes128-ctr,aes192-ctr,aes256-ctr"

// AES-GCM is twice as fast as ChaCha20 on a CPU with AES instructions (measured), and much slower without.
static bool cpu_has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
    return (getauxval(AT_HWCAP) & HWCAP_AES) != 0;
#else
    return false;
#endif
}

// A server opens no channel and asks nothing of us unless forward.c has asked for it: libssh sends the refusal.
static int refuse_all(ssh_session session, ssh_message message, void *unused)
{
    (void)session, (void)message, (void)unused;
    return 1;
}

static int set_options(ssh_session session, const P2v__Login *login, int fd)
{
    const char *ciphers = cpu_has_aes() ? GCM "," CHACHA "," CTR : CHACHA "," GCM "," CTR;
    bool off = false;
    const struct { enum ssh_options_e option; const void *value; } options[] = {
        { SSH_OPTIONS_PROCESS_CONFIG, &off },
        { SSH_OPTIONS_SSH_DIR, "/nonexistent" },
        { SSH_OPTIONS_KNOWNHOSTS, "/nonexistent/known_hosts" },
        { SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/nonexistent/known_hosts" },
        { SSH_OPTIONS_HOST, login->server },
        { SSH_OPTIONS_USER, login->username },
        { SSH_OPTIONS_FD, &fd },
        { SSH_OPTIONS_CIPHERS_C_S, ciphers },
        { SSH_OPTIONS_CIPHERS_S_C, ciphers },
        { SSH_OPTIONS_KEY_EXCHANGE, KEX },
        { SSH_OPTIONS_HOSTKEYS, HOST_KEYS },
        { SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, HOST_KEYS },
        { SSH_OPTIONS_HMAC_C_S, MACS },
        { SSH_OPTIONS_HMAC_S_C, MACS },
        { SSH_OPTIONS_COMPRESSION, "none" },
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (ssh_options_set(session, options[i].option, options[i].value) < 0)
            return -1;
    ssh_set_blocking(session, 0);
    ssh_set_message_callback(session, refuse_all, NULL);
    return 0;
}

// Waits for the socket until the deadline: 0, or -1 where it has passed or the server babbles: see too_slow().
static int wait_socket(const struct link *link, int64_t deadline)
{
    int64_t left = deadline - clock_ms();
    if (left <= 0 || link->bytes.in_bytes > LOGIN_BYTES_MAX)
        return -1;
    bool write = (ssh_get_poll_flags(link->session) & SSH_WRITE_PENDING) != 0;
    struct pollfd fd = { .fd = link->fd, .events = (short)(POLLIN | (write ? POLLOUT : 0)) };
    int rc = poll(&fd, 1, (int)left);
    return rc == 0 || (rc < 0 && errno != EINTR) ? -1 : 0;
}

static int too_slow(const struct link *link, struct error *err)
{
    if (link->bytes.in_bytes > LOGIN_BYTES_MAX)
        return error_set(err, "%s sends without end and lets nobody log in: check that the port is that of an SSH server", link->server);
    if (ssh_get_serverbanner(link->session) == NULL)
        return error_set(err, "%s accepts connections but says nothing: check that the port is that of an SSH server", link->server);
    return error_set(err, "%s did not complete the login within %d seconds: check the server and the network, and try again", link->server,
                     LOGIN_TIMEOUT_MS / 1000);
}

static int exchange_keys(struct link *link, uint32_t port, int64_t deadline, struct error *err)
{
    int rc;
    while ((rc = ssh_connect(link->session)) == SSH_AGAIN) {
        // libssh makes a socket that it is given blocking when it begins: a long write would then stop everything.
        fcntl(link->fd, F_SETFL, O_NONBLOCK);
        if (wait_socket(link, deadline) < 0)
            return too_slow(link, err);
    }
    if (rc == SSH_OK)
        return 0;
    if (ssh_get_serverbanner(link->session) == NULL)
        return error_set(err, "%s does not speak SSH on port %u: check the port (%s)", link->server, port, ssh_get_error(link->session));
    return error_set(err, "%s and this program cannot agree on a secure connection: %s", link->server, ssh_get_error(link->session));
}

static int learn_host(struct link *link, struct login_facts *facts, struct error *err)
{
    ssh_key key = NULL;
    unsigned char *hash = NULL;
    size_t size = 0;
    char *text = NULL;
    if (ssh_get_server_publickey(link->session, &key) == SSH_OK && ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) == 0)
        text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
    if (text != NULL)
        snprintf(facts->fingerprint, sizeof facts->fingerprint, "%s", text);
    const char *cipher = ssh_get_cipher_out(link->session);
    snprintf(facts->cipher, sizeof facts->cipher, "%s", cipher != NULL ? cipher : "unknown");
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
    ssh_key_free(key);
    return text != NULL ? 0 : error_set(err, "%s has a host key that cannot be read", link->server);
}

// ---- authentication: each returns enum ssh_auth_e, SSH_AUTH_AGAIN where the deadline has passed ------------

// libssh asks for a passphrase here; without this it would ask on the terminal.
static int note_passphrase(const char *prompt, char *answer, size_t size, int echo, int verify, void *asked)
{
    (void)prompt, (void)answer, (void)size, (void)echo, (void)verify;
    *(bool *)asked = true;
    return -1;
}

static int read_key(const P2v__Login *login, ssh_key *key, struct error *err)
{
    char text[IDENTITY_MAX + 1];
    bool asked = false;
    size_t size = login->identity.len;
    if (size > IDENTITY_MAX)
        return error_set(err, "the SSH identity is larger than %d bytes: is it a private key?", IDENTITY_MAX);
    memcpy(text, login->identity.data, size);
    text[size] = '\0';
    int rc = strlen(text) == size ? ssh_pki_import_privkey_base64(text, NULL, note_passphrase, &asked, key) : SSH_ERROR;
    // OpenSSH's own format does not ask before it fails.
    bool encrypted = asked || strstr(text, "ENCRYPTED") != NULL;
    explicit_bzero(text, sizeof text);
    if (rc == SSH_OK)
        return 0;
    if (encrypted)
        return error_set(err, "the SSH identity has a passphrase: make a copy without one (ssh-keygen -p) and give that");
    return error_set(err, "the SSH identity is not a private key that can be read: give the private file, as ssh-keygen wrote it, not the .pub file");
}

static int by_key(struct link *link, const ssh_key key, int64_t deadline)
{
    int rc;
    while ((rc = ssh_userauth_publickey(link->session, NULL, key)) == SSH_AUTH_AGAIN)
        if (wait_socket(link, deadline) < 0)
            break;
    return rc;
}

static int by_password(struct link *link, const char *password, int64_t deadline)
{
    int rc;
    while ((rc = ssh_userauth_password(link->session, NULL, password)) == SSH_AUTH_AGAIN)
        if (wait_socket(link, deadline) < 0)
            break;
    return rc;
}

// RFC 4256: the password answers every question asked without echo, nothing answers the others.
static int by_questions(struct link *link, const char *password, int64_t deadline)
{
    for (int round = 0; round < KBDINT_ROUNDS; round++) {
        int rc;
        while ((rc = ssh_userauth_kbdint(link->session, NULL, NULL)) == SSH_AUTH_AGAIN)
            if (wait_socket(link, deadline) < 0)
                return rc;
        if (rc != SSH_AUTH_INFO)
            return rc;
        int prompts = ssh_userauth_kbdint_getnprompts(link->session);
        if (prompts < 0 || prompts > KBDINT_PROMPTS)
            return SSH_AUTH_DENIED;
        for (unsigned i = 0; i < (unsigned)prompts; i++) {
            char echo = 0;
            ssh_userauth_kbdint_getprompt(link->session, i, &echo);
            if (ssh_userauth_kbdint_setanswer(link->session, i, echo ? "" : password) < 0)
                return SSH_AUTH_ERROR;
        }
    }
    return SSH_AUTH_DENIED;
}

static bool undecided(int rc)
{
    return rc == SSH_AUTH_DENIED || rc == SSH_AUTH_PARTIAL;
}

static int refused(struct link *link, const P2v__Login *login, bool had_key, bool had_password, int rc, struct error *err)
{
    if (rc == SSH_AUTH_AGAIN)
        return too_slow(link, err);
    if (rc != SSH_AUTH_DENIED && rc != SSH_AUTH_PARTIAL)
        return link_lost(link, err);
    link->refused = true;
    if (rc == SSH_AUTH_PARTIAL)
        return error_set(err, "%s wants more than it was given to let user %s in: give both a password and an SSH identity", link->server, login->username);
    if (had_key && had_password)
        return error_set(err, "%s accepts neither the SSH identity nor the password for user %s: check the user name and both of them", link->server, login->username);
    if (had_key)
        return error_set(err, "%s does not accept this SSH identity for user %s: add its public key to the authorized_keys file there", link->server, login->username);
    if (had_password)
        return error_set(err, "%s does not accept this password for user %s: check the user name and password, and that sshd_config there has "
                         "PasswordAuthentication yes (and PermitRootLogin yes for root)", link->server, login->username);
    return error_set(err, "%s lets nobody in without a password or an SSH identity: give one", link->server);
}

static int authenticate(struct link *link, P2v__Login *login, int64_t deadline, struct error *err)
{
    int rc = SSH_AUTH_DENIED;
    bool had_key = login->identity.len > 0, had_password = login->password.len > 0;
    if (had_key) {
        ssh_key key = NULL;
        if (read_key(login, &key, err) < 0) {
            link->refused = true;
            return -1;
        }
        explicit_bzero(login->identity.data, login->identity.len);
        rc = by_key(link, key, deadline);
        ssh_key_free(key);
    }
    if (undecided(rc) && had_password) {
        char password[PASSWORD_MAX + 1] = "";
        size_t size = login->password.len < PASSWORD_MAX ? login->password.len : PASSWORD_MAX;
        memcpy(password, login->password.data, size);
        explicit_bzero(login->password.data, login->password.len);
        rc = by_password(link, password, deadline);
        if (rc == SSH_AUTH_DENIED && (ssh_userauth_list(link->session, NULL) & SSH_AUTH_METHOD_INTERACTIVE))
            rc = by_questions(link, password, deadline);
        explicit_bzero(password, sizeof password);
    }
    return rc == SSH_AUTH_SUCCESS ? 0 : refused(link, login, had_key, had_password, rc, err);
}

// ------------------------------------------------------------------------------------------------------------

static int enter(P2v__Login *login, struct link *link, struct login_facts *facts, struct error *err)
{
    int64_t deadline = clock_ms() + LOGIN_TIMEOUT_MS;
    if (exchange_keys(link, login->port, deadline, err) < 0 || learn_host(link, facts, err) < 0 || authenticate(link, login, deadline, err) < 0)
        return -1;
    link->event = ssh_event_new();
    if (link->event == NULL || ssh_event_add_session(link->event, link->session) != SSH_OK)
        return error_set(err, "out of memory");
    link->heard_at = clock_ms();
    return 0;
}

int login(P2v__Login *request, struct link *link, struct login_facts *facts, struct error *err)
{
    int rc = -1;
    *link = (struct link){ .fd = connect_to(request->server, (uint16_t)request->port, err) };
    snprintf(link->server, sizeof link->server, "%s", request->server);
    if (link->fd >= 0) {
        link->session = ssh_new();
        if (link->session != NULL && set_options(link->session, request, link->fd) == 0) {
            ssh_set_counters(link->session, &link->bytes, NULL);
            rc = enter(request, link, facts, err);
        } else {
            error_set(err, "cannot set up SSH: %s", link->session != NULL ? ssh_get_error(link->session) : "out of memory");
            close(link->fd);
        }
    }
    if (request->password.len > 0)
        explicit_bzero(request->password.data, request->password.len);
    if (request->identity.len > 0)
        explicit_bzero(request->identity.data, request->identity.len);
    if (rc < 0)
        link_close(link);
    return rc;
}
