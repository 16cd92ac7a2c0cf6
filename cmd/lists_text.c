/* SPDX-License-Identifier: ISC */
#include "lists.h"

#include "options.h"
#include "repmon/clock.h"
#include "repmon/common_cause.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_MAX   34 /* longer zones push their line to the right */
#define ZONE_SMALL 26 /* on a small terminal */
#define SMALL      100
#define RED        "\033[31m"
#define GREEN      "\033[32m"
#define YELLOW     "\033[33m"
#define BOLD       "\033[1m"
#define PLAIN      "\033[0m"
#define INDENT     6
#define KEY_WIDTH  7
#define COLUMNS_WIDTH                                                                              \
    (2 + 2 + 8 + 2 + 5 + 2 + 4 + 2 + KEY_WIDTH + 2) /* what lists_on_line() prints besides */
#define WORD_WIDTH 9

static const char *lists_families(const struct dnsbl_list *list)
{
    unsigned bits = list->families;
    if (list->domains)
        return "name";
    if (bits == (FAMILY_4 | FAMILY_6))
        return "4 6";
    return bits == FAMILY_6 ? "  6" : "4";
}

/* "10/s 50000/day every 6h", or "-". */
static void lists_limits(const struct dnsbl_list *list, struct buf *out)
{
    if (list->rate > 0)
        buf_fmt(out, "%g/s", list->rate);
    if (list->budget != UINT64_MAX)
        buf_fmt(out, "%s%" PRIu64 "/day", out->len ? " " : "", list->budget);
    if (list->every_ms > 0) {
        char every[32];
        duration_format(list->every_ms, every, sizeof every);
        buf_fmt(out, "%severy %s", out->len ? " " : "", every);
    }
    if (!out->len)
        buf_str(out, "-");
}

static void lists_heading(const struct lists_view *v, const char *text, size_t count)
{
    printf("%s%s: %zu%s\n", v->color ? BOLD : "", text, count, v->color ? PLAIN : "");
}

static int lists_zone_width(const struct lists_view *v)
{
    size_t width = 4, most = v->width && v->width < SMALL ? ZONE_SMALL : ZONE_MAX;
    for (size_t i = 0; i < v->lists->total; i++) {
        const struct dnsbl_list *list = &v->lists->items[i];
        size_t len = strlen(list->zone);
        if (lists_is_shown(v, list) && len > width && len <= most)
            width = len;
    }
    return (int)width;
}

static const char *lists_color_of(const struct self_test_list *t)
{
    if (lists_is_red(t))
        return RED;
    return t->verdict == SELF_TEST_GOOD ? GREEN : YELLOW;
}

static void lists_test_line(const struct lists_view *v, const struct self_test_list *t)
{
    printf("%s%-*s%s", v->color ? lists_color_of(t) : "", WORD_WIDTH, self_test_word(t->verdict),
           v->color ? PLAIN : "");
}

/* Why most lists fail, if they do; those that stand aside are expected to. */
static enum cause lists_cause_in_common(const struct lists_view *v)
{
    struct common_cause c = {0};
    for (size_t i = 0; v->tests && i < v->test_count; i++) {
        if (v->tests[i].families && v->tests[i].verdict != SELF_TEST_STANDS_ASIDE)
            common_cause_add(&c, v->tests[i].cause);
    }
    return common_cause(&c);
}

/* Why a test was not good, and what to do, below its line. */
static void lists_test_words(const struct self_test_list *t, bool common)
{
    if (t->verdict == SELF_TEST_GOOD)
        return;
    const char *lines[] = {t->note,
                           !common && t->cure && strcmp(t->cure, t->note) != 0 ? t->cure : ""};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!lines[i][0])
            continue;
        printf("%*s", INDENT, "");
        help_words(stdout, INDENT, INDENT, lines[i]);
    }
}

static void lists_on_line(const struct lists_view *v, const struct dnsbl_list *list, int width,
                          enum cause common)
{
    const struct self_test_list *t = lists_test(v, list);
    struct buf text;
    buf_init(&text, 128);
    lists_limits(list, &text);
    int zone = (int)strlen(list->zone), least = COLUMNS_WIDTH + (t ? WORD_WIDTH : 0);
    printf("  %-*s  ", width, list->zone);
    if (v->width && zone > width && zone + least > (int)v->width) {
        printf("\n  %-*s  ", width, "");
        zone = width;
    }
    if (t)
        lists_test_line(v, t);
    if (t && t->cause != CAUSE_NONE)
        buf_fmt(&text, "  %s", cause_word(t->cause));
    int at = (zone > width ? zone : width) + least;
    bool below = v->width && at + (int)text.len > (int)v->width;
    printf("%-8s  %-5s  %-4s  %-*s", severity_word(list->severity), list_kind_word(list->kind),
           lists_families(list), below ? 0 : KEY_WIDTH, lists_key_word(list));
    if (below)
        printf("\n%*s%s\n", INDENT, "", buf_text(&text));
    else
        printf("  %s\n", buf_text(&text));
    buf_fini(&text);
    if (t) {
        lists_test_words(t, t->cause != CAUSE_NONE && t->cause == common);
    } else if (!lists_is_on(list)) {
        printf("%*s", INDENT, "");
        help_words(stdout, INDENT, INDENT, lists_why(list));
    }
}

