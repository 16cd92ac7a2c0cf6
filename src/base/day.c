/* SPDX-License-Identifier: ISC */
#include "repmon/day.h"

/* Days since 1970 of the Gregorian calendar. */
static int64_t day_civil(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * ((int64_t)m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int32_t day_from_number(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t d = doy - (153 * mp + 2) / 5 + 1;
    int64_t m = mp < 10 ? mp + 3 : mp - 9;
    int64_t y = yoe + era * 400 + (m <= 2);
    return (int32_t)(y * 10000 + m * 100 + d);
}

int64_t day_number(int32_t day)
{
    return day_civil(day / 10000, (unsigned)(day / 100 % 100), (unsigned)(day % 100));
}

int32_t day_of(int64_t seconds)
{
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    return day_from_number(days);
}

int32_t day_add(int32_t day, int days)
{
    return day_from_number(day_number(day) + days);
}

int day_between(int32_t a, int32_t b)
{
    return (int)(day_number(b) - day_number(a));
}

bool day_valid(int32_t day)
{
    return day >= 19700101 && day <= 99991231 && day / 100 % 100 >= 1 && day / 100 % 100 <= 12 &&
           day % 100 >= 1 && day % 100 <= 31 && day_from_number(day_number(day)) == day;
}

/* ---- as people and programs write it ---- */

/* d: a digit; t: a blank or T. */
static bool date_fits(const char *s, const char *shape)
{
    for (; *shape; s++, shape++) {
        bool fits = *s == *shape;
        if (*shape == 'd')
            fits = *s >= '0' && *s <= '9';
        else if (*shape == 't')
            fits = *s == ' ' || *s == 'T';
        if (!fits)
            return false;
    }
    return *s == '\0';
}

static int date_number(const char *s, size_t digits)
{
    int n = 0;
    for (size_t i = 0; i < digits; i++)
        n = n * 10 + (s[i] - '0');
    return n;
}

bool date_parse(const char *s, unsigned shapes, struct tm *out)
{
    static const struct {
        unsigned shape;
        const char *text;
    } rows[] = {{DATE_DAY, "dddd-dd-dd"},
                {DATE_MINUTE, "dddd-dd-ddtdd:dd"},
                {DATE_UTC, "dddd-dd-ddTdd:dd:ddZ"}};
    size_t i = 0;
    while (i < 3 && !(shapes & rows[i].shape && date_fits(s, rows[i].text)))
        i++;
    if (i == 3)
        return false;
    int year = date_number(s, 4), month = date_number(s + 5, 2), day = date_number(s + 8, 2);
    *out = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
    if (rows[i].shape != DATE_DAY) {
        out->tm_hour = date_number(s + 11, 2);
        out->tm_min = date_number(s + 14, 2);
    }
    if (rows[i].shape == DATE_UTC)
        out->tm_sec = date_number(s + 17, 2);
    return day_valid(year * 10000 + month * 100 + day) && out->tm_hour < 24 && out->tm_min < 60 &&
           out->tm_sec <= 60;
}
