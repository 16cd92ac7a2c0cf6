/* SPDX-License-Identifier: ISC */
#include "heard_host.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool heard_piece_is(struct maillog_piece p, const char *word)
{
    return p.len == strlen(word) && strncasecmp(p.s, word, p.len) == 0;
}

static bool heard_is_smarthost(const struct conf_log *log, const struct maillog_event *e)
{
    char ip[IP_TEXT_MAX] = "";
    if (e->host_ip.family)
        ip_format(&e->host_ip, ip);
    for (size_t i = 0; i < log->smarthost_count; i++)
        if (heard_piece_is(e->host, log->smarthosts[i]) || strcmp(ip, log->smarthosts[i]) == 0)
            return true;
    return false;
}

bool heard_is_our_own(const struct conf_log *log, const struct maillog_event *e)
{
    if (e->host_ip.family && ip_is_hidden(&e->host_ip))
        return true;
    if (heard_piece_is(e->host, "localhost"))
        return true;
    return heard_is_smarthost(log, e);
}

/* Second levels under which anybody registers a third: "example.co.uk". */
static bool heard_is_public_second(const char *label, size_t len)
{
    static const char *const words[] = {"co", "com", "net", "org", "ac", "gov", "edu", "ne", "or"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && strncasecmp(words[i], label, len) == 0)
            return true;
    return false;
}

static bool heard_is_name(struct maillog_piece host)
{
    for (size_t i = 0; i < host.len; i++)
        if (!isalnum((unsigned char)host.s[i]) && !strchr("-_.", host.s[i]))
            return false;
    return host.len > 0 && !isdigit((unsigned char)host.s[host.len - 1]);
}

bool heard_domain(struct maillog_piece host, char *out, size_t size)
{
    size_t dots = 0;
    size_t start = host.len;
    size_t second = 0;
    size_t want = 2;
    if (!heard_is_name(host))
        return false;
    while (start > 0) {
        if (host.s[start - 1] == '.') {
            dots++;
            if (dots == 1)
                second = start - 1;
            if (dots == 2 && host.len - second == 3 &&
                heard_is_public_second(host.s + start, second - start))
                want = 3;
            if (dots == want)
                break;
        }
        start--;
    }
    size_t len = host.len - start;
    if (dots == 0 || len == 0 || len >= size)
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)host.s[start + i]);
    out[len] = '\0';
    return true;
}
