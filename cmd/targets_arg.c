/* SPDX-License-Identifier: ISC */
#include "targets_arg.h"

#include "repmon/buf.h"
#include "repmon/host_name.h"
#include "repmon/limits.h"
#include "repmon/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN_WORD 80

/* No host name ends in a label of digits (RFC 1123 2.1), or holds a colon or a slash. */
static bool targets_looks_like_address(const char *word)
{
    size_t len = strlen(word), digits = 0;
    if (len && word[len - 1] == '.')
        len--;
    while (digits < len && word[len - digits - 1] >= '0' && word[len - digits - 1] <= '9')
        digits++;
    bool only_digits = digits == len || word[len - digits - 1] == '.';
    return strpbrk(word, ":/") || only_digits;
}

/* As mail logs write an address: "[203.0.113.5]", "[IPv6:2001:db8::25]", or with a full stop. */
static void targets_unwrap(const char *word, char *out, size_t size)
{
    size_t len = strlen(word);
    if (len > 1 && word[len - 1] == '.' &&
        (word[len - 2] == ']' || targets_looks_like_address(word)))
        len--;
    if (len > 2 && word[0] == '[' && word[len - 1] == ']') {
        word++;
        len -= 2;
        if (len > 5 && strncasecmp(word, "IPv6:", 5) == 0) { /* RFC 5321 4.1.3 */
            word += 5;
            len -= 5;
        }
    }
    snprintf(out, size, "%.*s", (int)(len < size ? len : size - 1), word);
}

/* ERR_USAGE that names the word and what to write instead, as far as anybody can tell. */
static bool targets_wrong(const char *word, const char *why, struct error *err)
{
    struct buf shown, hint;
    buf_init(&shown, 1024);
    buf_init(&hint, 1024);
    buf_clean(&shown, word, strlen(word), SHOWN_WORD);
    if (!shown.len)
        error_set(err, ERR_USAGE, "an empty word: %s", why);
    else if (typed_hint(word, &hint))
        error_set(err, ERR_USAGE, "%s %s", buf_text(&shown), buf_text(&hint));
    else if (strstr(why, buf_text(&shown)))
        error_set(err, ERR_USAGE, "%s", why);
    else
        error_set(err, ERR_USAGE, "%s: %s", buf_text(&shown), why);
    buf_fini(&hint);
    buf_fini(&shown);
    return false;
}

/* A reverse name (RFC 1035 3.5), or a name with another known mistake. */
static bool targets_is_mistaken(const char *name)
{
    struct buf hint;
    buf_init(&hint, 1024);
    bool mistaken = typed_hint(name, &hint);
    buf_fini(&hint);
    return mistaken;
}

bool targets_arg_add(struct targets_arg *targets, const char *word, struct error *err)
{
    struct error why = {0};
    char name[LIMIT_DNS_NAME + 1];
    bool ok = true;
    char bare[CIDR_TEXT_MAX];
    targets_unwrap(word, bare, sizeof bare);
    struct cidr block;
    bool is_label = targets->labels && word[strspn(word, "0123456789abcdefABCDEF.:/[]")];
    if ((targets_looks_like_address(word) && !is_label) || cidr_parse(bare, &block, NULL)) {
        ok = cidr_parse(bare, &block, NULL) || cidr_parse(word, &block, &why);
        if (ok) {
            targets->blocks =
                mem_grow(targets->blocks, targets->block_count + 1, sizeof *targets->blocks);
            targets->blocks[targets->block_count++] = block;
        } else {
            targets_wrong(word, why.text, err);
        }
    } else if (host_name_parse(word, name) && (targets->labels || !targets_is_mistaken(name))) {
        targets->hosts = mem_grow(targets->hosts, targets->host_count + 1, sizeof *targets->hosts);
        targets->hosts[targets->host_count++] = mem_dup(name);
    } else if (targets->labels && *word) {
        targets->hosts = mem_grow(targets->hosts, targets->host_count + 1, sizeof *targets->hosts);
        targets->hosts[targets->host_count++] = mem_dup(word);
    } else {
        ok = targets_wrong(word, "neither an address, a block nor a host name", err);
    }
    return ok;
}

void targets_arg_fini(struct targets_arg *targets)
{
    for (size_t i = 0; i < targets->host_count; i++)
        free(targets->hosts[i]);
    free(targets->hosts);
    free(targets->blocks);
    *targets = (struct targets_arg){0};
}
