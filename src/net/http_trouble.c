/* SPDX-License-Identifier: ISC */
#include "repmon/http_trouble.h"

#include "repmon/text_fit.h"

#define TRIES          3
#define FIRST_PAUSE_MS 500
#define NEXT_PAUSE_MS  2000
#define PATIENCE_S     20 /* a longer Retry-After is left to the next run */

static bool http_passes_by_itself(const struct http_patience *p, enum reply_how how, int status)
{
    if (how == REPLY_ANSWERED)
        return status >= 500 || status == 429;
    return how == REPLY_UNREACHABLE || (how == REPLY_TIMEOUT && p->tries == 0);
}

bool http_try_again(struct http_patience *p, enum reply_how how, const struct http_response *http,
                    int64_t now_ms)
{
    int status = http ? http->status : 0;
    int64_t wait_s = http ? http->retry_after_s : -1;
    p->postponed = -1;
    if (!http_passes_by_itself(p, how, status) || ++p->tries >= TRIES)
        return false;
    if (wait_s > PATIENCE_S || (status == 429 && wait_s < 0)) {
        p->postponed = wait_s > 0 ? wait_s : 0;
        return false;
    }
    int64_t pause = p->tries == 1 ? FIRST_PAUSE_MS : NEXT_PAUSE_MS;
    p->wake_ms = now_ms + (wait_s * 1000 > pause ? wait_s * 1000 : pause);
    return true;
}

enum cause http_trouble(const char *name, const char *what, enum reply_how how,
                        const struct http_response *http, char *note, size_t size)
{
    if (how != REPLY_ANSWERED) {
        text_fit(note, size, "%s: %s", name, reply_how_word(how));
        return reply_how_cause(how);
    }
    bool elsewhere = http->status >= 301 && http->status <= 308 && http->status != 304;
    if (elsewhere) {
        text_fit(note, size, "%s redirects to another host (%d)", name, http->status);
        return CAUSE_BAD_FORMAT;
    }
    if (http->status == 401 || http->status == 403) {
        text_fit(note, size, "%s refuses this %s (%d)", name, what, http->status);
        return CAUSE_DENIED;
    }
    if (http->status == 429) {
        text_fit(note, size, "%s asks for fewer requests (429)", name);
        return CAUSE_DENIED;
    }
    if (http->status >= 500) {
        text_fit(note, size, "%s's server has a problem (%d)", name, http->status);
        return CAUSE_SERVFAIL;
    }
    text_fit(note, size, "%s answered %d", name, http->status);
    return CAUSE_BAD_FORMAT;
}
