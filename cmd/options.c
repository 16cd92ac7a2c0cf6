/* SPDX-License-Identifier: ISC */
#include "options.h"

#include "repmon/buf.h"
#include "repmon/suggest.h"
#include "repmon/text_wrap.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH       78
#define LEAST_WIDTH 40
#define HELP_COLUMN 28
#define HELP_BYTES  65536
#define LONG_BASE   256 /* values of long options; short ones are their letters */
#define SHOWN_WORD  64  /* of a word we repeat */

struct options_table {
    struct option *longs; /* owned; the last one is empty */
    struct buf shorts;
};

static void options_table_init(struct options_table *table, const struct option_group *groups,
                               size_t count, bool stop)
{
    size_t rows = 0, next = 0;
    for (size_t g = 0; g < count; g++)
        rows += groups[g].count;
    table->longs = mem_array(rows + 1, sizeof *table->longs);
    buf_init(&table->shorts, 512);
    buf_str(&table->shorts, stop ? "+:" : ":");
    for (size_t g = 0; g < count; g++) {
        for (size_t i = 0; i < groups[g].count; i++) {
            const struct option_row *row = &groups[g].rows[i];
            table->longs[next] =
                (struct option){.name = row->name,
                                .has_arg = row->arg ? required_argument : no_argument,
                                .val = LONG_BASE + (int)next};
            next++;
            if (!row->letter || strchr(buf_text(&table->shorts) + 1, row->letter))
                continue;
            buf_char(&table->shorts, row->letter);
            if (row->arg)
                buf_char(&table->shorts, ':');
        }
    }
}

static void options_table_fini(struct options_table *table)
{
    free(table->longs);
    buf_fini(&table->shorts);
}

/* The row of getopt's value; false when there is none. */
static bool options_find(const struct option_group *groups, size_t count, int value, size_t *group,
                         size_t *row)
{
    int next = LONG_BASE;
    for (size_t g = 0; g < count; g++) {
        for (size_t i = 0; i < groups[g].count; i++, next++) {
            if (value == next || (value < LONG_BASE && groups[g].rows[i].letter == value)) {
                *group = g;
                *row = i;
                return true;
            }
        }
    }
    return false;
}

/* The long option that was perhaps meant; NULL: none. */
static const char *options_nearest_option(const struct options_table *table, const char *typed)
{
    struct suggestion s = {.typed = typed};
    for (const struct option *o = table->longs; o->name; o++)
        suggest_offer(&s, o->name);
    return s.word;
}

static bool options_complain(const struct options_table *table, int value, const char *word,
                             struct error *err)
{
    struct buf shown;
    buf_init(&shown, 512);
    if (optopt > 0 && optopt < LONG_BASE && strncmp(word, "--", 2) != 0)
        buf_fmt(&shown, "-%c", optopt >= 0x20 && optopt < 0x7f ? optopt : '?');
    else
        buf_clean(&shown, word, strcspn(word, "="), SHOWN_WORD);
    const char *typed = buf_text(&shown);
    const char *near =
        strncmp(typed, "--", 2) == 0 ? options_nearest_option(table, typed + 2) : NULL;
    if (value == ':')
        error_set(err, ERR_USAGE, "%s needs an argument", buf_text(&shown));
    else if (optopt >= LONG_BASE)
        error_set(err, ERR_USAGE, "%s takes no argument", buf_text(&shown));
    else if (near)
        error_set(err, ERR_USAGE, "unknown option %s; did you mean --%s?", buf_text(&shown), near);
    else
        error_set(err, ERR_USAGE, "unknown option %s", buf_text(&shown));
    buf_fini(&shown);
    return false;
}

int options_parse(const struct option_group *groups, size_t count, int argc, char **argv, bool stop,
                  struct error *err)
{
    struct options_table table;
    bool ok = true;
    int value;
    options_table_init(&table, groups, count, stop);
    opterr = 0;
    optind = 0; /* glibc: start afresh */
    while (ok &&
           (value = getopt_long(argc, argv, buf_text(&table.shorts), table.longs, NULL)) != -1) {
        size_t group, row;
        if (value == '?' || value == ':' || !options_find(groups, count, value, &group, &row)) {
            int at = optind > 1 && optind <= argc ? optind - 1 : 1;
            ok = options_complain(&table, value, argc > at ? argv[at] : "", err);
        } else {
            ok = groups[group].set(groups[group].data, row, optarg, err);
        }
    }
    options_table_fini(&table);
    return ok ? optind : -1;
}

/* Never wider than is easy to read, never wider than the terminal. */
unsigned help_width(FILE *out)
{
    struct winsize size;
    bool narrow = isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 &&
                  size.ws_col >= LEAST_WIDTH && size.ws_col <= WIDTH;
    return narrow ? size.ws_col - 1u : WIDTH;
}

void help_words(FILE *out, unsigned at, unsigned indent, const char *text)
{
    struct buf lines;
    buf_init(&lines, HELP_BYTES);
    text_wrap(&lines, text, at, indent, help_width(out));
    fprintf(out, "%s\n", buf_text(&lines));
    buf_fini(&lines);
}

void options_help(FILE *out, const struct option_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct option_row *row = &group->rows[i];
        char left[64];
        int len = snprintf(left, sizeof left, "  %c%c%s--%s%s%s", row->letter ? '-' : ' ',
                           row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
                           row->arg ? " " : "", row->arg ? row->arg : "");
        if (len >= HELP_COLUMN - 1) {
            fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
        } else {
            fprintf(out, "%-*s", HELP_COLUMN, left);
        }
        help_words(out, HELP_COLUMN, HELP_COLUMN, row->help);
    }
}
