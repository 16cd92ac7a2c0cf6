/* SPDX-License-Identifier: ISC */
#include "repmon/host_name.h"

#include "repmon/limits.h"

#include <string.h>

bool host_name_parse(const char *s, char out[static HOST_NAME_SIZE])
{
    size_t len = strlen(s), label = 0;
    if (len && s[len - 1] == '.')
        len--;
    if (len == 0 || len >= HOST_NAME_SIZE)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (c == '.' ? label == 0 || out[i - 1] == '-' : !letter && (c != '-' || label == 0))
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > LIMIT_DNS_LABEL)
            return false;
        out[i] = c;
    }
    out[len] = '\0';
    return label > 0 && out[len - 1] != '-';
}
