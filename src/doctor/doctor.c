/* SPDX-License-Identifier: ISC */
#include "doctor_state.h"

#include "repmon/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Later checks rely on the earlier ones; and what a resolver says about names is worth no more than
 * the resolver itself. */
static const struct {
    void (*check)(struct doctor *d);
    bool network;
} checks[] = {
    {doctor_configuration, false}, {doctor_targets, false},      {doctor_way_out, true},
    {doctor_who, false},           {doctor_confinement, false},  {doctor_secrets, false},
    {doctor_group, false},         {doctor_folder, false},       {doctor_file, false},
    {doctor_textfile, false},      {doctor_page, false},         {doctor_state, false},
    {doctor_clock, false},         {doctor_outbox, false},       {doctor_catalogue, false},
    {doctor_budget, false},        {doctor_resolver, false},     {doctor_lists, true},
    {doctor_names, true},          {doctor_reverse, true},       {doctor_askers, false},
    {doctor_channels, false},      {doctor_channels_live, true}, {doctor_hearers, false},
    {doctor_path, false},
};

const char *doctor_word(enum doctor_mark mark)
{
    static const char *const words[DOCTOR_MARK_COUNT] = {
        [DOCTOR_RED] = "red", [DOCTOR_WARN] = "warn", [DOCTOR_OK] = "ok"};
    return words[mark];
}

void doctor_say(struct doctor *d, enum doctor_mark mark, const char *name, const char *subject,
                const char *cure, const char *fmt, ...)
{
    struct buf raw, text, about, how;
    va_list args;
    buf_init(&raw, 4096);
    buf_init(&text, 8192);
    buf_init(&about, 1024);
    buf_init(&how, 8192);
    va_start(args, fmt);
    buf_vfmt(&raw, fmt, args);
    va_end(args);
    buf_clean(&text, buf_text(&raw), raw.len, raw.len);
    buf_clean(&about, subject, strlen(subject), 300);
    buf_clean(&how, cure, strlen(cure), 2048);
    const struct doctor_line line = {.mark = mark,
                                     .name = name,
                                     .subject = buf_text(&about),
                                     .text = buf_text(&text),
                                     .cure = mark == DOCTOR_OK ? "" : buf_text(&how)};
    d->red |= mark == DOCTOR_RED;
    d->resolver_red |= mark == DOCTOR_RED && strcmp(name, "resolver") == 0;
    d->options->tell(d->options->ctx, &line);
    buf_fini(&raw);
    buf_fini(&text);
    buf_fini(&about);
    buf_fini(&how);
}

void doctor_number(uint64_t n, char *out, size_t size)
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n), k = 0;
    for (size_t i = 0; i < len && k + 2 < size; i++) {
        if (i && (len - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
}

static void doctor_open_all(struct doctor *d)
{
    struct error err = {0};
    char text[2048];
    inventory_init(&d->inventory);
    d->has_ask =
        session_init(&d->session, d->conf, NULL, &err) && session_is_possible(&d->session, &err);
    if (!d->has_ask) {
        error_format(&err, text, sizeof text);
        doctor_say(d, DOCTOR_RED, "sources", "", "fix the configuration there", "%s", text);
    }
    d->loop = loop_new(NULL); /* needed offline, too: waiting for journalctl runs in it */
    if (d->loop)
        loop_catch_signals(d->loop);
}

bool doctor_examine(const struct doctor_options *options)
{
    struct doctor d = {.options = options, .conf = options->conf, .now = clock_wall()};
    doctor_open_all(&d);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (checks[i].network && (options->offline || !d.loop))
            continue;
        if (loop_interrupted()) {
            doctor_say(&d, DOCTOR_RED, "doctor", "", "run it again", "interrupted: not finished");
            break;
        }
        checks[i].check(&d);
    }
    store_close(d.store);
    session_fini(&d.session);
    inventory_fini(&d.inventory);
    loop_free(d.loop);
    return !d.red;
}
