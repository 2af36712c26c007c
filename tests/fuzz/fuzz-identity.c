// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/private-key.c: a private key's file, which may come by http, through libssh.
//
// The input: a line of words, p2v.passphrase and then what a person types; the rest is the file.
//
// A passphrase is made into a key in as many rounds as the file says, and OpenSSH's format lets that be 2^32: days.  libssh has no
// bound for it, and the supervisor's deadline for a login is what ends it.  Such files are passed over here.
#include "tests/fuzz/fuzz.h"

#include "p2v-transport/ask.h"
#include "p2v-transport/private-key.h"
#include "proto/text.h"

// libssh 0.10.6 leaks a few bytes of some files that it refuses; what we leaked of its would be a key that is not NULL below.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libssh.so\n"; }

static char *typed;                    // what is left of it

enum ask_answer ask_secret(struct helper *helper, const P2v__SecretAsk *question, int fd, char *secret, struct error *err)
{
    (void)helper;
    MUST(question->kind == P2V__SECRET_KIND__SECRET_PASSPHRASE && fd == -1);
    const char *word = strsep(&typed, " ");
    if (word == NULL)
        return ASK_NOBODY;
    if (strcmp(word, "-") == 0)
        return ASK_NO;
    if (strcmp(word, "+") == 0)
        return error_set(err, "no answer in time"), ASK_FAILED;
    snprintf(secret, ASK_SECRET_SIZE, "%s", word);
    return ASK_YES;
}

// ---- the rounds ----------------------------------------------------------------------------------------

static struct input take_string(struct input *input)
{
    uint32_t size = __builtin_bswap32((uint32_t)input_number(input, 4));
    return input_take(input, size);
}

static size_t decode_base64(const char *text, uint8_t *bytes, size_t room)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t used = 0;
    uint32_t bits = 0, count = 0;
    for (const char *letter; *text != '\0' && *text != '-' && used < room; text++) {
        if ((letter = strchr(letters, *text)) == NULL)
            continue;
        bits = bits << 6 | (uint32_t)(letter - letters);
        count += 6;
        if (count >= 8)
            bytes[used++] = (uint8_t)(bits >> (count -= 8));
    }
    return used;
}

// "openssh-key-v1", NUL; strings: cipher, the function, its options; in them strings: salt; and the rounds (PROTOCOL.key).
static bool takes_days(const char *text)
{
    static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
    const char *base64 = strstr(text, begin);
    if (base64 == NULL)
        return false;
    uint8_t bytes[1024];
    struct input all = { bytes, decode_base64(base64 + sizeof begin - 1, bytes, sizeof bytes) };
    input_take(&all, 15);
    take_string(&all);
    take_string(&all);
    struct input options = take_string(&all);
    take_string(&options);
    return __builtin_bswap32((uint32_t)input_number(&options, 4)) > 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    struct error err = { 0 };
    ssh_key key = NULL;
    char *all = input_text(input);
    bool days = takes_days(all);
    free(all);
    if (days)
        return 0;
    char *line = input_text(input_until(&input, '\n'));
    typed = line;
    char *passphrase = strsep(&typed, " ");
    uint8_t *file = malloc(input.size + 1);
    MUST(file != NULL);
    if (input.size > 0)
        memcpy(file + 1, input.data, input.size);
    P2v__Login login = P2V__LOGIN__INIT;
    login.passphrase = (ProtobufCBinaryData){ .len = strlen(passphrase), .data = (uint8_t *)passphrase };
    login.identity = (ProtobufCBinaryData){ .len = input.size, .data = file + 1 };
    if (private_key_read(NULL, &login, &key, &err) == 0)
        MUST(key != NULL && ssh_key_is_private(key) == 1);
    else
        MUST(key == NULL && err.text[0] != '\0' && text_is_line(err.text));
    ssh_key_free(key);
    free(file);
    free(line);
    return 0;
}
