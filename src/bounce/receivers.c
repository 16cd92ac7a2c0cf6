/* SPDX-License-Identifier: ISC */
#include "repmon/receivers.h"

#include "repmon/text_fit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "Outlook.com" of "Outlook.com, Hotmail and MSN (Microsoft's consumer mail)". */
static size_t receivers_first_name(const char *title)
{
    size_t len = strcspn(title, ",(");
    const char *and = memmem(title, len, " and ", 5);
    if (and)
        len = (size_t)(and-title);
    while (len > 0 && title[len - 1] == ' ')
        len--;
    return len;
}

void receivers_title(const struct explain *e, const char *name,
                     char out[static RECEIVER_TITLE_SIZE])
{
    const char *title = explain_title(e, name);
    size_t len = title ? receivers_first_name(title) : 0;
    if (len == 0 || len >= RECEIVER_TITLE_SIZE)
        text_fit(out, RECEIVER_TITLE_SIZE, "%s", name);
    else
        snprintf(out, RECEIVER_TITLE_SIZE, "%.*s", (int)len, title);
}

static void receivers_add(const struct explain *e, const char *name, const char *before,
                          struct buf *out)
{
    char title[RECEIVER_TITLE_SIZE];
    receivers_title(e, name, title);
    buf_fmt(out, "%s%s", before, title);
}

static bool receivers_are_with(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void receivers_tell(const struct explain *e, const char *const *answered, size_t count,
                    struct buf *out)
{
    static const char *const large[] = {"gmail", "microsoft-consumer", "microsoft-365", "yahoo",
                                        "apple"};
    size_t missing = 0;
    for (size_t i = 0; i < count; i++)
        receivers_add(e, answered[i], i ? ", " : "Answered in the last day: ", out);
    if (count)
        buf_str(out, ". ");
    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        if (!receivers_are_with(answered, count, large[i]))
            receivers_add(e, large[i], missing++ ? ", " : "Not heard from: ", out);
    if (missing)
        buf_str(out, ".");
}
