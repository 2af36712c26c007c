// SPDX-License-Identifier: GPL-2.0-or-later
//
// The small files in one piece of memory, and the shell command that takes them out of it.  Touches: the attachments' descriptors.
#include "p2v-transport/bundle.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/text.h"

static int check_name(const struct bundle *bundle, const char *name, struct error *err)
{
    if (!text_is_word(name) || strlen(name) > BUNDLE_NAME_MAX || name[0] == '.' || name[0] == '-' || strcmp(name, "upload") == 0)
        return error_set(err, "a file for the server has a name that is none: %s", name);
    for (size_t i = 0; i < bundle->count; i++)
        if (strcmp(bundle->files[i].name, name) == 0)
            return error_set(err, "two files for the server are named %s", name);
    return 0;
}

// Room for one more file of this size at the end of data: where it goes, or NULL with err.
static char *add(struct bundle *bundle, const char *name, size_t size, struct error *err)
{
    if (check_name(bundle, name, err) < 0)
        return NULL;
    if (bundle->count == BUNDLE_FILES_MAX || size > BUNDLE_FILE_MAX) {
        error_set(err, "the file %s is larger than %d bytes, or there are more than %d", name, BUNDLE_FILE_MAX, BUNDLE_FILES_MAX);
        return NULL;
    }
    char *data = realloc(bundle->data, bundle->size + size + 1);
    if (data == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    bundle->data = data;
    char *place = data + bundle->size;
    memcpy(bundle->files[bundle->count].name, name, strlen(name) + 1);
    bundle->files[bundle->count++].size = size;
    bundle->size += size;
    return place;
}

int bundle_add(struct bundle *bundle, const char *name, const void *data, size_t size, struct error *err)
{
    char *place = add(bundle, name, size, err);
    if (place == NULL)
        return -1;
    memcpy(place, data, size);
    return 0;
}

int bundle_add_fd(struct bundle *bundle, const char *name, int fd, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
        return error_set(err, "the file %s cannot be read", name);
    char *place = add(bundle, name, (size_t)st.st_size, err);
    if (place == NULL)
        return -1;
    for (size_t done = 0; done < (size_t)st.st_size;) {
        ssize_t n = pread(fd, place + done, (size_t)st.st_size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, "the file %s cannot be read", name);
        done += (size_t)n;
    }
    return 0;
}

static void append(char command[BUNDLE_COMMAND_MAX], size_t *used, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void append(char command[BUNDLE_COMMAND_MAX], size_t *used, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(command + *used, BUNDLE_COMMAND_MAX - *used, format, args);
    va_end(args);
    *used = n < 0 || (size_t)n >= BUNDLE_COMMAND_MAX - *used ? BUNDLE_COMMAND_MAX - 1 : *used + (size_t)n;
}

int bundle_command(const struct bundle *bundle, const char *directory, const char *mark, char command[BUNDLE_COMMAND_MAX],
                   struct error *err)
{
    size_t used = 0, offset = 1;
    append(command, &used, "/bin/sh -c 'mkdir -m 0700 %s && cd %s || exit %d; ", directory, directory, BUNDLE_NO_DIRECTORY);
    append(command, &used, "cat > upload && [ $(wc -c < upload) -eq %zu ] || exit %d; ", bundle->size, BUNDLE_NO_UPLOAD);
    // The pieces are cut from the file and not from the pipe: a head may read more of a pipe than it prints.
    for (size_t i = 0; i < bundle->count; i++) {
        append(command, &used, "tail -c +%zu upload | head -c %zu > %s || exit %d; ", offset, bundle->files[i].size, bundle->files[i].name,
               BUNDLE_NO_UPLOAD);
        offset += bundle->files[i].size;
    }
    append(command, &used, "rm upload; exec /bin/sh %s/virt-v2v-wrapper.sh start %s'", directory, mark);
    return used < BUNDLE_COMMAND_MAX - 1 ? 0 : error_set(err, "there are too many files for the server");
}

int bundle_start_command(const char *directory, const char *mark, char command[BUNDLE_COMMAND_MAX], struct error *err)
{
    size_t used = 0;
    append(command, &used, "/bin/sh -c '[ -L %s ] && exit %d; [ -O %s ] && [ -f %s/virt-v2v-wrapper.sh ] || exit %d; exec /bin/sh %s/virt-v2v-wrapper.sh start %s'",
           directory, BUNDLE_ELSEWHERE, directory, directory, BUNDLE_ELSEWHERE, directory, mark);
    return used < BUNDLE_COMMAND_MAX - 1 ? 0 : error_set(err, "the directory's name is too long");
}

void bundle_own(const char *directory, char check[BUNDLE_OWN_MAX])
{
    snprintf(check, BUNDLE_OWN_MAX, "[ -L %s ] && exit %d; [ -e %s ] || exit %d; [ -O %s ] || exit %d;", directory, BUNDLE_FOREIGN, directory,
             BUNDLE_GONE, directory, BUNDLE_FOREIGN);
}

void bundle_wrapper_command(const char *directory, const char *words, char command[BUNDLE_WRAPPER_MAX])
{
    char own[BUNDLE_OWN_MAX];
    bundle_own(directory, own);
    snprintf(command, BUNDLE_WRAPPER_MAX, "/bin/sh -c '%s exec /bin/sh %s/virt-v2v-wrapper.sh %s'", own, directory, words);
}

void bundle_free(struct bundle *bundle)
{
    free(bundle->data);
    *bundle = (struct bundle){ 0 };
}
