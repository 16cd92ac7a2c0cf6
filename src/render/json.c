/* SPDX-License-Identifier: ISC */
#include "json_writer.h"
#include "memo.h"
#include "repmon/render.h"

#include <stdlib.h>

struct json {
    const struct report *report;          /* borrowed */
    const struct render_options *options; /* borrowed */
    struct json_writer writer;
    struct json_writer one; /* a single result, kept in memory so that its bytes can be reused */
    struct memo memo;
    struct report_summary summary;
};

static void *json_begin(const struct report *report, const struct render_options *options,
                        FILE *out)
{
    struct json *json = mem_alloc(sizeof *json);
    json->report = report;
    json->options = options;
    json_writer_init(&json->writer, out);
    json_writer_init(&json->one, NULL);
    memo_init(&json->memo);

    struct json_writer *w = &json->writer;
    json_open(w, NULL, '{');
    json_number(w, "version", 1);
    json_text(w, "generator", report->generator);
    json_text(w, "instance", report->instance);
    json_time(w, "time", report->time);
    if (report->note_count) {
        json_open(w, "notes", '[');
        for (size_t i = 0; i < report->note_count; i++)
            json_text(w, NULL, report->notes[i]);
        json_close(w, ']');
    }
    json_newline(w);
    json_open(w, "targets", '[');
    return json;
}

static const char *or_null(const char *text)
{
    return text && text[0] ? text : NULL;
}

static void write_codes(struct json_writer *w, const struct result *result)
{
    json_open(w, "codes", '[');
    for (size_t i = 0; i < result->code_count; i++) {
        const struct code *code = &result->codes[i];
        json_open(w, NULL, '{');
        json_text(w, "answer", code->answer);
        json_text(w, "name", code->name);
        json_text(w, "meaning", code->meaning);
        json_text(w, "severity", severity_word(code->severity));
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_result(struct json_writer *w, const struct report_list *list,
                         const struct result *result)
{
    json_open(w, NULL, '{');
    json_text(w, "source", list->source);
    json_text(w, "list", list->list);
    json_text(w, "level", level_word(result->level));
    json_text(w, "state", or_null(result->state));
    json_text(w, "cause", or_null(cause_word(result->cause)));
    write_codes(w, result);
    json_text(w, "reason", or_null(result->reason));
    json_time(w, "since", result->since);
    json_time(w, "proven", result->proven);
    json_time(w, "asked", result->asked);
    if (result->acked_until) {
        json_open(w, "acked", '{');
        json_time(w, "until", result->acked_until);
        json_text(w, "note", result->ack_note ? result->ack_note : "");
        json_close(w, '}');
    } else {
        json_none(w, "acked");
    }
    json_text(w, "url", or_null(result->url));
    json_text(w, "delist", or_null(result->delist));
    json_text(w, "advice", or_null(result->advice));
    json_close(w, '}');
}

/* One (target, list); the bytes of an equal result are reused. */
static void json_result(struct json *json, size_t i, size_t j)
{
    const struct report *r = json->report;
    uint32_t class = r->result_class ? r->result_class(r, i, j) : 0;
    struct memo_entry *entry = memo_find(&json->memo, j, class);
    if (entry && entry->has_text) {
        if (entry->len)
            json_raw(&json->writer, NULL, buf_text(&json->memo.text) + entry->offset, entry->len);
        return;
    }
    struct result result;
    if (!r->result(r, i, j, &result))
        return;
    buf_clear(&json->one.line);
    bool left_out = r->sparse && result.level == LEVEL_OK && result.cause == CAUSE_NONE;
    if (!left_out) {
        write_result(&json->one, &r->lists[j], &result);
        json_raw(&json->writer, NULL, buf_text(&json->one.line), json->one.line.len);
    }
    if (!or_null(result.url) && !or_null(result.reason)) {
        if (!entry) {
            entry = memo_add(&json->memo, j, class);
            if (entry)
                entry->share = report_share(r, &result);
        }
        if (entry)
            memo_text(&json->memo, entry, buf_text(&json->one.line), json->one.line.len);
    }
}

static void json_target(void *state, size_t i)
{
    struct json *json = state;
    struct json_writer *w = &json->writer;
    const struct report *r = json->report;
    struct report_target target = {0};
    char address[CIDR_TEXT_MAX];
    r->target(r, i, &target);
    target.level = memo_target_level(&json->memo, r, i);
    report_summary_add(&json->summary, target.level);

    json_newline(w);
    json_open(w, NULL, '{');
    report_target_format(&target, address);
    bool domain = target.ip.family == IP_NAME;
    json_text(w, "ip", domain ? NULL : address);
    json_text(w, "domain", domain ? address : NULL);
    json_text(w, "label", or_null(target.label));
    json_text(w, "level", level_word(target.level));
    if (target.special)
        json_text(w, "special", target.special);
    json_open(w, "results", '[');
    for (size_t j = 0; j < r->list_count; j++)
        json_result(json, i, j);
    json_close(w, ']');
    json_close(w, '}');
}

static void write_lists(struct json_writer *w, const struct report *r)
{
    json_newline(w);
    json_open(w, "lists", '[');
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        json_newline(w);
        json_open(w, NULL, '{');
        json_text(w, "source", list->source);
        json_text(w, "list", list->list);
        json_text(w, "severity", severity_word(list->severity));
        json_text(w, "kind", list_kind_word(list->kind));
        json_text(w, "health", health_word(list->health));
        json_text(w, "cause", or_null(cause_word(list->cause)));
        json_text(w, "note", or_null(list->note));
        json_time(w, "proven", list->proven);
        json_time(w, "since", list->since);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_summary(struct json_writer *w, const struct report_summary *summary)
{
    static const enum level order[] = {LEVEL_OK, LEVEL_INFO, LEVEL_WARNING, LEVEL_CRITICAL,
                                       LEVEL_UNKNOWN};
    json_newline(w);
    json_open(w, "summary", '{');
    json_text(w, "level", level_word(summary->level));
    json_number(w, "targets", (int64_t)summary->targets);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        json_number(w, level_word(order[i]), (int64_t)summary->by_level[order[i]]);
    json_close(w, '}');
}

static enum level json_end(void *state)
{
    struct json *json = state;
    report_summary_end(&json->summary, json->report);
    enum level level = json->summary.level;
    json_close(&json->writer, ']');
    write_lists(&json->writer, json->report);
    write_summary(&json->writer, &json->summary);
    json_close(&json->writer, '}');
    json_newline(&json->writer);
    if (!json_writer_fini(&json->writer) && !ferror(json->writer.out))
        abort(); /* unbalanced: a broken object must not pass for a report */
    json_writer_fini(&json->one);
    memo_fini(&json->memo);
    free(json);
    return level;
}

const struct renderer render_json = {"json", "one JSON object, for programs", json_begin,
                                     json_target, json_end};
