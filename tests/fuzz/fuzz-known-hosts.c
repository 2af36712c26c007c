// SPDX-License-Identifier: GPL-2.0-or-later
//
// p2v-transport/known-hosts.c and hostkey.c: a known_hosts file, which may come by http, and what is concluded of a key from it.
//
// The input: a line of words, p2v.hostkey's, or the key accepted before after a "="; the rest is the file.
#include "tests/fuzz/fuzz.h"

#include "p2v-transport/hostkey.h"
#include "proto/text.h"

#define WORDS_MAX 8
#define OURS "AAAAC3NzaC1lZDI1NTE5AAAAIM0WZMMPFdUHzFi+0iMAVo8/hg0ZfGKnKU7qSGDr41h1"
#define OURS_PRINT "SHA256:w1r21bg2Yfmkq9xuX2kgPa0M1B75W2LFPTflwKYohU4"

static void count_skipped(void *context, unsigned line, const char *why)
{
    MUST(line > *(unsigned *)context && why[0] != '\0');
    *(unsigned *)context = line;
}

static void judge(const struct known_hosts *file, const P2v__Login *login, const struct host_key *key, const char *accepted)
{
    struct error err = { 0 };
    unsigned skipped = 0;
    if (known_hosts_check(file, count_skipped, &skipped, &err) < 0) {
        MUST(err.text[0] != '\0');
        return;
    }
    enum known_host found = known_hosts_find(file, key->key);
    if (found == KNOWN_HOST_SAME)
        MUST(known_hosts_have_type(file, "ssh-ed25519"));
    enum host_key_verdict verdict = host_key_judge(login, file, key, accepted, &err);
    MUST((verdict == HOST_KEY_BAD) == (err.text[0] != '\0') && text_is_line(err.text));
    if (accepted[0] == '\0' && found == KNOWN_HOST_REVOKED)
        MUST(verdict == HOST_KEY_BAD);
    if (verdict == HOST_KEY_FIRST)
        MUST(found == KNOWN_HOST_NONE && file->size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct host_key key = { .type = "ssh-ed25519", .fingerprint = OURS_PRINT };
    struct input input = { data, size };
    P2v__Login login = P2V__LOGIN__INIT;
    char *words[WORDS_MAX], *line = input_text(input_until(&input, '\n')), *rest = line, *word;
    const char *accepted = "";
    if (key.key == NULL)
        MUST(ssh_pki_import_pubkey_base64(OURS, SSH_KEYTYPE_ED25519, &key.key) == SSH_OK);
    login.host_keys = words;
    while (login.n_host_keys < WORDS_MAX && (word = strsep(&rest, " ")) != NULL) {
        if (word[0] == '=')
            accepted = word + 1;
        else
            words[login.n_host_keys++] = word;
    }
    uint8_t *text = malloc(input.size + 1);        // its end is seen by ASan
    MUST(text != NULL);
    uint8_t *end = text + 1;
    if (input.size > 0)
        memcpy(end, input.data, input.size);
    struct known_hosts file = { .text = (const char *)end, .size = input.size };
    known_hosts_name("conv.EXAMPLE.com", size % 2 ? 22 : 2222, file.name, sizeof file.name);
    judge(&file, &login, &key, accepted);
    free(text);
    free(line);
    return 0;
}
