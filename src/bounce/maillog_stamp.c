/* SPDX-License-Identifier: ISC */
/* Reads time stamps as logs write them, and turns them into seconds. */
#include "maillog_parts.h"

#include "ascii.h"
#include "repmon/clock.h"

#include <string.h>
#include <time.h>

#define DAY 86400

static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
static const char weekdays[] = "sunmontuewedthufrisat";

/* "Mar" in a list of names of three letters: from 1; 0: none. */
static int maillog_name3(const char *s, size_t len, const char *names)
{
    if (len < 3)
        return 0;
    char low[3] = {(char)(s[0] | 32), (char)(s[1] | 32), (char)(s[2] | 32)};
    for (int i = 0; names[i]; i += 3)
        if (low[0] == names[i] && low[1] == names[i + 1] && low[2] == names[i + 2])
            return i / 3 + 1;
    return 0;
}

/* Exactly n digits. */
static bool maillog_number(const char *s, size_t len, size_t n, int *out)
{
    if (len < n)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!digit(s[i]))
            return false;
        *out = *out * 10 + (s[i] - '0');
    }
    return true;
}

/* "09:14:27", "09:14", ".123456" behind it: the length. */
static size_t maillog_clock_at(const char *s, size_t len, struct maillog_stamp *t)
{
    if (len < 5 || s[2] != ':' || !maillog_number(s, len, 2, &t->hour) ||
        !maillog_number(s + 3, len - 3, 2, &t->minute))
        return 0;
    size_t i = 5;
    if (i < len && s[i] == ':' && maillog_number(s + 6, len - 6, 2, &t->second))
        i = 8;
    if (i == 8 && i + 1 < len && (s[i] == '.' || s[i] == ',') && digit(s[i + 1]))
        for (i++; i < len && digit(s[i]); i++)
            ;
    return i;
}