static void lists_print_on(const struct lists_view *v, int width)
{
    lists_heading(v, v->tests ? "queried and tested" : "queried", v->lists->count);
    if (v->lists->count)
        printf("  %-*s  %*s%-8s  %-5s  %-4s  %-7s  %s\n", width, "zone", v->tests ? -WORD_WIDTH : 0,
               v->tests ? "test" : "", "severity", "kind", "asks", "key", "limits");
    enum cause common = lists_cause_in_common(v);
    for (size_t i = 0; i < v->lists->count; i++)
        lists_on_line(v, &v->lists->items[i], width, common);
    if (common != CAUSE_NONE) {
        printf("\n%s: ", cause_word(common));
        char text[512];
        snprintf(text, sizeof text, COMMON_CAUSE_TEXT "; %s",
                 common_cause_cure(common, v->own_resolver));
        help_words(stdout, (unsigned)strlen(cause_word(common)) + 2, 0, text);
    }
}

static size_t lists_count_off(const struct lists_view *v, bool shown)
{
    size_t count = 0;
    for (size_t i = v->lists->count; i < v->lists->total; i++)
        count += lists_is_shown(v, &v->lists->items[i]) == shown;
    return count;
}

static void lists_named(int width, const char *name, const char *why)
{
    printf("  %-*s  ", width, name);
    unsigned at = 4 + (unsigned)(strlen(name) > (size_t)width ? strlen(name) : (size_t)width);
    help_words(stdout, at, (unsigned)width + 4, why);
}

static void lists_print_off(const struct lists_view *v, int width)
{
    size_t count = lists_count_off(v, true);
    if (!count)
        return;
    puts("");
    lists_heading(v, "not queried", count);
    for (size_t i = v->lists->count; i < v->lists->total; i++) {
        const struct dnsbl_list *list = &v->lists->items[i];
        if (lists_is_shown(v, list))
            lists_named(width, list->zone, lists_why(list));
    }
}

static void lists_print_rest(const struct lists_view *v, int width)
{
    const struct catalogue *c = v->catalogue;
    puts("");
    lists_heading(v, "dead", c->dead_count);
    for (size_t i = 0; i < c->dead_count; i++) {
        const struct catalogue_dead *d = &c->dead[i];
        struct buf why;
        buf_init(&why, 2048);
        bool year = d->since[0] >= '0' && d->since[0] <= '9'; /* else words: "never public" */
        buf_fmt(&why, "%s%s%s (%s)%s%s%s", year ? "since " : "",
                year && d->since[strlen(d->since) - 1] == 's' ? "the " : "", d->since, d->behaviour,
                d->suffix ? ", with all zones below it" : "", d->reason[0] ? ": " : "", d->reason);
        lists_named(width, d->zone, buf_text(&why));
        buf_fini(&why);
    }
    puts("");
    lists_heading(v, "of no use here (hashes, or the query format is not known)",
                  c->domain_only_count);
    for (size_t i = 0; i < c->domain_only_count; i++)
        printf("  %s\n", c->domain_only[i]);
    puts("");
    lists_heading(v, "reject mail, but can't be queried over DNS", c->no_dns_count);
    for (size_t i = 0; i < c->no_dns_count; i++) {
        printf("  %s: ", c->no_dns[i].name);
        help_words(stdout, (unsigned)strlen(c->no_dns[i].name) + 4, INDENT, c->no_dns[i].note);
        printf("%*s%s\n", INDENT, "", c->no_dns[i].url);
    }
}

static void lists_print_footer(const struct lists_view *v)
{
    size_t off = lists_count_off(v, false);
    struct buf text;
    buf_init(&text, 512);
    buf_fmt(&text,
            "%zu more list%s known but not chosen, %zu dead: repmon lists --all (catalogue of %s)",
            off, off == 1 ? " is" : "s are", v->catalogue->dead_count, v->catalogue->as_of);
    puts("");
    help_words(stdout, 0, 0, buf_text(&text));
    buf_fini(&text);
}

void lists_text(const struct lists_view *v)
{
    int width = lists_zone_width(v);
    lists_print_on(v, width);
    lists_print_off(v, width);
    for (size_t i = 0; i < v->lists->note_count; i++)
        printf("\n%s\n", v->lists->notes[i]);
    if (v->all)
        lists_print_rest(v, width);
    else
        lists_print_footer(v);
}
