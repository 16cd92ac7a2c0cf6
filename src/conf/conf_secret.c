/* SPDX-License-Identifier: ISC */
/* Reads the files that hold secrets, and what each must look like. */
#include "conf_parse.h"

#include "repmon/buf.h"
#include "repmon/limits.h"
#include "repmon/secret.h"
#include "repmon/url.h"

#include <stdlib.h>
#include <string.h>

static bool conf_read_is_word(const char *text)
{
    while (*text > ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

static bool conf_is_signing_key(const char *text, struct error *err)
{
    struct buf key;
    buf_init(&key, LIMIT_SECRET);
    bool ok = secret_signing_key(text, &key, err);
    if (key.data)
        explicit_bzero(key.data, key.cap);
    buf_fini(&key);
    return ok;
}

static bool conf_fits(const char *text, enum secret_kind kind, struct error *err)
{
    char name[CONF_NAME_MAX];
    struct url url;
    switch (kind) {
    case SECRET_ANY: return true;
    case SECRET_URL: return url_parse_asked(text, &url, err);
    case SECRET_LABEL:
        return (!strchr(text, '.') && conf_name_parse(text, name)) ||
               error_set(err, ERR_CONFIG,
                         "must be a label of a DNS name: at most 63 letters, digits and -");
    case SECRET_WORD:
        return conf_read_is_word(text) ||
               error_set(err, ERR_CONFIG,
                         "must be one word of printable ASCII; the file contains "
                         "a space or another character");
    case SECRET_DOCUMENT: return true;
    case SECRET_SIGNING: return conf_is_signing_key(text, err);
    }
    return true;
}

void conf_read_secret(struct conf_reader *r, const struct conf_pending *p)
{
    void *base = p->base ? *p->base : r->c;
    struct secret *secret = (struct secret *)((char *)base + p->offset);
    struct error err = {0};
    struct conf_place at = {r->c->path, p->line};
    char *text;
    bool document = p->key->least == SECRET_DOCUMENT;
    enum secret_state state = document ? secret_read_document(p->path, r->c->user, &text, &err)
                                       : secret_read(p->path, r->c->user, &text, &err);
    if (state == SECRET_READ && !conf_fits(text, (enum secret_kind)p->key->least, &err)) {
        secret_free(text);
        text = NULL;
        state = SECRET_REFUSED;
    }
    secret_free(secret->text);
    *secret = (struct secret){text, true, at};
    if (state != SECRET_READ)
        errors_add(state == SECRET_REFUSED ? r->errors : r->warnings, err.class, r->c->path,
                   p->line, "[%s] %s: %s", p->section, p->key->info.key, err.text);
}