/* "Z", "+01:00", "+0100", after a blank too: the length. */
static size_t maillog_zone_at(const char *s, size_t len, struct maillog_stamp *t)
{
    size_t i = 0;
    if (len > 0 && (s[0] == 'Z' || s[0] == 'z')) {
        t->has_zone = true;
        return 1;
    }
    if (len > 1 && s[0] == ' ')
        i = 1;
    int hours, minutes = 0;
    if (i + 3 > len || (s[i] != '+' && s[i] != '-') ||
        !maillog_number(s + i + 1, len - i - 1, 2, &hours))
        return 0;
    size_t end = i + 3;
    if (end < len && s[end] == ':')
        end++;
    if (maillog_number(s + end, len - end, 2, &minutes))
        end += 2;
    else if (i == 1)
        return 0;
    t->has_zone = true;
    t->zone = (s[i] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return end;
}

/* "2026-03-03T09:14:27.123+01:00", "2026-03-03 09:14:27 +0100", "2026/03/03 09:14:27" */
static size_t maillog_iso_at(const char *s, size_t len, struct maillog_stamp *t)
{
    if (len < 16 || (s[4] != '-' && s[4] != '/') || s[7] != s[4] ||
        !maillog_number(s, len, 4, &t->year) || !maillog_number(s + 5, len - 5, 2, &t->month) ||
        !maillog_number(s + 8, len - 8, 2, &t->day) ||
        (s[10] != 'T' && s[10] != ' ' && s[10] != 't'))
        return 0;
    size_t n = maillog_clock_at(s + 11, len - 11, t);
    return n == 0 ? 0 : 11 + n + maillog_zone_at(s + 11 + n, len - 11 - n, t);
}

/* Not in the middle of a host's name or address, such as 2001:db8::25 or 2024.example.org. */
static bool maillog_word_ends(const char *s, size_t len)
{
    bool colon = len > 1 && s[0] == ':' && s[1] != ' ';
    return len == 0 || (!alnum(s[0]) && !strchr(".-_", s[0]) && !colon);
}

/* "Mar  3 09:14:27", "Mar 3 2026 09:14:27", "Mar  3 09:14:27 2026" */
static size_t maillog_month_at(const char *s, size_t len, struct maillog_stamp *t)
{
    t->month = maillog_name3(s, len, months);
    if (!t->month || len < 12 || s[3] != ' ')
        return 0;
    size_t i = 4;
    while (i < len && s[i] == ' ' && i < 6)
        i++;
    if (maillog_number(s + i, len - i, 2, &t->day))
        i += 2;
    else if (maillog_number(s + i, len - i, 1, &t->day))
        i += 1;
    else
        return 0;
    if (i >= len || s[i++] != ' ')
        return 0;
    if (i + 5 < len && s[i + 4] == ' ' && maillog_number(s + i, len - i, 4, &t->year))
        i += 5;
    size_t n = maillog_clock_at(s + i, len - i, t);
    if (n == 0)
        return 0;
    i += n;
    if (t->year == 0 && i + 5 <= len && s[i] == ' ' && maillog_word_ends(s + i + 5, len - i - 5) &&
        maillog_number(s + i + 1, len - i - 1, 4, &t->year)) {
        if (t->year >= 1990 && t->year < 2200)
            return i + 5;
        t->year = 0;
    }
    return i;
}

/* "03/Mar/2026:09:14:27 +0100", "03-Mar-2026 09:14:27", "3 Mar 2026 09:14:27" */
static size_t maillog_day_first_at(const char *s, size_t len, struct maillog_stamp *t)
{
    size_t i = maillog_number(s, len, 2, &t->day) ? 2 : 1;
    if (i == 1 && !maillog_number(s, len, 1, &t->day))
        return 0;
    if (i + 9 > len || (s[i] != '/' && s[i] != '-' && s[i] != ' '))
        return 0;
    t->month = maillog_name3(s + i + 1, len - i - 1, months);
    if (!t->month || s[i + 4] != s[i] || !maillog_number(s + i + 5, len - i - 5, 4, &t->year))
        return 0;
    i += 9;
    if (i >= len || (s[i] != ':' && s[i] != ' '))
        return 0;
    size_t n = maillog_clock_at(s + i + 1, len - i - 1, t);
    return n == 0 ? 0 : i + 1 + n + maillog_zone_at(s + i + 1 + n, len - i - 1 - n, t);
}

/* "1772525667", "1772525667.123", "1772525667123": seconds since 1970 */
static size_t maillog_epoch_at(const char *s, size_t len, struct maillog_stamp *t)
{
    size_t n = 0;
    int64_t value = 0;
    for (; n < len && n < 14 && digit(s[n]); n++)
        value = value * 10 + (s[n] - '0');
    if ((n != 10 && n != 13) || s[0] != '1')
        return 0;
    t->epoch = true;
    t->seconds = n == 13 ? value / 1000 : value;
    if (n + 1 < len && s[n] == '.' && digit(s[n + 1]))
        for (n++; n < len && digit(s[n]); n++)
            ;
    bool ends = n == len || s[n] == ' ' || s[n] == '\t' || s[n] == ']' || s[n] == ':';
    return ends ? n : 0;
}

/* -1: not a hexadecimal digit */
static int maillog_hex(char c)
{
    int low = c | 32;
    if (digit(c))
        return c - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* "@400000006541a1b2c3d4e5f6": TAI64N, as qmail's multilog writes; 10 s ahead of the clock */
static size_t maillog_tai_at(const char *s, size_t len, struct maillog_stamp *t)
{
    if (len < 25 || s[0] != '@' || s[1] != '4')
        return 0;
    uint64_t value = 0;
    for (size_t i = 1; i < 25; i++) {
        int d = maillog_hex(s[i]);
        if (d < 0)
            return 0;
        if (i < 17)
            value = value << 4 | (unsigned)d;
    }
    t->epoch = true;
    t->seconds = (int64_t)(value - (UINT64_C(1) << 62)) - 10;
    return 25;
}

static bool maillog_plausible(const struct maillog_stamp *t)
{
    if (t->epoch)
        return true;
    return t->month >= 1 && t->month <= 12 && t->day >= 1 && t->day <= 31 && t->hour < 24 &&
           t->minute < 60 && t->second <= 60;
}

static size_t maillog_any_at(const char *s, size_t len, struct maillog_stamp *t)
{
    if (s[0] == '@')
        return maillog_tai_at(s, len, t);
    if (s[0] == '[') {
        size_t n = len > 2 && s[1] != '[' ? maillog_any_at(s + 1, len - 1, t) : 0;
        return n > 0 && n + 1 < len && s[n + 1] == ']' ? n + 2 : 0;
    }
    if (!digit(s[0])) {
        size_t skip = maillog_name3(s, len, weekdays) ? 3 : 0;
        if (skip && skip < len && s[skip] == ',')
            skip++;
        if (skip && (skip + 1 >= len || s[skip] != ' '))
            return 0;
        if (skip) {
            size_t n = maillog_any_at(s + skip + 1, len - skip - 1, t);
            return n ? skip + 1 + n : 0;
        }
        return maillog_month_at(s, len, t);
    }
    static size_t (*const readers[])(const char *, size_t, struct maillog_stamp *) = {
        maillog_iso_at, maillog_day_first_at, maillog_epoch_at};
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        *t = (struct maillog_stamp){0};
        size_t n = readers[i](s, len, t);
        if (n)
            return n;
    }
    *t = (struct maillog_stamp){0};
    /* "2026 Mar  3 09:14:27" */
    if (len > 5 && s[4] == ' ' && maillog_number(s, 4, 4, &t->year)) {
        int year = t->year;
        t->year = 0;
        size_t n = maillog_month_at(s + 5, len - 5, t);
        t->year = year;
        return n ? 5 + n : 0;
    }
    return 0;
}

size_t maillog_stamp_read(const char *s, size_t len, struct maillog_stamp *out)
{
    struct maillog_stamp t = {0};
    if (len < 10 || !(alnum(s[0]) || s[0] == '[' || s[0] == '@'))
        return 0;
    size_t n = maillog_any_at(s, len, &t);
    if (n == 0 || !maillog_plausible(&t))
        return 0;
    if (out)
        *out = t;
    return n;
}

static int64_t maillog_seconds_of(const struct maillog_stamp *t, int year,
                                  const struct maillog_clock *clock)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = t->month - 1,
                    .tm_mday = t->day,
                    .tm_hour = t->hour,
                    .tm_min = t->minute,
                    .tm_sec = t->second,
                    .tm_isdst = -1};
    if (t->has_zone)
        return clock_from_utc(&tm) - t->zone;
    if (clock->utc)
        return clock_from_utc(&tm);
    return clock_from_local(&tm, clock->near ? clock->near : clock->now);
}

bool maillog_time(struct maillog_piece stamp, const struct maillog_clock *clock, int64_t *out)
{
    struct maillog_stamp t;
    if (!maillog_stamp_read(stamp.s, stamp.len, &t))
        return false;
    if (t.epoch) {
        *out = t.seconds;
        return true;
    }
    if (t.year) {
        *out = maillog_seconds_of(&t, t.year, clock);
        return true;
    }
    /* This year, or the next; a date that would then lie ahead belongs to an earlier year. */
    int latest = (int)(1970 + (clock->now + 2 * DAY) / (365 * DAY + DAY / 4));
    /* 29 February comes every four years, but can be eight years apart at the turn of a century. */
    for (int back = 0; back <= 8; back++) {
        int year = latest - back;
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (t.month == 2 && t.day == 29 && !leap)
            continue;
        *out = maillog_seconds_of(&t, year, clock);
        if (*out <= clock->now + DAY)
            return true;
    }
    return false;
}
