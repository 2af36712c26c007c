// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bounded reading of a tree of small files: the running kernel's /sys and /proc, or a recorded copy of them.
// Whatever is in the tree is hostile: it may be huge, endless, binary, or of the wrong kind.  Every path is relative to
// an open directory, so the same code reads both.  Touches: what the given descriptor leads to, read-only.
#ifndef P2V_INSPECT_TREE_H
#define P2V_INSPECT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TREE_PATH_MAX 512
#define TREE_MAX_ENTRIES 65536         // of one directory
#define TREE_MAX_BYTES (16 << 20)      // of one file read by lines

enum tree_result {
    TREE_READ,                         // the value is there
    TREE_MISSING,                      // no such file, it cannot be read, or it is empty: the machine does not say
    TREE_BAD,                          // too long, or not what a file of this kind may hold
};

// A directory of the tree; -1 where there is none.
int tree_open(int dir, const char *path);
bool tree_exists(int dir, const char *path);

// The first bytes of a regular file; -1 where it cannot be read.
ssize_t tree_read_bytes(int dir, const char *path, void *bytes, size_t size);

// A file of one printable line, spaces round it taken off.  "" unless TREE_READ.
enum tree_result tree_read_line(int dir, const char *path, char *text, size_t size);

// A file of one decimal number.  0 unless TREE_READ.
enum tree_result tree_read_number(int dir, const char *path, uint64_t *number);

// What a symbolic link says, uninterpreted.  False, and "", where there is none or it does not fit.
bool tree_read_link(int dir, const char *path, char *text, size_t size);

// Calls visit with each entry but "." and "..", in no order, until it returns false.  False where there is no directory.
typedef bool tree_visit(const char *name, void *context);
bool tree_each(int dir, const char *path, tree_visit *visit, void *context);

// A file read line by line: tree_lines_open(), tree_next_line() until NULL, tree_lines_close().
struct tree_lines {
    int fd;
    size_t start, end;                 // what of buffer has been read and not yet given out
    size_t left;                       // of TREE_MAX_BYTES
    char buffer[8192];                 // a longer line is given out in pieces
};
bool tree_lines_open(struct tree_lines *lines, int dir, const char *path);
char *tree_next_line(struct tree_lines *lines);
void tree_lines_close(struct tree_lines *lines);

// Takes spaces off both ends, in place; returns text.
char *tree_trim(char *text);

// The whole of text as a decimal number.
bool tree_number(const char *text, uint64_t *number);

#endif
