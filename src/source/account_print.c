/* SPDX-License-Identifier: ISC */
#include "account_print.h"

#include "repmon/clock.h"
#include "repmon/day.h"
#include "repmon/text_wrap.h"

#include <inttypes.h>
#include <stdio.h>

#define DAY_S       86400
#define TEXT_COLUMN 12

void account_print_day(int32_t day)
{
    printf("%04d-%02d-%02d", day / 10000, day / 100 % 100, day % 100);
}

/* "2026-11-21 07:00 +0100 (3 h ago)" */
void account_print_time(const char *what, time_t t, time_t now)
{
    char at[40], age[40];
    clock_format_local(t, at, sizeof at);
    clock_format_age(t < now ? now - t : 0, age, sizeof age);
    printf("  %-9s %s (%s ago)\n", what, at, age);
}

void account_print_success(const char *what, time_t t, time_t now)
{
    if (t)
        account_print_time(what, t, now);
    else
        printf("  %-9s never read\n", what);
}

void account_print_countdown(time_t end, time_t now)
{
    account_print_day(day_of(end));
    if (end > now)
        printf(" (in %" PRId64 " days)", (int64_t)(end - now) / DAY_S);
    else
        printf(" (%" PRId64 " days ago)", (int64_t)(now - end) / DAY_S);
}

void account_print_words(const char *what, const char *text, unsigned width)
{
    struct buf lines;
    buf_init(&lines, 8192);
    text_wrap(&lines, text, TEXT_COLUMN, TEXT_COLUMN, width);
    printf("  %-9s %s\n", what, buf_text(&lines));
    buf_fini(&lines);
}
