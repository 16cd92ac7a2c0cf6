/* SPDX-License-Identifier: ISC */
/* Where the names of [targets] lead, asked now, and which address this machine sends from. */
#include "doctor_state.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/names.h"
#include "repmon/text_fit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOWN_BLOCKS 4

static const char *doctor_cure_of(const struct doctor *d, const struct name *n)
{
    static const char *const cures[NAME_TROUBLE_COUNT] = {
        [NAME_PARTLY] = ("query the resolver by hand with dig; until it answers, the known "
                         "addresses stay watched"),
        [NAME_FAILED] = "query the resolver by hand with dig, or name the address with ip =",
        [NAME_EMPTY] = "correct the name, or name the address with ip =",
        [NAME_HIDDEN] = "give the public address with ip =, instead of this line",
        [NAME_TOO_MANY] = "until then a run keeps watching the addresses it knew before"};
    if (d->resolver_red && n->trouble != NAME_HIDDEN)
        return "fix the resolver first";
    if (n->spf && n->trouble == NAME_HIDDEN)
        return "remove it from the record if that is yours, and name the public address with ip =";
    if (n->spf && n->trouble == NAME_FAILED)
        return "correct the record if it is yours, or name the addresses with ip =";
    return cures[n->trouble] ? cures[n->trouble] : "";
}

static void doctor_list_blocks(const struct name *n, struct buf *out)
{
    for (size_t i = 0; i < n->count && i < SHOWN_BLOCKS; i++) {
        char text[CIDR_TEXT_MAX];
        cidr_format(&n->blocks[i], text);
        buf_fmt(out, "%s%s", i ? ", " : "", text);
    }
    if (n->count > SHOWN_BLOCKS)
        buf_fmt(out, " and %zu more", n->count - SHOWN_BLOCKS);
}

/* `all` holds what the lines above lead to; what is over a limit is left out, as in a run. */
static bool doctor_names_fit(const struct doctor *d, const struct name *n, struct inventory *all,
                             struct error *err)
{
    const struct inventory_line line = {.max = d->conf->max_targets};
    size_t before = all->count;
    for (size_t i = 0; i < n->count; i++) {
        if (inventory_add(all, &n->blocks[i], &line, err))
            continue;
        inventory_rollback(all, before);
        return false;
    }
    return true;
}

static void doctor_tell_name(struct doctor *d, struct name *n, struct inventory *all)
{
    const char *kind = n->spf ? "spf" : "host";
    struct buf blocks;
    struct error err = {0};
    if (!doctor_names_fit(d, n, all, &err)) {
        n->trouble = NAME_TOO_MANY;
        text_fit(n->why, sizeof n->why, "%s resolves to too many addresses: %s", n->name, err.text);
    }
    buf_init(&blocks, 1024);
    doctor_list_blocks(n, &blocks);
    if (n->trouble == NAME_FINE)
        doctor_say(d, DOCTOR_OK, kind, "", "", "%s resolves to %s", n->name, buf_text(&blocks));
    else
        doctor_say(d, n->trouble == NAME_PARTLY ? DOCTOR_WARN : DOCTOR_RED, kind, "",
                   doctor_cure_of(d, n), "%s%s%s", n->why, n->count ? "; it resolves to " : "",
                   buf_text(&blocks));
    buf_fini(&blocks);
    for (size_t i = 0; i < n->left_out_count; i++) {
        char text[1024];
        name_left_out_text(n, &n->left_out[i], text, sizeof text);
        doctor_say(d, DOCTOR_WARN, kind, "",
                   "add that line if your mail is sent from there; spf_include = all follows every "
                   "include",
                   "%s", text);
    }
}

void doctor_names(struct doctor *d)
{
    struct names names = {.includes = d->conf->spf_includes,
                          .include_count = d->conf->spf_include_count,
                          .count_left_out = true};
    struct error err = {0};
    struct errors others = {0}; /* doctor_targets() reports them */
    struct inventory all;
    inventory_init(&all);
    for (size_t i = 0; d->has_ask && i < d->conf->target_count; i++) {
        const struct conf_target *t = &d->conf->targets[i];
        if (t->kind == TARGET_HOST || t->kind == TARGET_SPF)
            names_add(&names, t->text, t->kind == TARGET_SPF);
    }
    if (names.count) {
        struct dns_options dns = session_dns_options(&d->session);
        int64_t limit = clock_mono_ms() + d->conf->deadline_ms / 4; /* as in a run */
        bool asked = names_look_up(&names, d->loop, &dns, limit, &err);
        inventory_add_conf(&all, d->conf, &others);
        for (size_t i = 0; asked && i < names.count && !loop_interrupted(); i++)
            doctor_tell_name(d, &names.items[i], &all);
        if (!asked)
            doctor_say(d, DOCTOR_RED, "targets", "", "see the resolver above",
                       "names can't be looked up: %s", err.text);
    }
    errors_fini(&others);
    inventory_fini(&all);
    names_fini(&names);
}

/* ---- which address this machine sends from ---- */

/* The kernel's choice for a way out; nothing is sent. */
static bool doctor_names_way_out(int family, struct ip *out)
{
    struct sockaddr_storage to = {.ss_family = (sa_family_t)family}, from;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
    socklen_t size = family == AF_INET ? sizeof *v4 : sizeof *v6, from_size = sizeof from;
    if (family == AF_INET) { /* a root server's address represents the outside */
        v4->sin_port = htons(53);
        inet_pton(AF_INET, "198.41.0.4", &v4->sin_addr);
    } else {
        v6->sin6_port = htons(53);
        inet_pton(AF_INET6, "2001:503:ba3e::2:30", &v6->sin6_addr);
    }
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool known = connect(fd, (struct sockaddr *)&to, size) == 0 &&
                 getsockname(fd, (struct sockaddr *)&from, &from_size) == 0;
    close(fd);
    if (!known)
        return false;
    return family == AF_INET ? ip_from_bytes(4, &((struct sockaddr_in *)&from)->sin_addr, out)
                             : ip_from_bytes(6, &((struct sockaddr_in6 *)&from)->sin6_addr, out);
}

void doctor_way_out(struct doctor *d)
{
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < 2; i++) {
        struct ip ip;
        char text[IP_TEXT_MAX], cure[IP_TEXT_MAX + 128];
        if (!doctor_names_way_out(families[i], &ip))
            continue;
        ip_format(&ip, text);
        text_fit(cure, sizeof cure,
                 "add ip = %s to [targets], unless the mail server sends by another address "
                 "(smtp_bind_address, relayhost)",
                 text);
        if (ip_is_hidden(&ip))
            doctor_say(d, DOCTOR_OK, "sending address", "", "",
                       "this machine sends from the address %s, which is %s: others see a "
                       "different one, which can't be determined from here; name it in [targets]",
                       text, ip_special(&ip));
        else if (inventory_find(&d->all, &ip) >= 0)
            doctor_say(d, DOCTOR_OK, "sending address", "", "",
                       "this machine sends from the address %s, which is watched", text);
        else
            doctor_say(d, DOCTOR_WARN, "sending address", "", cure,
                       "this machine sends from the address %s, which is not watched", text);
    }
}
