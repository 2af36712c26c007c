// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random names, from the kernel.  Touches: getrandom(2).
#include "p2v-transport/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define RANDOM_LENGTH 8

static void random_word(char word[RANDOM_LENGTH + 1])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char bytes[RANDOM_LENGTH];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        abort();                       // never happens for so few bytes (getrandom(2))
    for (int i = 0; i < RANDOM_LENGTH; i++)
        word[i] = letters[bytes[i] % (sizeof letters - 1)];
    word[RANDOM_LENGTH] = '\0';
}

void names_directory(time_t now, char name[NAMES_DIRECTORY_SIZE])
{
    char word[RANDOM_LENGTH + 1];
    struct tm day;
    gmtime_r(&now, &day);
    random_word(word);
    snprintf(name, NAMES_DIRECTORY_SIZE, "/tmp/virt-p2v-%04u%02u%02u-%s", (unsigned)(day.tm_year + 1900) % 10000u,
             (unsigned)(day.tm_mon + 1) % 100u, (unsigned)day.tm_mday % 100u, word);
}

void names_mark(char name[NAMES_MARK_SIZE])
{
    char word[RANDOM_LENGTH + 1];
    random_word(word);
    snprintf(name, NAMES_MARK_SIZE, "virt-p2v-%s", word);
}
