/* SPDX-License-Identifier: ISC */
/* Parsers of URLs and mailboxes. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/limits.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool conf_is_loopback(const char *host)
{
    struct ip ip;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    const char *why = ip_parse(host, &ip) ? ip_special(&ip) : NULL;
    return why && strncmp(why, "loopback", 8) == 0;
}

/* Printable ASCII without blanks and quotes, with a host behind "http://" or "https://". */
static bool url_shape(const char *url, const char **host, size_t *host_len, bool *https)
{
    *https = strncmp(url, "https://", 8) == 0;
    if (!*https && strncmp(url, "http://", 7) != 0)
        return false;
    *host = url + (*https ? 8 : 7);
    for (const char *p = url; *p; p++) {
        if (*p <= ' ' || *p >= 0x7f || strchr("\"'<>\\`", *p))
            return false;
    }
    size_t len = strcspn(*host, "/?#");
    const char *at = memrchr(*host, '@', len);
    if (at) {
        len -= (size_t)(at + 1 - *host);
        *host = at + 1;
    }
    const char *close = **host == '[' ? memchr(*host, ']', len) : NULL;
    const char *colon = close ? close + 1 : memchr(*host, ':', len);
    if (close)
        ++*host;
    *host_len = close ? (size_t)(close - *host) : colon ? (size_t)(colon - *host) : len;
    return *host_len > 0 && strlen(url) < LIMIT_URL;
}

bool conf_url_ok(const char *url, struct error *err)
{
    const char *host;
    size_t len;
    bool https;
    if (!url_shape(url, &host, &len, &https))
        return error_set(err, ERR_CONFIG,
                         "must be an address that begins with https:// and holds no blanks or "
                         "quotes");
    char name[CONF_NAME_MAX];
    if (len < sizeof name) {
        memcpy(name, host, len);
        name[len] = '\0';
    }
    if (!https && (len >= sizeof name || !conf_is_loopback(name)))
        return error_set(err, ERR_CONFIG,
                         "must begin with https://; http:// is for loopback addresses only");
    return true;
}

bool value_base_url(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    (void)r;
    (void)k;
    if (!conf_url_ok(value, err))
        return false;
    free(*(char **)field);
    *(char **)field = mem_dup(value);
    return true;
}

/* An address that people are shown; http is theirs to judge. */
bool value_link(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    const char *host;
    size_t len;
    bool https;
    if (!url_shape(value, &host, &len, &https))
        return error_set(err, ERR_CONFIG, "must begin with https:// or http://, without blanks");
    free(*(char **)field);
    *(char **)field = mem_dup(value);
    return true;
}

/* RFC 5321 4.1.2 without quoted local parts and address literals; a local part alone is a mailbox
 * of this host. */
static bool mailbox_ok(const char *s)
{
    static const char local_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789.!#$%&'*+-/=?^_`{|}~";
    size_t local = strspn(s, local_chars);
    char name[CONF_NAME_MAX];
    if (local == 0 || local > 64 || *s == '-' || *s == '.' || s[local - 1] == '.')
        return false;
    return s[local] == '\0' || (s[local] == '@' && conf_name_parse(s + local + 1, name));
}

static bool not_a_mailbox(struct error *err)
{
    return error_set(err, ERR_CONFIG,
                     "must be one plain address such as postmaster@example.org, without name and "
                     "brackets");
}

bool value_mailbox(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                   struct error *err)
{
    (void)r;
    (void)k;
    if (!mailbox_ok(value))
        return not_a_mailbox(err);
    free(*(char **)field);
    *(char **)field = mem_dup(value);
    return true;
}

bool value_mailboxes(struct conf_reader *r, const struct conf_key *k, void *field,
                     const char *value, struct error *err)
{
    (void)r;
    (void)k;
    struct conf_channel *ch =
        (struct conf_channel *)((char *)field - offsetof(struct conf_channel, to));
    if (strpbrk(value, ",;"))
        return error_set(err, ERR_CONFIG, "takes one address: write a line `to = …` for each");
    if (!mailbox_ok(value))
        return not_a_mailbox(err);
    ch->to = mem_grow(ch->to, ch->to_count + 1, sizeof *ch->to);
    ch->to[ch->to_count++] = mem_dup(value);
    return true;
}
