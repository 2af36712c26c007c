// SPDX-License-Identifier: GPL-2.0-or-later
//
// virt-v2v's arguments written as quoted words for a POSIX shell.  Pure memory.
#include "p2v-transport/arguments.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void put_word(FILE *file, const char *word)
{
    fputs(" '", file);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            fputs("'\\''", file);
        else
            fputc(*word, file);
    }
    fputc('\'', file);
}

// An option that was not given is not passed.
static void put_option(FILE *file, const char *option, const char *value)
{
    if (value[0] == '\0')
        return;
    put_word(file, option);
    put_word(file, value);
}

char *arguments_file(const P2v__ConversionStart *start, const char *xml_path, size_t *size)
{
    char *content = NULL;
    FILE *file = open_memstream(&content, size);
    if (file == NULL)
        return NULL;
    const P2v__Output *output = start->output;
    fprintf(file, "sudo=%s patience=%u ports='", start->sudo ? "yes" : "no", start->patience);
    for (size_t i = 0; i < start->machine->n_disks; i++)
        fprintf(file, "%s%u", i > 0 ? " " : "", start->machine->disks[i]->port);
    fputs("'\nset --", file);
    put_word(file, "-v");
    put_word(file, "-x");
    put_option(file, "-i", "libvirtxml");
    put_word(file, xml_path);
    put_option(file, "-o", output->type);
    put_option(file, "-oc", output->connection);
    put_option(file, "-of", output->format);
    put_option(file, "-os", output->storage);
    put_option(file, "-oa", output->allocation);
    for (size_t i = 0; i < output->n_misc; i++)
        put_option(file, "-oo", output->misc[i]);
    fputc('\n', file);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        free(content);
        return NULL;
    }
    return content;
}
