// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a function says what went wrong: one sentence for a person, made where it happened.  Pure memory.
#ifndef P2V_PROTO_ERROR_H
#define P2V_PROTO_ERROR_H

#define ERROR_TEXT_MAX 1024

struct error {
    char text[ERROR_TEXT_MAX];   // UTF-8, one line, no secret; "" where nothing went wrong
};

// Writes the sentence (what happened, to what, why, what to do) into err, printf-like, cut to fit.  Control
// characters and invalid UTF-8 that outside input brought in become '?'.  Returns -1, so that a caller can
// `return error_set(...)`.
int error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The same, followed by ": " and strerror(errno_value).
int error_set_errno(struct error *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// clang's analyzer sees one file at a time: it would take both for functions that may return 0.
#ifdef __clang_analyzer__
#define error_set(...) (error_set(__VA_ARGS__), -1)
#define error_set_errno(...) (error_set_errno(__VA_ARGS__), -1)
#endif

#endif
