/* SPDX-License-Identifier: ISC */
#include "snds_report.h"

#include "snds_fields.h"

#include "repmon/buf.h"
#include "repmon/day.h"
#include "repmon/limits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DETAILS_MAX 300
#define RATE_TEXT   24
#define DAY_MINUTES 1440
#define COUNT_MAX   15 /* digits of a number */

enum data_field {
    F_IP,
    F_START,
    F_END,
    F_RCPT,
    F_DATA,
    F_RECIPIENTS,
    F_FILTER,
    F_COMPLAINT,
    F_TRAP_START,
    F_TRAP_END,
    F_TRAPS
};

/* ---- words ---- */

static const char *const colour_words[] = {
    [SNDS_NO_COLOUR] = "", [SNDS_GREEN] = "green", [SNDS_YELLOW] = "yellow", [SNDS_RED] = "red"};

const char *snds_colour_word(enum snds_colour colour)
{
    return colour_words[colour];
}

enum snds_colour snds_colour_parse(const char *word)
{
    for (int i = SNDS_GREEN; i <= SNDS_RED; i++) {
        if (strcasecmp(word, colour_words[i]) == 0)
            return (enum snds_colour)i;
    }
    return SNDS_NO_COLOUR;
}

/* "0.4", "0,4"; only the end or a per cent sign may follow. */
static bool snds_percent(const char **s, double *out)
{
    const char *p = *s;
    double value = 0, unit = 1;
    size_t digits = 0;
    bool point = false;
    for (; isdigit((unsigned char)*p) || ((*p == '.' || *p == ',') && !point && digits); p++) {
        if (*p == '.' || *p == ',') {
            point = true;
            continue;
        }
        if (++digits > 9)
            return false;
        value = value * 10 + (*p - '0');
        unit = point ? unit * 10 : unit;
    }
    while (*p == ' ')
        p++;
    if (digits == 0 || *p != '%')
        return false;
    *s = p + 1;
    *out = value / unit;
    return true;
}

static const char *snds_skip(const char *s, const char *what)
{
    return s + strspn(s, what);
}

struct snds_rate snds_rate_parse(const char *text)
{
    const struct snds_rate none = {-1, false};
    struct snds_rate rate = none;
    const char *p = snds_skip(text, " ");
    rate.below = *p == '<';
    p = snds_skip(p, "< ");
    if (!snds_percent(&p, &rate.percent))
        return none;
    p = snds_skip(p, " ");
    if (*p == '-') { /* a band: "0.1% - < 0.2%" */
        p = snds_skip(p, "- ");
        rate.below = *p == '<';
        p = snds_skip(p, "< ");
        if (!snds_percent(&p, &rate.percent))
            return none;
        p = snds_skip(p, " ");
    }
    return *p ? none : rate;
}

/* ---- days and times ---- */

/* Up to `most` digits; advances *s. */
static bool snds_digits(const char **s, int most, int *out)
{
    int value = 0, n = 0;
    while (n < most && isdigit((unsigned char)**s)) {
        value = value * 10 + (*(*s)++ - '0');
        n++;
    }
    *out = value;
    return n > 0 && !isdigit((unsigned char)**s);
}

static bool snds_literal(const char **s, char c)
{
    return *(*s)++ == c;
}

/* Three numbers with a mark between them; the last is a year unless the first is. */
static bool snds_three(const char **p, char mark, int first, int *a, int *b, int *c)
{
    if (!snds_digits(p, first, a) || !snds_literal(p, mark))
        return false;
    if (!snds_digits(p, 2, b) || !snds_literal(p, mark))
        return false;
    return snds_digits(p, first == 4 ? 2 : 4, c);
}

/*
 * "12/31/2019 8:00 AM", or ISO 8601 as JSON has it: minutes since 1970, in an unstated time zone.
 */
