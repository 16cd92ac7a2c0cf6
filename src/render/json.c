/* SPDX-License-Identifier: ISC */
#include "cache.h"
#include "repmon/json_out.h"
#include "repmon/render.h"

#include <stdlib.h>

struct json {
    const struct report *report;          /* borrowed */
    const struct render_options *options; /* borrowed */
    struct json_out writer;
    struct json_out one; /* a single result, kept in memory so that its bytes can be reused */
    struct cache memo;
    struct report_summary summary;
};

static void *json_begin(const struct report *report, const struct render_options *options,
                        FILE *out)
{
    struct json *json = mem_alloc(sizeof *json);
    json->report = report;
    json->options = options;
    json_out_init(&json->one, NULL);
    cache_init(&json->memo);

    struct json_out *w = &json->writer;
    json_out_begin(w, out, report->instance, report->time);
    if (report->note_count || report->heard) {
        json_out_open(w, "notes", '[');
        for (size_t i = 0; i < report->note_count; i++)
            json_out_text(w, NULL, report->notes[i]);
        if (report->heard)
            json_out_text(w, NULL, report->heard);
        json_out_close(w, ']');
    }
    json_out_newline(w);
    json_out_open(w, "targets", '[');
    return json;
}

static void json_write_codes(struct json_out *w, const struct result *result)
{
    json_out_open(w, "codes", '[');
    for (size_t i = 0; i < result->code_count; i++) {
        const struct code *code = &result->codes[i];
        json_out_open(w, NULL, '{');
        json_out_text(w, "answer", code->answer);
        json_out_text(w, "name", code->name);
        json_out_text(w, "meaning", code->meaning);
        json_out_text(w, "severity", severity_word(code->severity));
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

static void json_write_pending(struct json_out *w, const struct result *result)
{
    if (!result->pending)
        return;
    json_out_open(w, "pending", '{');
    json_out_text(w, "state", result->pending);
    json_out_number(w, "count", result->pending_count);
    json_out_number(w, "needed", result->pending_needed);
    json_out_time(w, "after", result->pending_after);
    json_out_close(w, '}');
}

static void json_write_result(struct json_out *w, const struct report_list *list,
                              const struct result *result)
{
    json_out_open(w, NULL, '{');
    json_out_text(w, "source", list->source);
    json_out_text(w, "list", list->list);
    json_out_text(w, "level", level_word(result->level));
    json_out_given(w, "state", result->state);
    json_out_given(w, "cause", cause_word(result->cause));
    json_write_codes(w, result);
    json_out_given(w, "reason", result->reason);
    json_out_time(w, "since", result->since);
    json_out_time(w, "proven", result->proven);
    json_out_time(w, "asked", result->asked);
    if (result->acked_until) {
        json_out_open(w, "acked", '{');
        json_out_time(w, "until", result->acked_until);
        json_out_text(w, "note", result->ack_note ? result->ack_note : "");
        json_out_close(w, '}');
    } else {
        json_out_none(w, "acked");
    }
    json_out_given(w, "url", result->url);
    json_out_given(w, "delist", result->delist);
    json_out_given(w, "advice", result->advice);
    json_write_pending(w, result);
    json_out_close(w, '}');
}

static bool json_is_empty(const char *text)
{
    return !text || !text[0];
}

/* One (target, list); the bytes of an equal result are reused. */
static void json_result(struct json *json, size_t i, size_t j)
{
    const struct report *r = json->report;
    uint32_t class = r->result_class ? r->result_class(r, i, j) : 0;
    struct cache_entry *entry = cache_find(&json->memo, j, class);
    if (entry && entry->has_text) {
        if (entry->len)
            json_out_raw(&json->writer, NULL, buf_text(&json->memo.text) + entry->offset,
                         entry->len);
        return;
    }
    struct result result;
    if (!r->result(r, i, j, &result))
        return;
    buf_clear(&json->one.line);
    bool left_out = r->sparse && result.level == LEVEL_OK && result.cause == CAUSE_NONE;
    if (!left_out) {
        json_write_result(&json->one, &r->lists[j], &result);
        json_out_raw(&json->writer, NULL, buf_text(&json->one.line), json->one.line.len);
    }
    if (json_is_empty(result.url) && json_is_empty(result.reason)) {
        if (!entry) {
            entry = cache_add(&json->memo, j, class);
            if (entry)
                entry->share = report_share(r, &result);
        }
        if (entry)
            cache_text(&json->memo, entry, buf_text(&json->one.line), json->one.line.len);
    }
}

static void json_target(void *state, size_t i)
{
    struct json *json = state;
    struct json_out *w = &json->writer;
    const struct report *r = json->report;
    struct report_target target = {0};
    r->target(r, i, &target);
    struct tally tally = cache_target_tally(&json->memo, r, i);
    target.level = tally_level(&tally);
    report_summary_add(&json->summary, target.level);

    json_out_newline(w);
    json_out_open(w, NULL, '{');
    json_out_target(w, &target.ip, target.prefix);
    json_out_given(w, "label", target.label);
    json_out_text(w, "level", level_word(target.level));
    if (target.special)
        json_out_text(w, "special", target.special);
    json_out_open(w, "results", '[');
    for (size_t j = 0; j < r->list_count; j++)
        json_result(json, i, j);
    json_out_close(w, ']');
    json_out_close(w, '}');
}

static void json_write_lists(struct json_out *w, const struct report *r)
{
    json_out_newline(w);
    json_out_open(w, "lists", '[');
    for (size_t j = 0; j < r->list_count; j++) {
        const struct report_list *list = &r->lists[j];
        json_out_newline(w);
        json_out_open(w, NULL, '{');
        json_out_text(w, "source", list->source);
        json_out_text(w, "list", list->list);
        json_out_text(w, "severity", severity_word(list->severity));
        json_out_text(w, "kind", list_kind_word(list->kind));
        json_out_text(w, "health", health_word(list->health));
        json_out_given(w, "cause", cause_word(list->cause));
        json_out_given(w, "note", list->note);
        json_out_time(w, "proven", list->proven);
        json_out_time(w, "since", list->since);
        json_out_close(w, '}');
    }
    json_out_close(w, ']');
}

static void json_write_summary(struct json_out *w, const struct report_summary *summary)
{
    static const enum level order[] = {LEVEL_OK, LEVEL_INFO, LEVEL_WARNING, LEVEL_CRITICAL,
                                       LEVEL_UNKNOWN};
    json_out_newline(w);
    json_out_open(w, "summary", '{');
    json_out_text(w, "level", level_word(summary->level));
    json_out_number(w, "targets", (int64_t)summary->targets);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        json_out_number(w, level_word(order[i]), (int64_t)summary->by_level[order[i]]);
    json_out_close(w, '}');
}

static enum level json_end(void *state)
{
    struct json *json = state;
    report_summary_end(&json->summary, json->report);
    enum level level = json->summary.level;
    json_out_close(&json->writer, ']');
    json_write_lists(&json->writer, json->report);
    json_write_summary(&json->writer, &json->summary);
    json_out_end(&json->writer);
    json_out_fini(&json->one);
    cache_fini(&json->memo);
    free(json);
    return level;
}

const struct renderer render_json = {"json", "one JSON object, for programs", json_begin,
                                     json_target, json_end};
