/* SPDX-License-Identifier: ISC */
/* Values of [reports]. */
#include "conf_parse.h"

#include "repmon/buf.h"

#include <stdlib.h>
#include <string.h>

static void conf_add_text(char ***list, size_t *count, const char *text)
{
    *list = mem_grow(*list, *count + 1, sizeof(char *));
    (*list)[(*count)++] = mem_dup(text);
}

/* RFC 8601 2.5: a token; nearly always the host's name. */
bool value_trust(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                 struct error *err)
{
    struct conf_reports *reports = r->base;
    (void)k, (void)field;
    if (strlen(value) > 255 || strpbrk(value, " \t;\"()<>,"))
        return error_set(err, ERR_CONFIG,
                         "must be the word after \"Authentication-Results:\" in your own mail, "
                         "such as mx.example.org");
    conf_add_text(&reports->trust, &reports->trust_count, value);
    return true;
}

static bool conf_add_reporter(struct conf_reports *reports, const char *word, size_t len,
                              struct error *err)
{
    char name[CONF_NAME_MAX];
    char *text = mem_ndup(word, len);
    bool ok = conf_name_parse(text, name);
    free(text);
    if (!ok)
        return error_set(err, ERR_CONFIG, "must be domains, such as example.net");
    conf_add_text(&reports->reporters, &reports->reporter_count, name);
    return true;
}

bool value_reporter(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                    struct error *err)
{
    (void)k, (void)field;
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, " \t");
        if (!conf_add_reporter(r->base, at, len, err))
            return false;
        at += len + strspn(at + len, " \t");
    }
    return true;
}

/* "5%", and "5" for those who left the sign out. */
bool value_percent(struct conf_reader *r, const struct conf_key *k, void *field, const char *value,
                   struct error *err)
{
    size_t len = strlen(value);
    struct error unused = {0};
    char *number = mem_ndup(value, len > 0 && value[len - 1] == '%' ? len - 1 : len);
    bool ok = value_real(r, k, field, number, &unused);
    free(number);
    return ok ||
           error_set(err, ERR_CONFIG, "must be a share above 0%% and at most 100%%, such as 0.1%%");
}
