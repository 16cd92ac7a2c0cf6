/* SPDX-License-Identifier: ISC */
#include "repmon/error.h"

#include "repmon/buf.h"
#include "repmon/limits.h"
#include "repmon/text_fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void error_fill(struct error *err, enum error_class class, const char *file, int line,
                       const char *fmt, va_list args) __attribute__((format(printf, 5, 0)));

static void error_fill(struct error *err, enum error_class class, const char *file, int line,
                       const char *fmt, va_list args)
{
    err->class = class;
    err->line = line;
    text_fit(err->file, sizeof err->file, "%s", file ? file : "");
    text_vfit(err->text, sizeof err->text, fmt, args);
}

bool error_set(struct error *err, enum error_class class, const char *fmt, ...)
{
    if (err && err->class == ERR_NONE) {
        va_list args;
        va_start(args, fmt);
        error_fill(err, class, NULL, 0, fmt, args);
        va_end(args);
    }
    return false;
}

bool error_at(struct error *err, enum error_class class, const char *file, int line,
              const char *fmt, ...)
{
    if (err && err->class == ERR_NONE) {
        va_list args;
        va_start(args, fmt);
        error_fill(err, class, file, line, fmt, args);
        va_end(args);
    }
    return false;
}

bool errors_vadd(struct errors *list, enum error_class class, const char *file, int line,
                 const char *fmt, va_list args)
{
    if (list->count >= LIMIT_ERRORS) {
        list->dropped++;
        return false;
    }
    list->items = mem_grow(list->items, list->count + 1, sizeof *list->items);
    memset(&list->items[list->count], 0, sizeof *list->items);
    error_fill(&list->items[list->count++], class, file, line, fmt, args);
    return false;
}

bool errors_add(struct errors *list, enum error_class class, const char *file, int line,
                const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    errors_vadd(list, class, file, line, fmt, args);
    va_end(args);
    return false;
}

bool errors_take(struct errors *list, const struct error *err)
{
    if (err->class == ERR_NONE)
        return true;
    return errors_add(list, err->class, err->file, err->line, "%s", err->text);
}

void errors_fini(struct errors *list)
{
    free(list->items);
    memset(list, 0, sizeof *list);
}

void error_format(const struct error *err, char *out, size_t size)
{
    if (err->file[0] && err->line)
        snprintf(out, size, "%s:%d: %s", err->file, err->line, err->text);
    else if (err->file[0])
        snprintf(out, size, "%s: %s", err->file, err->text);
    else
        snprintf(out, size, "%s", err->text);
}

int error_exit_code(enum error_class class)
{
    static const int codes[] = {
        [ERR_NONE] = 0,        [ERR_USAGE] = 64,  [ERR_INPUT] = 66, [ERR_UNAVAILABLE] = 69,
        [ERR_BUG] = 70,        [ERR_CREATE] = 73, [ERR_IO] = 74,    [ERR_BUSY] = 75,
        [ERR_PERMISSION] = 77, [ERR_CONFIG] = 78};
    return (size_t) class < sizeof codes / sizeof codes[0] ? codes[class] : 70;
}
