/* SPDX-License-Identifier: ISC */
/* The keys of the selectors in use: those configured, and those seen in reports. Without any,
 * nothing is said: a guess proves nothing. */
#include "dkim_key.h"
#include "domain_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum dkim_key key;
    enum domain_say say;
} bad_keys[] = {{DKIM_KEY_UNUSABLE, DKIM_BROKEN},
                {DKIM_KEY_WAS_REVOKED, DKIM_REVOKED},
                {DKIM_KEY_TOO_WEAK, DKIM_WEAK},
                {DKIM_KEY_RATHER_SHORT, DKIM_SHORT}};

/* The best of the records there; *text is the text of that one. */
static struct dkim_key_read domain_best_key(const struct dns_answer *answer, const char **text)
{
    struct dkim_key_read best = {.why = ""};
    *text = "";
    for (size_t i = 0; i < answer->count; i++) {
        const struct dns_record *r = &answer->records[i];
        struct dkim_key_read read = dkim_key_read(r->text, r->len);
        if (read.key <= best.key)
            continue;
        best = read;
        *text = r->text;
    }
    return best;
}

static bool domain_has_no_key(const struct dns_answer *answer)
{
    const char *text;
    return domain_best_key(answer, &text).key == DKIM_KEY_NONE;
}

static void domain_dkim_tell_absent(struct domain_state *s, struct domain_job *j,
                                    struct domain_finding *f, const char *selector,
                                    const char *name)
{
    char item[DOMAIN_WHAT + CONF_NAME_MAX];
    snprintf(item, sizeof item, "dkim/%s", selector);
    enum domain_absent absent = domain_absent(s, j, f, item, name, DNS_TXT, domain_has_no_key);
    if (absent == ABSENT_NOT_PROVEN)
        return;
    const char *was = absent == ABSENT_GONE ? domain_remembered(s, j, item) : "";
    finding_add(f, absent == ABSENT_GONE ? DKIM_GONE : DKIM_MISSING, selector);
    if (*was)
        finding_say(f, "publish again: %s TXT \"%s\"", name, was);
    else
        finding_say(f,
                    "publish %s TXT \"v=DKIM1; k=rsa; p=...\" with the public key, or remove the "
                    "selector from selectors",
                    name);
}

static void domain_tell_key(struct domain_finding *f, const struct dkim_key_read *key,
                            const char *selector, const char *name)
{
    for (size_t i = 0; i < sizeof bad_keys / sizeof *bad_keys; i++)
        if (bad_keys[i].key == key->key)
            finding_add(f, bad_keys[i].say, selector);
    if (key->key == DKIM_KEY_UNUSABLE)
        finding_say(f, "%s TXT: %s", name, key->why);
    else if (key->key == DKIM_KEY_WAS_REVOKED)
        finding_say(f,
                    "%s TXT has an empty p=: publish the public key, or sign with another "
                    "selector",
                    name);
    else if (key->key < DKIM_KEY_FINE)
        finding_say(f, "%s TXT has an RSA key of %u bits: publish one of 2048", name, key->bits);
}

static void domain_judge_selector(struct domain_state *s, struct domain_job *j,
                                  struct domain_finding *f, const char *selector)
{
    char name[2 * CONF_NAME_MAX + 16], item[DOMAIN_WHAT + CONF_NAME_MAX];
    struct dns_answer answer;
    const char *text;
    snprintf(name, sizeof name, "%s._domainkey.%s", selector, j->name);
    if (domain_ask(s, j, f, name, DNS_TXT, &answer) != SPF_FOUND)
        return;
    struct dkim_key_read key = domain_best_key(&answer, &text);
    if (key.key == DKIM_KEY_NONE) {
        domain_dkim_tell_absent(s, j, f, selector, name);
        return;
    }
    snprintf(item, sizeof item, "dkim/%s", selector);
    if (key.key >= DKIM_KEY_TOO_WEAK)
        domain_present(s, j, item, text);
    domain_tell_key(f, &key, selector, name);
}

static bool domain_is_configured(const struct domain_job *j, const char *selector)
{
    for (size_t i = 0; i < j->conf->selector_count; i++)
        if (strcmp(j->conf->selectors[i], selector) == 0)
            return true;
    return false;
}

/* For a selector that receivers saw in use, only a missing key matters: the key may be someone
 * else's choice, but mail in transit needs it. False: nothing can be said. */
static bool domain_judge_seen(struct domain_state *s, struct domain_job *j,
                              struct domain_finding *f, const char *selector)
{
    char name[2 * CONF_NAME_MAX + 16], item[DOMAIN_WHAT + CONF_NAME_MAX];
    struct dns_answer answer;
    const char *text;
    snprintf(name, sizeof name, "%s._domainkey.%s", selector, j->name);
    snprintf(item, sizeof item, "dkim/%s", selector);
    if (domain_ask(s, j, f, name, DNS_TXT, &answer) != SPF_FOUND)
        return false;
    if (domain_best_key(&answer, &text).key != DKIM_KEY_NONE) {
        domain_present(s, j, item, text);
        return true;
    }
    if (!domain_remembered(s, j, item)[0]) /* no run ever saw a key there */
        return false;
    if (domain_absent(s, j, f, item, name, DNS_TXT, domain_has_no_key) != ABSENT_GONE)
        return false;
    finding_add(f, DKIM_VANISHED, selector);
    finding_say(f, "%s has no key, and DMARC reports of the last 7 days show it passing", name);
    return true;
}

/* Selectors that reports showed in use, separated by blanks; owned, "" when there are none. */
static char *domain_seen_selectors(const struct domain_state *s, const struct domain_job *j)
{
    char key[CONF_NAME_MAX + 32];
    snprintf(key, sizeof key, SOURCE_SELECTORS_FACT "%s", j->name);
    const char *seen = s->env.fact_get ? s->env.fact_get(s->env.ctx, key) : NULL;
    return mem_dup(seen ? seen : "");
}

static bool domain_judge_all_seen(struct domain_state *s, struct domain_job *j,
                                  struct domain_finding *f, const char *seen)
{
    bool any = false;
    for (const char *at = seen; *at;) {
        char selector[CONF_NAME_MAX];
        size_t len = strcspn(at, " ");
        snprintf(selector, sizeof selector, "%.*s", (int)len, at);
        if (len < sizeof selector && !domain_is_configured(j, selector))
            any |= domain_judge_seen(s, j, f, selector);
        at += len + strspn(at + len, " ");
    }
    return any;
}

void domain_judge_dkim(struct domain_state *s, struct domain_job *j, struct domain_finding *f)
{
    char *seen = domain_seen_selectors(s, j);
    for (size_t i = 0; i < j->conf->selector_count; i++)
        domain_judge_selector(s, j, f, j->conf->selectors[i]);
    bool any = domain_judge_all_seen(s, j, f, seen);
    if (!any && j->conf->selector_count == 0 && f->cause == CAUSE_NONE)
        f->cause = CAUSE_NO_DATA;
    free(seen);
}
