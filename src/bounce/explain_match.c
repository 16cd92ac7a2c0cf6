/* SPDX-License-Identifier: ISC */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "explain_parts.h"

#include <pcre2.h>
#include <string.h>

/* Hostile text must cost a bounded time; honest refusals need a few hundred steps. */
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 1000
#define HEAP_LIMIT  1024 /* KiB */
#define PATTERN_MAX 8192

/*
 * @IP@: the address as servers write it: [203.0.113.5], [IPv6:2001:db8::1], [203.0.113.5   12],
 * masked ([IP], [x.x.x.x], [redacted]), or bare. It must look like an address: "550 blocked" has
 * none.
 */
static const char ip_macro[] =
    "(?:\\[ ?(?:ipv6: ?)?(?<ip>(?=[^\\]]*[.:*#])[0-9a-fx.:*#]{3,45}"
    "|[<$a-z_-]*(?:ip|addr|redacted|removed|masked)[a-z_-]*)[^\\]]{0,12}\\]"
    "|(?<ip>[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|(?=[0-9a-f]*:[0-9a-f]*:)[0-9a-f:.]{4,45}))";

static void explain_expand(const char *pattern, bool without_blanks, struct buf *out)
{
    for (const char *p = pattern; *p; p++) {
        if (strncmp(p, "@IP@", 4) == 0) {
            for (const char *q = ip_macro; *q; q++)
                if (!without_blanks || *q != ' ')
                    buf_char(out, *q);
                else if (q[1] == '?')
                    q++;
            p += 3;
        } else if (*p == ' ' && without_blanks) {
            p += p[1] == '?';
        } else {
            buf_char(out, *p);
        }
    }
}

bool match_compile(const char *pattern, bool without_blanks, void **code, struct error *err)
{
    struct buf text;
    buf_init(&text, PATTERN_MAX);
    explain_expand(pattern, without_blanks, &text);
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *re =
        pcre2_compile((PCRE2_SPTR)buf_text(&text), text.len,
                      PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_DUPNAMES, &number, &offset, NULL);
    bool ok = re && !text.failed;
    if (!re) {
        PCRE2_UCHAR message[120];
        pcre2_get_error_message(number, message, sizeof message);
        error_set(err, ERR_CONFIG, "pattern “%.60s…”: %s at %zu", pattern, (char *)message,
                  (size_t)offset);
    } else if (text.failed) {
        error_set(err, ERR_CONFIG, "a pattern is longer than %d bytes", PATTERN_MAX);
    } else {
        pcre2_jit_compile(re, PCRE2_JIT_COMPLETE); /* without JIT it is only slower */
    }
    buf_fini(&text);
    *code = re;
    return ok;
}

bool match_setup(struct explain *e, struct error *err)
{
    e->match = pcre2_match_data_create(32, NULL);
    e->context = pcre2_match_context_create(NULL);
    if (!e->match || !e->context)
        return error_set(err, ERR_BUG, "no memory for matching");
    pcre2_set_match_limit(e->context, MATCH_LIMIT);
    pcre2_set_depth_limit(e->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(e->context, HEAP_LIMIT);
    return true;
}

void match_free_code(void *code)
{
    pcre2_code_free(code);
}

void match_teardown(struct explain *e)
{
    pcre2_match_data_free(e->match);
    pcre2_match_context_free(e->context);
}

bool match_run(struct explain *e, void *code, const char *text, size_t len)
{
    int found = pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, e->match, e->context);
    e->gave_up += found < 0 && found != PCRE2_ERROR_NOMATCH;
    return found > 0;
}

bool match_group(struct explain *e, void *code, const char *name, char *out, size_t size)
{
    out[0] = '\0';
    if (pcre2_substring_number_from_name(code, (PCRE2_SPTR)name) == PCRE2_ERROR_NOSUBSTRING)
        return false;
    PCRE2_SIZE length = size;
    if (pcre2_substring_copy_byname(e->match, (PCRE2_SPTR)name, (PCRE2_UCHAR *)out, &length) != 0) {
        out[0] = '\0';
        return false;
    }
    return length > 0;
}

void match_span(struct explain *e, size_t *start, size_t *end)
{
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(e->match);
    *start = span[0];
    *end = span[1] > span[0] ? span[1] : span[0]; /* \K in a look-ahead can swap them */
}
