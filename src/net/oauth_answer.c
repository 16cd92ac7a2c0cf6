/* SPDX-License-Identifier: ISC */
/* The address at which the browser ends up after a login. */
#include "repmon/oauth_login.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 8192

static int oauth_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    int low = c | 32;
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* The value of `key` in a query; false: not there. */
static bool oauth_query_value(const char *query, const char *key, struct buf *out)
{
    size_t len = strlen(key);
    buf_clear(out);
    while (*query) {
        size_t part = strcspn(query, "&# \t\r\n");
        if (part > len && strncmp(query, key, len) == 0 && query[len] == '=') {
            for (size_t i = len + 1; i < part; i++) {
                int high = query[i] == '%' && i + 2 < part ? oauth_hex_value(query[i + 1]) : -1;
                int low = high >= 0 ? oauth_hex_value(query[i + 2]) : -1;
                char plain = query[i] == '+' ? ' ' : query[i];
                buf_char(out, low >= 0 ? (char)(high * 16 + low) : plain);
                i += low >= 0 ? 2 : 0;
            }
            return !out->failed;
        }
        query += part;
        if (*query != '&')
            return false;
        query++;
    }
    return false;
}

static bool oauth_same_secret(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    unsigned char difference = la != lb;
    for (size_t i = 0; i < la && i < lb; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

enum oauth_answer oauth_answer_read(const struct oauth_server *server, const char *address,
                                    const char *state, struct buf *code, struct error *err)
{
    const char *query = strchr(address, '?');
    struct buf value, clean;
    enum oauth_answer result = OAUTH_OTHER;
    query = query ? query + 1 : address + strspn(address, " \t");
    buf_init(&value, VALUE_MAX);
    buf_init(&clean, 256);
    bool has_code = oauth_query_value(query, "code", code) && code->len > 0;
    bool has_error = !has_code && oauth_query_value(query, "error", &value) && value.len > 0;
    if (has_error)
        buf_clean(&clean, buf_text(&value), value.len, 60);
    if (has_code || has_error) {
        bool mine =
            oauth_query_value(query, "state", &value) && oauth_same_secret(buf_text(&value), state);
        result = has_code ? OAUTH_CODE : OAUTH_SAID_NO;
        if (!mine)
            result = OAUTH_FOREIGN;
    }
    if (result == OAUTH_SAID_NO)
        error_set(err, ERR_UNAVAILABLE, "%s did not log in: \"%s\"", server->name,
                  buf_text(&clean));
    buf_fini(&value);
    buf_fini(&clean);
    return result;
}
