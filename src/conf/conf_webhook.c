/* SPDX-License-Identifier: ISC */
/* The formats of a webhook: their words, and which of its keys each takes and needs. */
#include "conf_section.h"

#include "repmon/buf.h"

#include <stdio.h>
#include <string.h>

const struct conf_word conf_webhook_formats[] = {
    {"repmon", WEBHOOK_REPMON},
    {"slack", WEBHOOK_SLACK},
    {"mattermost", WEBHOOK_MATTERMOST},
    {"discord", WEBHOOK_DISCORD},
    {"teams", WEBHOOK_TEAMS},
    {"google_chat", WEBHOOK_GOOGLE_CHAT},
    {"telegram", WEBHOOK_TELEGRAM},
    {"matrix", WEBHOOK_MATRIX},
    {"ntfy", WEBHOOK_NTFY},
    {"gotify", WEBHOOK_GOTIFY},
    {"pagerduty", WEBHOOK_PAGERDUTY},
    {NULL, 0},
};

#define BIT(format) (1u << (format))

/* These have the same URL for everyone, which is built in. */
static const unsigned without_url = BIT(WEBHOOK_PAGERDUTY) | BIT(WEBHOOK_TELEGRAM);

/* Keys that not every format takes, or that some need; 0: all. */
static const struct {
    const char *key;
    unsigned takes, needs;
} keys[] = {
    {"secret_file", BIT(WEBHOOK_REPMON), 0},
    {"routing_key_file", BIT(WEBHOOK_PAGERDUTY), BIT(WEBHOOK_PAGERDUTY)},
    {"token_file", 0, BIT(WEBHOOK_TELEGRAM) | BIT(WEBHOOK_MATRIX) | BIT(WEBHOOK_GOTIFY)},
    {"room", BIT(WEBHOOK_TELEGRAM) | BIT(WEBHOOK_MATRIX),
     BIT(WEBHOOK_TELEGRAM) | BIT(WEBHOOK_MATRIX)},
};

static const char *conf_format_word(enum webhook_format format)
{
    const struct conf_word *w = conf_webhook_formats;
    while (w->word && w->value != (int)format)
        w++;
    return w->word ? w->word : "";
}

/* "is only for format telegram or matrix" */
static void conf_tell_owner(struct conf_reader *r, const char *key, unsigned formats)
{
    struct buf text;
    const char *between = "";
    buf_init(&text, 256);
    buf_str(&text, "is only for format ");
    for (const struct conf_word *w = conf_webhook_formats; w->word; w++) {
        if (!(formats & 1u << w->value))
            continue;
        buf_fmt(&text, "%s%s", between, w->word);
        between = " or ";
    }
    conf_complain(r, conf_given(r, key), r->section, key, buf_text(&text));
    buf_fini(&text);
}

static void conf_tell_missing(struct conf_reader *r, const char *key, enum webhook_format format)
{
    char text[80];
    snprintf(text, sizeof text, "is missing: format %s needs it", conf_format_word(format));
    conf_complain(r, r->section_line, r->section, key, text);
}

/* "-1001234567890" or "@channel", and "/5" after it for a topic. */
static bool conf_is_chat(const char *s)
{
    static const char digits[] = "0123456789";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *name = s + (*s == '@' || *s == '-');
    size_t len = strspn(name, *s == '@' ? letters : digits);
    const char *topic = name + len;
    if (len == 0 || len > 32 || (*s != '@' && len > 18))
        return false;
    if (*topic == '\0')
        return true;
    size_t topic_len = strspn(topic + 1, digits);
    return *topic == '/' && topic_len > 0 && topic_len <= 18 && topic[1 + topic_len] == '\0';
}

static void conf_check_room(struct conf_reader *r, const struct conf_channel *w)
{
    const char *what = NULL;
    if (w->format == WEBHOOK_TELEGRAM && !conf_is_chat(w->room))
        what = "must be the number of a chat, such as -1001234567890, or @name of a public one, "
               "followed by /NUMBER for a topic";
    else if (w->format == WEBHOOK_MATRIX && *w->room != '!')
        what = "must be the ID of a room, which starts with !, not its address (in Element: room "
               "settings, Advanced)";
    if (what)
        conf_complain(r, conf_given(r, "room"), r->section, "room", what);
}

static void conf_check_webhook(struct conf_reader *r)
{
    const struct conf_channel *w = r->base;
    unsigned format = BIT(w->format);
    int url = conf_given(r, "url"), url_file = conf_given(r, "url_file");
    if (url && url_file)
        conf_complain(r, url > url_file ? url : url_file, r->section,
                      url > url_file ? "url" : "url_file", "give either url or url_file, not both");
    if (!url && !url_file && !(format & without_url))
        conf_complain(r, r->section_line, r->section, "url", "is missing: url or url_file");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        bool given = conf_given(r, keys[i].key) != 0;
        if (!given && format & keys[i].needs)
            conf_tell_missing(r, keys[i].key, w->format);
        if (given && keys[i].takes && !(format & keys[i].takes))
            conf_tell_owner(r, keys[i].key, keys[i].takes);
    }
    if (w->room)
        conf_check_room(r, w);
}

/* ---- the section ---- */

#define WEBHOOK(...) NAMED(conf_channel, __VA_ARGS__)

static const struct conf_key webhook_keys[] = {
    {WEBHOOK("url", false, "", "address; https, or http to loopback", value_secret_url, url)},
    {WEBHOOK("url_file", false, "", "file with the URL, if it is secret", value_secret_file, url),
     .least = SECRET_URL},
    {WEBHOOK("format", false, "repmon",
             "repmon, or the service it goes to: slack, telegram, matrix, …; repmon.conf(5)",
             value_word, format),
     .words = conf_webhook_formats},
    {WEBHOOK("secret_file", false, "", "format repmon: file with the Standard Webhooks secret",
             value_secret_file, secret),
     .least = SECRET_SIGNING},
    {WEBHOOK("token_file", false, "", "file with the token of a bot, an account or an application",
             value_secret_file, token),
     .least = SECRET_WORD},
    {WEBHOOK("room", false, "", "telegram: number of the chat; matrix: ID of the room", value_text,
             room),
     .most = 255},
    {WEBHOOK("routing_key_file", false, "", "format pagerduty: file with the routing key",
             value_secret_file, routing_key),
     .least = SECRET_WORD},
    {WEBHOOK("min_level", false, "warning", "info, warning or critical", value_word, min_level),
     .words = conf_min_levels},
    {WEBHOOK("only", false, "all kinds",
             "kinds of change, separated by commas: listed, delisted, …", value_only, only),
     .prose = true},
};

const struct conf_section conf_section_webhook = {
    .word = "webhook",
    .shown = "webhook \"NAME\"",
    CONF_KEYS(webhook_keys),
    CONF_ROWS(conf_channel, channels, channel_count, name),
    .channel = true,
    .open = conf_open_channel,
    .check = conf_check_webhook,
    .free = conf_free_channel,
};
