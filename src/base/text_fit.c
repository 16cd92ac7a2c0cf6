/* SPDX-License-Identifier: ISC */
#include "repmon/text_fit.h"

#include <stdio.h>
#include <string.h>

bool text_vfit(char *out, size_t size, const char *fmt, va_list args)
{
    static const char mark[] = "...";
    int len = vsnprintf(out, size, fmt, args);
    if (len >= 0 && (size_t)len < size)
        return true;
    if (size < sizeof mark)
        return false;
    size_t end = strnlen(out, size - 1);
    if (end > size - sizeof mark)
        end = size - sizeof mark;
    while (end > 0 && ((unsigned char)out[end] & 0xc0) == 0x80)
        end--;
    memcpy(out + end, mark, sizeof mark);
    return false;
}

bool text_fit(char *out, size_t size, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    bool whole = text_vfit(out, size, fmt, args);
    va_end(args);
    return whole;
}
