/* SPDX-License-Identifier: ISC */
/* [prometheus], [html] and [ping]. */
#include "conf_section.h"

static const struct conf_key prometheus_keys[] = {
    {GLOBAL("textfile", "", "file for the textfile collector of node_exporter", value_file,
            prometheus_textfile)},
};

static void conf_check_prometheus(struct conf_reader *r)
{
    if (!conf_given(r, "textfile"))
        conf_missing(r, "textfile", "is missing");
}

const struct conf_section conf_section_prometheus = {
    .word = "prometheus",
    .shown = "prometheus",
    CONF_KEYS(prometheus_keys),
    .check = conf_check_prometheus,
};

static const struct conf_key html_keys[] = {
    {GLOBAL("file", "", "HTML page of state and history, written by every run", value_file,
            html_file)},
};

static void conf_check_html(struct conf_reader *r)
{
    if (!conf_given(r, "file"))
        conf_missing(r, "file", "is missing");
}

const struct conf_section conf_section_html = {
    .word = "html",
    .shown = "html",
    CONF_KEYS(html_keys),
    .check = conf_check_html,
};

static const struct conf_key ping_keys[] = {
    {GLOBAL("url_file", "",
            "file with the URL requested when a run completed; /fail when it did not",
            value_secret_file, ping_url),
     .least = SECRET_URL},
    {GLOBAL("url", "", "the address itself", value_secret_url, ping_url)},
};

static void conf_check_ping(struct conf_reader *r)
{
    int url = conf_given(r, "url"), url_file = conf_given(r, "url_file");
    if (url && url_file)
        conf_complain(r, url > url_file ? url : url_file, r->section,
                      url > url_file ? "url" : "url_file", "give either url or url_file, not both");
    if (!url && !url_file)
        conf_missing(r, "url_file", "is missing: url_file or url");
}

const struct conf_section conf_section_ping = {
    .word = "ping",
    .shown = "ping",
    CONF_KEYS(ping_keys),
    .check = conf_check_ping,
};