static bool snds_minutes_of(const char *s, int64_t *out)
{
    int y, m, d, hour, minute;
    const char *p = s;
    bool iso = strlen(s) > 4 && s[4] == '-';
    bool ok = iso ? snds_three(&p, '-', 4, &y, &m, &d) : snds_three(&p, '/', 2, &m, &d, &y);
    if (!ok || !day_valid(y * 10000 + m * 100 + d))
        return false;
    if (*p != ' ' && *p != 'T')
        return false;
    p++;
    if (!snds_digits(&p, 2, &hour) || !snds_literal(&p, ':') || !snds_digits(&p, 2, &minute))
        return false;
    if (minute >= 60)
        return false;
    if (!iso) {
        if (*p == ':') { /* seconds */
            int seconds;
            p++;
            if (!snds_digits(&p, 2, &seconds) || seconds > 60)
                return false;
        }
        p = snds_skip(p, " ");
        bool pm = strcasecmp(p, "PM") == 0;
        if (hour < 1 || hour > 12 || (!pm && strcasecmp(p, "AM") != 0))
            return false;
        hour = hour % 12 + (pm ? 12 : 0);
    }
    *out = day_number(y * 10000 + m * 100 + d) * DAY_MINUTES + hour * 60 + minute;
    return hour < 24;
}

/*
 * The time zone of the period is unknown and seems to have changed, so the middle decides the day:
 * "2/10 4 PM to 2/11 3 PM" and "2/11 8 AM to 2/12 8 AM" are both 11 February.
 */
static int32_t snds_day_of_period(const char *start, const char *end)
{
    int64_t a, b;
    bool has_start = snds_minutes_of(start, &a), has_end = snds_minutes_of(end, &b);
    if (has_start && has_end && b >= a && b - a <= DAY_MINUTES + DAY_MINUTES / 2)
        return day_from_number((a + (b - a) / 2) / DAY_MINUTES);
    if (has_end)
        return day_from_number(b / DAY_MINUTES);
    return has_start ? day_from_number(a / DAY_MINUTES) : 0;
}

/* ---- rows ---- */

struct data_reader {
    snds_row_fn *row; /* NULL: the rows are only checked */
    void *ctx;
    struct buf raw;
    size_t rows;
};

/* A count, or -1 for none; false for anything that is not a number. */
static bool snds_count_of(const char *s, int64_t *out)
{
    *out = -1;
    if (*s == '\0')
        return true;
    size_t n = strspn(s, "0123456789");
    if (s[n] || n > COUNT_MAX)
        return false;
    *out = strtoll(s, NULL, 10);
    return true;
}

/* The row as it came, whatever its columns are called. */
static void snds_keep_raw(struct buf *raw, const char *const *row, size_t count)
{
    size_t room = LIMIT_NUMBERS_RAW / count - 4; /* less the comma and the mark of a cut */
    buf_clear(raw);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(raw, ',');
        buf_clean(raw, row[i], strlen(row[i]), room);
    }
}

static bool snds_report_take_data(void *ctx, const struct snds_record *record, struct error *err)
{
    const char *const *f = record->fields;
    struct data_reader *d = ctx;
    struct snds_row row = {0};
    struct buf rate;
    if (!ip_parse(f[F_IP], &row.ip) || row.ip.family != 4)
        return error_set(err, ERR_INPUT, "row %zu has no IPv4 address", record->number);
    if (!snds_count_of(f[F_RCPT], &row.rcpt) || !snds_count_of(f[F_DATA], &row.data) ||
        !snds_count_of(f[F_RECIPIENTS], &row.recipients) || !snds_count_of(f[F_TRAPS], &row.traps))
        return error_set(err, ERR_INPUT, "row %zu has text where a number is expected",
                         record->number);
    if (f[F_TRAP_START][0] && !strpbrk(f[F_TRAP_START], "/-:"))
        return error_set(err, ERR_INPUT, "row %zu has text where a time is expected",
                         record->number);
    d->rows++;
    if (!d->row)
        return true;
    row.day = snds_day_of_period(f[F_START], f[F_END]);
    row.colour = snds_colour_parse(f[F_FILTER]);
    row.complaint = snds_rate_parse(f[F_COMPLAINT]);
    buf_init(&rate, RATE_TEXT);
    buf_clean(&rate, f[F_COMPLAINT], strlen(f[F_COMPLAINT]), RATE_TEXT - 4);
    snds_keep_raw(&d->raw, record->all, record->count);
    row.complaint_text = buf_text(&rate);
    row.raw = buf_text(&d->raw);
    d->row(d->ctx, &row);
    buf_fini(&rate);
    return true;
}

struct status_reader {
    snds_range_fn *range;
    void *ctx;
    struct buf details;
    size_t rows;
};

