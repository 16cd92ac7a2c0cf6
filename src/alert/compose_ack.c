/* SPDX-License-Identifier: ISC */
/* The command lines that silence what a message is about, and nothing else. */
#include "compose_parts.h"

#include "repmon/conf.h"

#include <string.h>

#define ACK_LINES  10 /* command lines shown; more would hide the news */
#define ACK_BLOCKS 4  /* lines for one entry; beyond that they become one loop */
#define LOOP_MAX   64 /* blocks in a loop */

/* A finding somebody may want to silence; a lapsed one is unknown now, and counts. */
static bool compose_can_be_acked(const struct entry *e)
{
    if (e->of_list)
        return e->kind == CHANGE_BLIND;
    return (e->to > LEVEL_OK && e->kind != CHANGE_RETIRED) || e->kind == CHANGE_LAPSED;
}

/* A word of a command line, quoted if the shell would misread it otherwise. */
static void compose_shell_word(struct buf *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./-_";
    if (s[0] && strspn(s, plain) == strlen(s)) {
        buf_str(out, s);
        return;
    }
    buf_char(out, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            buf_str(out, "'\\''");
        else
            buf_clean(out, s, 1, 1);
    }
    buf_char(out, '\'');
}

/* The last address of a block. */
static struct ip compose_last_of(const struct cidr *c)
{
    struct ip ip = c->base;
    for (unsigned bit = c->len; bit < ip_bits(&ip); bit++)
        ip.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
    return ip;
}

/* The largest block that begins at `first` and ends no later than `last`, never below `unit`. */
static struct cidr compose_block_at(const struct ip *first, const struct ip *last, unsigned unit)
{
    struct cidr best = {*first, (uint8_t)unit};
    while (best.len > 0) {
        struct cidr wider = {*first, (uint8_t)(best.len - 1)};
        struct ip base = ip_mask(first, wider.len), end = compose_last_of(&wider);
        if (ip_cmp(&base, first) != 0 || ip_cmp(&end, last) > 0)
            break;
        best = wider;
    }
    return best;
}

size_t compose_blocks(const struct ip_range *r, struct cidr *out, size_t max)
{
    if (ip_name(&r->first)) { /* a domain is a target by itself, not a block */
        out[0] = (struct cidr){r->first, 128};
        return ip_cmp(&r->first, &r->last) == 0 && max > 0 ? 1 : max + 1;
    }
    unsigned unit = r->prefix ? r->prefix : ip_bits(&r->first);
    struct cidr whole = {r->last, (uint8_t)unit};
    struct ip at = r->first, last = compose_last_of(&whole);
    for (size_t n = 0; n < max;) {
        out[n] = compose_block_at(&at, &last, unit);
        at = compose_last_of(&out[n++]);
        if (ip_cmp(&at, &last) >= 0 || !ip_next(&at))
            return n;
    }
    return max + 1;
}

/* "repmon ", and the configuration if it is not the usual one. */
static void compose_program(struct buf *out, const struct message *m)
{
    buf_str(out, "repmon ");
    if (m->config[0] && strcmp(m->config, CONF_DEFAULT_PATH) != 0) {
        buf_str(out, "-c ");
        compose_shell_word(out, m->config);
        buf_char(out, ' ');
    }
}

void compose_doctor(struct buf *out, const struct message *m, const char *text)
{
    static const char command[] = "\"repmon doctor\"";
    for (const char *at; (at = strstr(text, command)); text = at + sizeof command - 1) {
        buf_add(out, text, (size_t)(at - text));
        buf_char(out, '"');
        compose_program(out, m);
        buf_str(out, "doctor\"");
    }
    buf_str(out, text);
}

static void compose_command(struct buf *out, const struct message *m)
{
    buf_str(out, "sudo ");
    compose_program(out, m);
    buf_str(out, "ack ");
}

static void compose_block_word(struct buf *out, const struct cidr *c)
{
    char text[CIDR_TEXT_MAX];
    cidr_format(c, text);
    buf_str(out, text);
}

/* One line per block, or one loop over them; never a word that covers more than the mail names. */
static size_t compose_ack_targets(struct buf *out, const struct message *m, const struct entry *e)
{
    struct cidr blocks[LOOP_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < e->range_count && count <= LOOP_MAX; i++)
        count += compose_blocks(&e->ranges[i], blocks + count, LOOP_MAX - count);
    if (count > LOOP_MAX || e->more)
        return 0;
    bool loop = count > ACK_BLOCKS;
    if (loop) {
        buf_str(out, "   for a in");
        for (size_t i = 0; i < count; i++) {
            buf_char(out, ' ');
            compose_block_word(out, &blocks[i]);
        }
        buf_str(out, "; do ");
    }
    for (size_t i = 0; i < (loop ? 1 : count); i++) {
        if (!loop)
            buf_str(out, "   ");
        compose_command(out, m);
        if (loop)
            buf_str(out, "$a");
        else
            compose_block_word(out, &blocks[i]);
        buf_char(out, ' ');
        compose_shell_word(out, e->list);
        buf_str(out, loop ? "; done\n" : "\n");
    }
    return loop ? 1 : count;
}

static size_t compose_ack_blindness(struct buf *out, const struct message *m, const struct entry *e)
{
    buf_str(out, "   ");
    compose_command(out, m);
    buf_str(out, "--blind ");
    compose_shell_word(out, e->list[0] ? e->list : "all");
    buf_char(out, '\n');
    return 1;
}

void compose_ack(struct buf *out, const struct message *m)
{
    size_t lines = 0, left = m->more_entries;
    for (size_t i = 0; i < m->entry_count; i++) {
        const struct entry *e = &m->entries[i];
        if (!compose_can_be_acked(e))
            continue;
        if (lines == 0 && left == m->more_entries)
            compose_heading(
                out, "TO ACKNOWLEDGE (no reminders for 30 days, or until it ends or gets worse)");
        size_t made = 0;
        if (lines < ACK_LINES)
            made = e->of_list ? compose_ack_blindness(out, m, e) : compose_ack_targets(out, m, e);
        lines += made;
        left += made == 0;
    }
    if (left > m->more_entries)
        buf_fmt(out, "   %zu more change%s: \"repmon help ack\" shows how\n", left,
                left == 1 ? "" : "s");
}
