/* SPDX-License-Identifier: ISC */
/* [talos]. */
#include "conf_section.h"

#include "repmon/limits.h"

static const struct conf_word talos_method[] = {{"cloud_intel", TALOS_CLOUD_INTEL},
                                                {"html", TALOS_HTML},
                                                {"dns", TALOS_DNS},
                                                {"command", TALOS_COMMAND},
                                                {NULL, 0}};

static const struct conf_key talos_keys[] = {
    {GLOBAL("method", "", "cloud_intel, html, dns or command", value_word, talos.method),
     .words = talos_method},
    {GLOBAL("url", "built in", "methods cloud_intel and html: base address", value_base_url,
            talos.url),
     .prose = true},
    {GLOBAL("zone", "", "method dns: the zone", value_zone, talos.zone)},
    {GLOBAL("command", "", "method command: prints {\"ip\":…,\"score\":…,\"level\":…}", value_text,
            talos.command),
     .most = LIMIT_CONF_LINE},
    {GLOBAL("every", "24h", "query at most once in this time", value_duration, talos.every_ms),
     .least = 0, .most = 30 * DAY},
    {GLOBAL("budget", "1000", "requests a day (UTC)", value_u64, talos.budget), .least = 1,
     .most = INT64_MAX},
    {GLOBAL("valid_for", "30d", HOLDS, value_duration, talos.valid_for_ms), .least = MINUTE,
     .most = YEAR},
    {GLOBAL("severity", "info", "severity when it can't be queried", value_word, talos.severity),
     .words = conf_severity_words},
};

static void conf_open_talos(struct conf_reader *r)
{
    r->c->talos.at = (struct conf_place){r->c->path, r->section_line};
}

static void conf_check_talos(struct conf_reader *r)
{
    enum talos_method method = r->c->talos.method;
    if (!conf_given(r, "method"))
        conf_missing(r, "method", "is missing: cloud_intel, html, dns or command");
    if (method == TALOS_DNS && !conf_given(r, "zone"))
        conf_missing(r, "zone", "is missing: method dns needs it");
    if (method == TALOS_COMMAND && !conf_given(r, "command"))
        conf_missing(r, "command", "is missing: method command needs it");
    if (method == TALOS_OFF)
        return;
    if (method != TALOS_DNS)
        conf_useless(r, "zone", "is for method dns only");
    if (method != TALOS_COMMAND)
        conf_useless(r, "command", "is for method command only");
    if (method == TALOS_DNS || method == TALOS_COMMAND)
        conf_useless(r, "url", "is for the methods cloud_intel and html only");
}

const struct conf_section conf_section_talos = {
    .word = "talos",
    .shown = "talos",
    CONF_KEYS(talos_keys),
    .open = conf_open_talos,
    .check = conf_check_talos,
};
