// SPDX-License-Identifier: GPL-2.0-or-later
//
// What SSH may be made of here: what libssh 0.10 offers, less what is weak.  The tables are the policy.
#include "p2v-transport/algorithms.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "p2v-transport/key-types.h"

// Not here, though libssh has them:
//   diffie-hellman-group1-sha1, -group14-sha1, -group-exchange-sha1     SHA-1; the first also a group of 1024 bits
static const char kex[] =
    "curve25519-sha256,curve25519-sha256@libssh.org,"              // costs least
    "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"    // servers in FIPS mode have no curve25519
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
    "diffie-hellman-group14-sha256";                               // 2048 bits, the smallest

// Not here: hmac-sha1, hmac-sha1-etm (SHA-1), hmac-md5.  None is used with GCM and chacha20, which bring their own.
static const char macs[] = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";

// Not here: aes*-cbc, 3des-cbc (plaintext leaks through CBC in SSH; 3DES has blocks of 64 bits); none.  p2v.ciphers chooses
// among these alone.
#define GCM "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
#define CHACHA "chacha20-poly1305@openssh.com"
#define CTR "aes128-ctr,aes192-ctr,aes256-ctr"

// zlib@openssh.com begins after the login: a server that nobody knows yet gets no decompressor to attack.
static const char compression_on[] = "zlib@openssh.com,none";
static const char compression_off[] = "none";

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

static void append(char *list, size_t size, const char *item)
{
    size_t length = strlen(list);
    snprintf(list + length, size - length, "%s%s", length > 0 ? "," : "", item);
}

// Each once: a list given again and again would be no larger.
static void order_ciphers(const P2v__Login *login, char *list, size_t size)
{
    for (size_t i = 0; i < login->n_ciphers; i++)
        if (strstr(list, login->ciphers[i]) == NULL)
            append(list, size, login->ciphers[i]);
    if (list[0] == '\0')
        append(list, size, cpu_has_aes() ? GCM "," CHACHA "," CTR : CHACHA "," GCM "," CTR);
}

// A server shows one key: of a type that the file knows, if there is one.
static void order_host_keys(const struct known_hosts *known, char *list, size_t size)
{
    for (int wanted = 1; wanted >= 0; wanted--)
        for (size_t i = 0; i < KEY_TYPES; i++)
            if (known_hosts_have_type(known, key_types[i].name) == wanted)
                append(list, size, key_types[i].algorithms);
}

int algorithms_set(ssh_session session, const P2v__Login *login, const struct known_hosts *known)
{
    char ciphers[256] = "", host_keys[256] = "", own_keys[256] = "";
    const char *compression = login->compress ? compression_on : compression_off;
    int rsa_bits = ALGORITHMS_RSA_BITS;
    order_ciphers(login, ciphers, sizeof ciphers);
    order_host_keys(known, host_keys, sizeof host_keys);
    for (size_t i = 0; i < KEY_TYPES; i++)
        append(own_keys, sizeof own_keys, key_types[i].algorithms);
    const struct { enum ssh_options_e option; const void *value; } options[] = {
        { SSH_OPTIONS_CIPHERS_C_S, ciphers },
        { SSH_OPTIONS_CIPHERS_S_C, ciphers },
        { SSH_OPTIONS_KEY_EXCHANGE, kex },
        { SSH_OPTIONS_HOSTKEYS, host_keys },
        { SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, own_keys },
        { SSH_OPTIONS_HMAC_C_S, macs },
        { SSH_OPTIONS_HMAC_S_C, macs },
        { SSH_OPTIONS_COMPRESSION, compression },
        { SSH_OPTIONS_RSA_MIN_SIZE, &rsa_bits },
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (ssh_options_set(session, options[i].option, options[i].value) < 0)
            return -1;
    return 0;
}
