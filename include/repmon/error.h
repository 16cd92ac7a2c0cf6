/* SPDX-License-Identifier: ISC */
/*
 * Errors of the program, its configuration or its machine. Remote trouble is never one of these:
 * it is an unknown outcome with a cause.
 *
 * What can fail returns bool and takes `struct error *` last. The caller owns the struct (zeroed
 * by `= {0}`), may pass NULL, and the first error stays: later ones are ignored.
 */
#ifndef REPMON_ERROR_H
#define REPMON_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Each class is one exit code of sysexits(3); see error_exit_code(). */
enum error_class {
    ERR_NONE = 0,
    ERR_USAGE,       /* 64: the command line */
    ERR_INPUT,       /* 66: an input that is missing or unreadable */
    ERR_UNAVAILABLE, /* 69: nothing could be queried, or no channel took the digest */
    ERR_BUG,         /* 70 */
    ERR_CREATE,      /* 73: a file that can't be made */
    ERR_IO,          /* 74 */
    ERR_BUSY,        /* 75: another run holds the lock */
    ERR_PERMISSION,  /* 77 */
    ERR_CONFIG       /* 78 */
};

struct error {
    enum error_class class;
    int line;        /* 0: no line */
    char file[512];  /* "": no file */
    char text[1024]; /* what is wrong and what to do; never a secret, never raw outside text */
};

/* All the errors of one file, in the order found. Zero is empty. */
struct errors {
    struct error *items; /* owned */
    size_t count;
    size_t dropped; /* beyond LIMIT_ERRORS */
};

/*
 * Sets the error unless one is set. Always returns false, so that `return error_set(…)` reads well.
 */
bool error_set(struct error *err, enum error_class class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a place. `file` may be NULL. */
bool error_at(struct error *err, enum error_class class, const char *file, int line,
              const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Adds one error to the list; always returns false. */
bool errors_add(struct errors *list, enum error_class class, const char *file, int line,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));
bool errors_vadd(struct errors *list, enum error_class class, const char *file, int line,
                 const char *fmt, va_list args) __attribute__((format(printf, 5, 0)));

/* Adds a copy of `err` when it is set; returns false then. */
bool errors_take(struct errors *list, const struct error *err);
void errors_fini(struct errors *list);

/* "FILE:LINE: text", "FILE: text" or "text", into out (always terminated). */
void error_format(const struct error *err, char *out, size_t size);

int error_exit_code(enum error_class class);

#endif
