/* SPDX-License-Identifier: ISC */
#include "repmon/heartbeat.h"

#include "repmon/limits.h"

#include <string.h>

#define PING_TIMEOUT_MS 10000
#define PING_REPLY_MAX  16384

bool heartbeat_send(const struct channel_env *env, bool success, struct error *err)
{
    const struct secret *secret = &env->conf->ping_url;
    if (!secret->wanted && !secret->text)
        return true;
    if (!secret->text)
        return error_set(err, ERR_CONFIG, "ping: its URL can't be read");
    if (!env->http)
        return error_set(err, ERR_UNAVAILABLE, "ping: HTTP is not available");
    struct buf url;
    buf_init(&url, LIMIT_URL);
    size_t path = strcspn(secret->text, "?#");
    buf_add(&url, secret->text, path);
    if (!success) {
        if (url.len && url.data[url.len - 1] == '/')
            url.data[--url.len] = '\0';
        buf_str(&url, "/fail");
    }
    buf_str(&url, secret->text + path);
    struct http_request request = {
        .method = "GET",
        .url = buf_text(&url),
        .max_body = PING_REPLY_MAX,
        .timeout_ms = env->timeout_ms > 0 ? env->timeout_ms : PING_TIMEOUT_MS,
    };
    struct http_response response;
    enum reply_how how = http_once(env->http, &request, &response, NULL, err);
    bool ok = response.status >= 200 && response.status < 300;
    if (!ok && response.status >= 200)
        error_set(err, ERR_UNAVAILABLE, "ping: HTTP %d", response.status);
    else if (!ok)
        error_set(err, ERR_UNAVAILABLE, "ping: %s", reply_how_word(how));
    buf_fini(&url);
    return ok;
}
