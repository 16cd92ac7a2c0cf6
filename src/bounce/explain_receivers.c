/* SPDX-License-Identifier: ISC */
/* What a stream counts for each receiver and own address: its answers and their times. */
#include "explain_stream_parts.h"

#include "repmon/receivers.h"

#include <stdio.h>
#include <string.h>

#define DAY_S  86400
#define OTHERS "others" /* all receivers outside the table, and those it has no room for */

/* The last row is kept for the others. */
static struct explain_counted *explain_receiver_of(struct explain_receivers *r,
                                                   const struct explain *e, const char *name,
                                                   const struct ip *ip)
{
    uint64_t key = hash_bytes(hash_text(0, name), ip->bytes, sizeof ip->bytes);
    for (size_t step = 0, i; (i = hash_next(&r->index, key, &step)) != HASH_NONE;) {
        struct explain_counted *c = &r->rows[i];
        if (strcmp(c->shown.name, name) == 0 && ip_cmp(&c->shown.ip, ip) == 0)
            return c;
    }
    if (r->count + 1 >= EXPLAIN_RECEIVERS_MAX && strcmp(name, OTHERS) != 0)
        return explain_receiver_of(r, e, OTHERS, &(struct ip){0});
    hash_add(&r->index, key, r->count);
    struct explain_counted *c = &r->rows[r->count++];
    *c = (struct explain_counted){.shown = {.name = name, .ip = *ip}};
    receivers_title(e, name, c->shown.title);
    return c;
}

static void explain_keep_stamp(char out[static EXPLAIN_STAMP], struct maillog_piece stamp)
{
    size_t n = stamp.len < EXPLAIN_STAMP - 1 ? stamp.len : EXPLAIN_STAMP - 1;
    if (n > 0)
        memcpy(out, stamp.s, n);
    out[n] = '\0';
}

void explain_receivers_count(struct explain_receivers *r, struct explain *e,
                             const struct maillog_event *ev, const struct explain_verdict *v)
{
    static const struct ip none;
    const struct explain_operator *o = explain_host(e, ev->host);
    const struct ip *ip = v ? &v->ip : &ev->own_ip;
    if (!o || (ip->family && ip_is_hidden(ip)))
        ip = &none;
    struct explain_counted *c =
        explain_receiver_of(r, e, o ? explain_operator_name(o) : OTHERS, ip);
    enum explain_kind kind = v ? v->kind : EXPLAIN_UNKNOWN;
    bool refused = kind == EXPLAIN_IP_LIST || kind == EXPLAIN_NETWORK || kind == EXPLAIN_RDNS;
    c->shown.accepted += !v;
    c->shown.refused += refused;
    c->shown.throttled += kind == EXPLAIN_THROTTLE;
    c->shown.other += v && !refused && kind != EXPLAIN_THROTTLE;
    if (!c->first[0])
        explain_keep_stamp(c->first, ev->stamp);
    explain_keep_stamp(c->last, ev->stamp);
}

/* ---- times: parsed once per input, because parsing each one is slow ---- */

static int64_t explain_stamp_time(const char *stamp, const struct maillog_clock *clock)
{
    int64_t time;
    return maillog_time((struct maillog_piece){stamp, strlen(stamp)}, clock, &time) ? time : 0;
}

void explain_receivers_end(struct explain_receivers *r, const struct maillog_clock *clock)
{
    for (size_t i = 0; i < r->count; i++) {
        struct explain_counted *c = &r->rows[i];
        struct explain_receiver *shown = &c->shown;
        int64_t first = explain_stamp_time(c->first, clock);
        int64_t last = explain_stamp_time(c->last, clock);
        if (first && (shown->since == 0 || first < shown->since))
            shown->since = first;
        if (last > shown->until)
            shown->until = last;
        c->first[0] = c->last[0] = '\0';
    }
}

void explain_receivers_tell(const struct explain_receivers *r, const struct explain *e,
                            struct buf *out)
{
    const char *answered[EXPLAIN_RECEIVERS_MAX];
    size_t count = 0;
    int64_t newest = 0;
    for (size_t i = 0; i < r->count; i++)
        newest = r->rows[i].shown.until > newest ? r->rows[i].shown.until : newest;
    for (size_t i = 0; i < r->count; i++) {
        const struct explain_receiver *shown = &r->rows[i].shown;
        bool lately = shown->until > newest - DAY_S && strcmp(shown->name, OTHERS) != 0;
        size_t k = 0;
        while (k < count && strcmp(answered[k], shown->name) != 0)
            k++;
        if (lately && k == count)
            answered[count++] = shown->name;
    }
    if (newest) /* without times it is not known who answered lately */
        receivers_tell(e, answered, count, out);
}