static bool snds_yes_or_no(const char *s, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"yes", true}, {"no", false}, {"true", true},
                 {"1", true},   {"0", false},  {"false", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(s, words[i].word) == 0) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

static bool snds_report_take_status(void *ctx, const struct snds_record *record, struct error *err)
{
    const char *const *f = record->fields;
    struct status_reader *s = ctx;
    struct snds_range range = {0};
    struct ip first, last;
    if (!ip_parse(f[0], &first) || first.family != 4)
        return error_set(err, ERR_INPUT, "row %zu has no IPv4 address", record->number);
    if (!ip_parse(f[1], &last) || last.family != 4)
        return error_set(err, ERR_INPUT, "row %zu has no range of addresses", record->number);
    if (!snds_yes_or_no(f[2], &range.blocked))
        return error_set(err, ERR_INPUT, "row %zu says neither yes nor no", record->number);
    s->rows++;
    if (!s->range)
        return true;
    range.first = ip_v4(&first);
    range.last = ip_v4(&last);
    if (range.first > range.last) { /* written the wrong way round, it still means these */
        uint32_t swap = range.first;
        range.first = range.last;
        range.last = swap;
    }
    buf_clear(&s->details);
    buf_clean(&s->details, f[3], strlen(f[3]), DETAILS_MAX);
    range.details = buf_text(&s->details);
    s->range(s->ctx, &range);
    return true;
}

/* ---- reports ---- */

static bool snds_is_html(const struct snds_body *body, const char *start)
{
    return *start == '<' || strstr(body->type, "html");
}

/* Reads with one taker; the first non-blank byte shows what the body is. */
static enum snds_shape snds_read_with(const struct snds_body *body, const struct snds_taker *taker,
                                      struct error *err)
{
    struct snds_body b = *body;
    if (b.len >= 3 && memcmp(b.text, "\xef\xbb\xbf", 3) == 0) {
        b.text += 3;
        b.len -= 3;
    }
    const char *start = snds_skip(b.text, " \t\r\n");
    if (snds_is_html(&b, start)) {
        error_set(err, ERR_INPUT, "a web page arrived instead of a report");
        return SNDS_HTML;
    }
    if (b.doubt) {
        error_set(err, ERR_INPUT, "the report may be incomplete: %s", b.doubt);
        return SNDS_BAD;
    }
    if (memchr(b.text, '\0', b.len)) {
        error_set(err, ERR_INPUT, "the report holds a NUL byte");
        return SNDS_BAD;
    }
    if (*start == '\0')
        return SNDS_EMPTY;
    bool json = *start == '[' || *start == '{';
    return (json ? snds_json_read : snds_csv_read)(&b, taker, err) ? SNDS_ROWS : SNDS_BAD;
}

enum snds_shape snds_read_data(const struct snds_body *body, snds_row_fn *row, void *ctx,
                               struct error *err)
{
    struct data_reader d = {.ctx = ctx};
    const struct snds_taker taker = {&snds_data_columns, snds_report_take_data, &d};
    enum snds_shape shape = snds_read_with(body, &taker, err);
    if (shape != SNDS_ROWS || d.rows == 0 || !row)
        return shape == SNDS_ROWS && d.rows == 0 ? SNDS_EMPTY : shape;
    d = (struct data_reader){.row = row, .ctx = ctx};
    buf_init(&d.raw, LIMIT_NUMBERS_RAW);
    shape = snds_read_with(body, &taker, err);
    buf_fini(&d.raw);
    return shape;
}

enum snds_shape snds_read_status(const struct snds_body *body, snds_range_fn *range, void *ctx,
                                 struct error *err)
{
    struct status_reader s = {.ctx = ctx};
    const struct snds_taker taker = {&snds_status_columns, snds_report_take_status, &s};
    enum snds_shape shape = snds_read_with(body, &taker, err);
    if (shape != SNDS_ROWS || s.rows == 0 || !range)
        return shape == SNDS_ROWS && s.rows == 0 ? SNDS_EMPTY : shape;
    s = (struct status_reader){.range = range, .ctx = ctx};
    buf_init(&s.details, DETAILS_MAX + 3);
    shape = snds_read_with(body, &taker, err);
    buf_fini(&s.details);
    return shape;
}
