/* SPDX-License-Identifier: ISC */
/* Parsers of URLs and mailboxes. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/url.h"

#include <stdlib.h>
#include <string.h>

bool value_base_url(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    (void)r;
    (void)k;
    struct url url;
    if (!url_parse_asked(value, &url, err))
        return false;
    free(*(char **)field);
    *(char **)field = mem_dup(value);
    return true;
}

/* A URL shown to people; whether http is acceptable is for them to judge. */
bool value_link(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                struct error *err)
{
    (void)r;
    (void)k;
    struct url url;
    if (!url_parse(value, &url, err))
        return false;
    free(*(char **)field);
    *(char **)field = mem_dup(value);
    return true;
}

/* RFC 5321 4.1.2 without quoted local parts and address literals; a local part alone is a mailbox
 * of this host. */
static bool conf_mailbox_ok(const char *s)
{
    static const char local_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789.!#$%&'*+-/=?^_`{|}~";
    size_t local = strspn(s, local_chars);
    char name[CONF_NAME_MAX];
    if (local == 0 || local > 64 || *s == '-' || *s == '.' || s[local - 1] == '.')
        return false;
    return s[local] == '\0' || (s[local] == '@' && conf_name_parse(s + local + 1, name));
}

static bool conf_not_a_mailbox(struct error *err)
{
    return error_set(
        err, ERR_CONFIG,
        "must be one plain address such as postmaster@example.org, without a name or brackets");
}

bool value_mailbox(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                   struct error *err)
{
    (void)r;
    (void)k;
    if (!conf_mailbox_ok(value))
        return conf_not_a_mailbox(err);
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
        return error_set(err, ERR_CONFIG, "takes one address: write one `to = …` line for each");
    if (!conf_mailbox_ok(value))
        return conf_not_a_mailbox(err);
    ch->to = mem_grow(ch->to, ch->to_count + 1, sizeof *ch->to);
    ch->to[ch->to_count++] = mem_dup(value);
    return true;
}
