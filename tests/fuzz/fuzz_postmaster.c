/* SPDX-License-Identifier: ISC */
/* Everything that Google sends: a page of numbers, a compliance status, an error, a token, and the
 * client file, each read from the same bytes. */
#include "repmon/oauth_client.h"
#include "source/postmaster/postmaster_days.h"
#include "source/postmaster/postmaster_read.h"
#include "source/postmaster/postmaster_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
    struct postmaster_day days[8];
    size_t count;
};

static void take(void *ctx, enum postmaster_metric metric, int32_t day, double value)
{
    struct taken *t = ctx;
    if (metric >= POSTMASTER_METRICS || day < 20000101 || day > 99991231 || !(value >= 0))
        abort();
    if (t->count == sizeof t->days / sizeof *t->days)
        t->count = 0;
    t->days[t->count] = postmaster_day_empty(day);
    t->days[t->count++].values[metric] = value;
}

/* What is kept is read back as it was, and its words are never empty. */
static void check_days(const struct taken *t)
{
    struct postmaster_days days = {0}, again;
    char words[POSTMASTER_WORDS];
    struct buf text;
    postmaster_days_merge(&days, t->days, t->count);
    buf_init(&text, 8192);
    postmaster_days_format(&days, &text);
    postmaster_days_parse(buf_text(&text), &again);
    if (text.failed || again.count != days.count ||
        memcmp(again.day, days.day, sizeof days.day) != 0)
        abort();
    buf_fini(&text);
    postmaster_spam_words(&days, words);
    if (!words[0] || !memchr(words, '\0', sizeof words))
        abort();
    postmaster_delivery_words(&days, words);
    if (!words[0] || !memchr(words, '\0', sizeof words))
        abort();
}

static void check_page(const char *text, size_t size)
{
    struct taken t = {0};
    struct buf next;
    buf_init(&next, 1024);
    if (postmaster_read_page(text, size, take, &t, &next, NULL))
        check_days(&t);
    buf_fini(&next);
}

static void check_compliance(const char *text, size_t size)
{
    static const struct conf_postmaster account = {.spam_warning = 0.1, .spam_critical = 0.3};
    struct postmaster_compliance c;
    struct verdict v;
    postmaster_compliance_init(&c);
    if (postmaster_read_compliance(text, size, "example.org", &c, NULL)) {
        if (c.words.failed || (c.words.len && !c.proven))
            abort();
        postmaster_explain(&account, LIST_COMPLIANCE, buf_text(&c.words), &v);
        if (v.level == LEVEL_UNKNOWN || (c.words.len > 0) != (v.code_count > 0))
            abort();
    }
    postmaster_compliance_fini(&c);
}

static void check_login(const char *text, size_t size)
{
    static const struct oauth_server server = {.name = "Google", .describes = true};
    const struct oauth_body body = {size % 2 ? 200 : 400, text, size};
    struct oauth_token token = {0};
    struct oauth_client client = {0};
    struct error err = {0};
    char code[OAUTH_ERROR_MAX];
    bool rotated;
    enum oauth_reply got = oauth_reply_read(&server, &body, 1000, &token, &rotated, code, &err);
    if ((got == OAUTH_NEW) != oauth_token_fits(token.access) || (got != OAUTH_NEW && !err.text[0]))
        abort();
    oauth_token_fini(&token);
    if (oauth_client_read(text, size, &client, NULL) && !client.id && !oauth_client_signs(&client))
        abort();
    oauth_client_fini(&client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct postmaster_fault fault;
    struct postmaster_days days;
    char *text = mem_ndup((const char *)data, size);
    check_page(text, size);
    check_compliance(text, size);
    check_login(text, size);
    postmaster_read_fault(text, size, &fault);
    postmaster_days_parse(text, &days);
    free(text);
    return 0;
}
