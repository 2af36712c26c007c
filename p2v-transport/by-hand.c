// SPDX-License-Identifier: GPL-2.0-or-later
//
// The options of a person made into the supervisor's messages.  Touches: the files that options name, before the lock;
// standard output.
#include "p2v-transport/by-hand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/small-file.h"
#include "proto/text.h"

const struct option by_hand_options[] = {
    { "server", required_argument, NULL, 's' },
    { "port", required_argument, NULL, 'p' },
    { "user", required_argument, NULL, 'u' },
    { "identity", required_argument, NULL, 'i' },
    { "password-file", required_argument, NULL, 'w' },
    { "sudo", no_argument, NULL, 'S' },
    { "hostkey", required_argument, NULL, 'k' },
    { "known-hosts", required_argument, NULL, 'K' },
    { "ciphers", required_argument, NULL, 'c' },
    { "compress", no_argument, NULL, 'C' },
    { "unix", required_argument, NULL, 'U' },
    { 0 },
};

// "a,b,c" behind what the list has; each must be good.
static bool take_list(char **list, size_t *count, const char *argument, bool good(const char *))
{
    char *rest = (char *)(uintptr_t)argument, *item;
    while ((item = strsep(&rest, ",")) != NULL) {
        if (*count == BY_HAND_LIST_MAX || !good(item)) {
            fprintf(stderr, "p2v-transport: '%s' is not one of what can be given\n", item);
            return false;
        }
        list[(*count)++] = item;
    }
    return true;
}

bool by_hand_option(int option, const char *argument, void *context)
{
    struct by_hand *hand = context;
    char *end;
    unsigned long port;
    switch (option) {
    case 's':
        hand->login.server = (char *)(uintptr_t)argument;
        return text_is_hostname(argument);
    case 'p':
        port = strtoul(argument, &end, 10);
        hand->login.port = (uint32_t)port;
        return *end == '\0' && port >= 1 && port <= 65535;
    case 'u':
        hand->login.username = (char *)(uintptr_t)argument;
        return text_is_username(argument);
    case 'i':
        hand->identity_path = argument;
        return true;
    case 'w':
        hand->password_path = argument;
        return true;
    case 'k':
        hand->login.host_keys = hand->host_keys;
        return take_list(hand->host_keys, &hand->login.n_host_keys, argument, ssh_name_is_host_key_rule);
    case 'K':
        hand->known_hosts_path = argument;
        return true;
    case 'c':
        hand->login.ciphers = hand->ciphers;
        return take_list(hand->ciphers, &hand->login.n_ciphers, argument, ssh_name_is_cipher);
    case 'C':
        hand->login.compress = true;
        return true;
    case 'U':
        hand->unix_socket = argument;
        return true;
    default:
        hand->sudo = true;
        return option == 'S';
    }
}

// The words with blanks between, as ssh(1) does it: the server's login shell splits them again.
static char *join(int count, char *words[])
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    for (int i = 0; file != NULL && i < count; i++)
        fprintf(file, "%s%s", i > 0 ? " " : "", words[i]);
    if (file == NULL || fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

bool by_hand_complete(struct by_hand *hand, int count, char *words[])
{
    static const char *const tasks[] = { [BY_HAND_TEST] = "test-connection", [BY_HAND_FORWARD] = "forward", [BY_HAND_RUN] = "run" };
    int task = -1;
    for (int i = 0; i < (int)(sizeof tasks / sizeof tasks[0]) && count > 0; i++)
        if (strcmp(words[0], tasks[i]) == 0)
            task = i;
    if (task < 0 || (task == BY_HAND_RUN ? count < 2 : count != 1)) {
        fprintf(stderr, "p2v-transport: run by hand it needs test-connection, forward, or run and a command; see --help\n");
        return false;
    }
    hand->task = (enum by_hand_task)task;
    if (hand->login.server[0] == '\0' || hand->login.username[0] == '\0' || (task == BY_HAND_FORWARD && hand->unix_socket == NULL)) {
        fprintf(stderr, "p2v-transport: %s needs --server and --user%s\n", tasks[task], task == BY_HAND_FORWARD ? ", and --unix" : "");
        return false;
    }
    hand->command = task == BY_HAND_RUN ? join(count - 1, words + 1) : NULL;
    return task != BY_HAND_RUN || hand->command != NULL;
}

static bool read_file(const char *path, unsigned char *bytes, size_t size, ProtobufCBinaryData *data)
{
    struct error err;
    if (path == NULL)
        return true;
    data->data = bytes;
    if (small_file_read(path, bytes, size, &data->len, &err) == 0)
        return true;
    fprintf(stderr, "p2v-transport: %s\n", err.text);
    return false;
}

bool by_hand_read(struct by_hand *hand)
{
    P2v__Login *login = &hand->login;
    if (!read_file(hand->identity_path, hand->identity, sizeof hand->identity, &login->identity) ||
        !read_file(hand->password_path, hand->password, sizeof hand->password, &login->password) ||
        !read_file(hand->known_hosts_path, hand->known_hosts, sizeof hand->known_hosts, &login->known_hosts))
        return false;
    const unsigned char *end = memchr(hand->password, '\n', login->password.len);
    if (end != NULL)                       // the first line of the file
        login->password.len = (size_t)(end - hand->password);
    if (hand->known_hosts_path != NULL && login->known_hosts.len == 0)
        fprintf(stderr, "p2v-transport: %s is empty\n", hand->known_hosts_path);
    return hand->known_hosts_path == NULL || login->known_hosts.len > 0;
}

int by_hand_print(const struct login_facts *facts, const struct features *features)
{
    printf("host key        %s\ncipher          %s\nvirt-v2v        %s\ninput drivers  ", facts->fingerprint, facts->cipher, features->version);
    for (size_t i = 0; i < features->input_count; i++)
        printf(" %s", features->input[i]);
    printf("\noutput drivers ");
    for (size_t i = 0; i < features->output_count; i++)
        printf(" %s", features->output[i]);
    printf("\n");
    return fflush(stdout);
}
