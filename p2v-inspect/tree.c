// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bounded reading of a tree of small files.  Touches: what the given descriptor leads to, read-only.
#include "p2v-inspect/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/text.h"

int tree_open(int dir, const char *path)
{
    return openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool tree_exists(int dir, const char *path)
{
    struct stat st;
    return fstatat(dir, path, &st, 0) == 0;
}

// Only regular files: a recorded tree may hold a FIFO or a device, and opening those can block or act.
static int open_file(int dir, const char *path)
{
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return -1;
}

ssize_t tree_read_bytes(int dir, const char *path, void *bytes, size_t size)
{
    int fd = open_file(dir, path);
    if (fd < 0)
        return -1;
    size_t used = 0;
    ssize_t n = 1;
    while (used < size && n > 0) {
        n = read(fd, (char *)bytes + used, size - used);
        if (n > 0)
            used += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    close(fd);
    return n < 0 && used == 0 ? -1 : (ssize_t)used;
}

char *tree_trim(char *text)
{
    size_t skip = strspn(text, " \t\n");
    size_t length = strlen(text + skip);
    memmove(text, text + skip, length + 1);
    while (length > 0 && strchr(" \t\n", text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

enum tree_result tree_read_line(int dir, const char *path, char *text, size_t size)
{
    char all[4096];                    // an attribute of sysfs is a page at most
    text[0] = '\0';
    ssize_t n = tree_read_bytes(dir, path, all, sizeof all - 1);
    if (n <= 0)
        return TREE_MISSING;
    while (n > 0 && all[n - 1] == '\0')        // some drivers pad
        n--;
    all[n] = '\0';
    if (strlen(all) != (size_t)n)
        return TREE_BAD;
    tree_trim(all);
    if (strlen(all) >= size || !text_is_line(all))
        return TREE_BAD;
    memcpy(text, all, strlen(all) + 1);
    return all[0] == '\0' ? TREE_MISSING : TREE_READ;
}

bool tree_number(const char *text, uint64_t *number)
{
    *number = 0;
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9')
            return false;
        unsigned digit = (unsigned)(*p - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

enum tree_result tree_read_number(int dir, const char *path, uint64_t *number)
{
    char text[32];
    *number = 0;
    enum tree_result result = tree_read_line(dir, path, text, sizeof text);
    return result != TREE_READ || tree_number(text, number) ? result : TREE_BAD;
}

bool tree_read_link(int dir, const char *path, char *text, size_t size)
{
    ssize_t n = readlinkat(dir, path, text, size);
    bool fits = n > 0 && (size_t)n < size;
    text[fits ? n : 0] = '\0';
    return fits;
}

bool tree_each(int dir, const char *path, tree_visit *visit, void *context)
{
    int fd = tree_open(dir, path);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool more = true;
    struct dirent *entry;
    for (size_t i = 0; more && i < TREE_MAX_ENTRIES && (entry = readdir(stream)) != NULL; i++)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            more = visit(entry->d_name, context);
    closedir(stream);
    return true;
}

// ---- lines ---------------------------------------------------------------------------------------------

bool tree_lines_open(struct tree_lines *lines, int dir, const char *path)
{
    lines->fd = open_file(dir, path);
    lines->start = lines->end = 0;
    lines->left = TREE_MAX_BYTES;
    return lines->fd >= 0;
}

static bool fill(struct tree_lines *lines)
{
    memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
    lines->end -= lines->start;
    lines->start = 0;
    size_t room = sizeof lines->buffer - 1 - lines->end;
    size_t want = room < lines->left ? room : lines->left;
    ssize_t n;
    do
        n = read(lines->fd, lines->buffer + lines->end, want);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    lines->end += (size_t)n;
    lines->left -= (size_t)n;
    return true;
}

char *tree_next_line(struct tree_lines *lines)
{
    for (;;) {
        char *line = lines->buffer + lines->start;
        size_t held = lines->end - lines->start;
        char *newline = memchr(line, '\n', held);
        if (newline != NULL) {
            *newline = '\0';
            lines->start = (size_t)(newline - lines->buffer) + 1;
            return line;
        }
        if (held < sizeof lines->buffer - 1 && fill(lines))
            continue;
        if (held == 0)
            return NULL;
        line = lines->buffer + lines->start;       // fill() may have moved it
        line[held] = '\0';
        lines->start = lines->end;
        return line;
    }
}

void tree_lines_close(struct tree_lines *lines)
{
    close(lines->fd);
    lines->fd = -1;
}
