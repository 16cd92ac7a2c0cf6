/* SPDX-License-Identifier: ISC */
/*
 * Sources that nobody but this file knows: one asks a program about each address, one hears, and a
 * list of its own appears by what it heard, and one speaks of domains only. Each goes through
 * check, run, status, alert, plugin and metrics, so that no room knows a source by its name; the
 * one that asks has accounts and a secret, which doctor examines; and a
 * renderer of our own shows what they found.
 */
#include "unit.h"

#include "repmon/check_run.h"
#include "repmon/conf.h"
#include "repmon/doctor.h"
#include "repmon/render.h"
#include "repmon/run.h"
#include "repmon/source.h"
#include "repmon/source_look.h"
#include "repmon/status_report.h"
#include "repmon/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the world says: the asker's program prints it, the hearer hears it. */
static const char *world = "fine";

/* ---- what both have in common ---- */

static void describe(const void *setup, size_t column, struct column *out)
{
    (void)setup, (void)column;
    out->kind = LIST_BLOCK;
    out->severity = SEV_MAJOR;
    out->confirms_itself = true;
}

static void explain(const void *setup, size_t column, const char *answers, struct verdict *out)
{
    (void)setup, (void)column;
    const char *word = answers[0] ? answers : "fine";
    *out = (struct verdict){.cause = CAUSE_NONE, .advice = ""};
    out->level = strcmp(word, "fine") == 0 ? LEVEL_OK : LEVEL_CRITICAL;
    snprintf(out->state, sizeof out->state, "%s", word);
}

static const char *clean_word(const void *setup, size_t column)
{
    (void)setup, (void)column;
    return "fine";
}

static bool headline(const void *setup, size_t column, const char *state, struct buf *out)
{
    (void)setup, (void)column;
    return strcmp(state, "fine") == 0 ? buf_str(out, "ORACLE CALM")
                                      : buf_fmt(out, "ORACLE SAYS %s", state);
}

static void url(const void *setup, size_t column, const struct ip *ip, bool finding,
                struct buf *out)
{
    (void)setup, (void)column, (void)ip, (void)finding, (void)out;
}

static int64_t week_ms(const void *setup, size_t column)
{
    (void)setup, (void)column;
    return INT64_C(7) * 86400 * 1000;
}

static int64_t always_ms(const void *setup, size_t column)
{
    (void)setup, (void)column;
    return 0;
}

/* Every target of our kind, domains or addresses, is what the world says; the rest isn't ours. */
static void set_all(const struct source_env *env, bool domains, const char *word)
{
    struct column *c = results_column(env->results, env->first_column);
    c->via[0] = (struct validity){CAUSE_NONE, CAUSE_NONE};
    c->health = HEALTH_OK;
    c->cause = CAUSE_NONE;
    c->proven = env->now;
    uint16_t said = results_intern(env->results, CAUSE_NONE, 0, word);
    uint16_t other = results_intern(env->results, CAUSE_NOT_APPLICABLE, 0, "");
    for (size_t row = 0; row < env->inventory->count; row++) {
        bool domain = ip_name(&env->inventory->items[row].ip) != NULL;
        results_set(env->results, row, env->first_column, domain == domains ? said : other);
    }
}

/* ---- one that asks: a program, once a run ---- */

struct oracle {
    struct source_env env;
    struct queue queue;
    const char *argv[3];
    struct subprocess_request program;
    bool asked;
};

static size_t one_column(const void *setup)
{
    (void)setup;
    return 1;
}

static void oracle_describe(const void *setup, size_t column, struct column *out)
{
    describe(setup, column, out);
    out->source = "oracle";
    out->list = "delphi";
}

static void *oracle_open(const void *setup, const struct source_env *env, struct error *err)
{
    (void)setup, (void)err;
    struct oracle *o = calloc(1, sizeof *o);
    o->env = *env;
    o->queue = (struct queue){.name = "delphi", .budget = UINT64_MAX};
    o->argv[0] = "echo";
    o->argv[1] = world;
    o->program = (struct subprocess_request){o->argv, 5000, 100};
    return o;
}

static struct queue *oracle_queues(void *state, size_t *count)
{
    *count = 1;
    return &((struct oracle *)state)->queue;
}

static enum next oracle_next(void *state, size_t queue, int64_t now_ms, struct request *request,
                             int64_t *wake_ms)
{
    struct oracle *o = state;
    (void)queue, (void)now_ms, (void)wake_ms;
    if (o->asked)
        return NEXT_DONE;
    o->asked = true;
    *request = (struct request){.kind = REQUEST_PROGRAM, .program = &o->program};
    return NEXT_REQUEST;
}

static void oracle_reply(void *state, const struct request *request, const struct reply *reply)
{
    struct oracle *o = state;
    char word[32] = "";
    (void)request;
    if (reply->how != REPLY_ANSWERED || sscanf(reply->program->output, "%31s", word) != 1)
        return;
    set_all(&o->env, false, word);
}

static void nothing(void *state)
{
    (void)state;
}

/* Its accounts: one, "pythia", with a key whose file can't be read when the world is dark. */

static size_t oracle_account_count(const struct conf *conf)
{
    (void)conf;
    return strcmp(world, "empty") == 0 ? 0 : 1;
}

static const char *oracle_account_name(const struct conf *conf, size_t number)
{
    (void)conf, (void)number;
    return "pythia";
}

static const struct secret *oracle_secret(const struct conf *conf, size_t number)
{
    static struct secret dark = {.wanted = true, .at = {.line = 99}};
    (void)conf;
    return number == 0 && strcmp(world, "dark") == 0 ? &dark : NULL;
}

static void oracle_examine(const struct source_look *look)
{
    look->say_list(look->ctx, "delphi", 1000);
    source_say(look, DOCTOR_WARN, oracle_account_name(look->conf, 0), "bring a goat",
               "she wants %d goat, %s", 1, look->domains ? "for domains, too" : "for addresses");
}

static const struct source_accounts oracle_accounts = {.count = oracle_account_count,
                                                       .name = oracle_account_name,
                                                       .absent = "not configured: no pythia"};

static const struct source oracle = {.word = "oracle",
                                     .accounts = &oracle_accounts,
                                     .examine = oracle_examine,
                                     .secret = oracle_secret,
                                     .columns = one_column,
                                     .describe = oracle_describe,
                                     .explain = explain,
                                     .url = url,
                                     .clean_word = clean_word,
                                     .headline = headline,
                                     .valid_for_ms = week_ms,
                                     .every_ms = always_ms,
                                     .open = oracle_open,
                                     .queues = oracle_queues,
                                     .next = oracle_next,
                                     .reply = oracle_reply,
                                     .finish = nothing,
                                     .close = free};

/* ---- one that hears: its list is there from the first word on ---- */

struct ear {
    char heard[32];  /* the last word; "": none yet */
    unsigned pieces; /* heard in all runs: what it remembers */
};

static void *ear_setup(const struct conf *conf, const struct source_zones *zones, struct error *err)
{
    (void)conf, (void)zones, (void)err;
    return calloc(1, sizeof(struct ear));
}

static void ear_recall(void *setup, const char *text)
{
    struct ear *e = setup;
    sscanf(text, "%u %31s", &e->pieces, e->heard);
}

static bool ear_hear(void *setup, const struct hear_env *env, struct error *err)
{
    struct ear *e = setup;
    (void)env, (void)err;
    snprintf(e->heard, sizeof e->heard, "%s", world);
    e->pieces++;
    return true;
}

static void ear_remember(const void *setup, time_t now, struct buf *out)
{
    const struct ear *e = setup;
    (void)now;
    buf_fmt(out, "%u %s", e->pieces, e->heard);
}

static size_t ear_columns(const void *setup)
{
    return ((const struct ear *)setup)->heard[0] ? 1 : 0;
}

static void ear_describe(const void *setup, size_t column, struct column *out)
{
    describe(setup, column, out);
    out->source = "ear";
    out->list = "grapevine";
}

struct ear_state {
    const struct ear *ear;
    struct source_env env;
};

static void *ear_open(const void *setup, const struct source_env *env, struct error *err)
{
    (void)err;
    struct ear_state *s = calloc(1, sizeof *s);
    s->ear = setup;
    s->env = *env;
    return s;
}

static struct queue *no_queues(void *state, size_t *count)
{
    (void)state;
    *count = 0;
    return NULL;
}

static void ear_finish(void *state)
{
    struct ear_state *s = state;
    set_all(&s->env, false, s->ear->heard);
}

static const struct source ear = {.word = "ear",
                                  .setup_new = ear_setup,
                                  .setup_free = free,
                                  .recall = ear_recall,
                                  .hear = ear_hear,
                                  .remember = ear_remember,
                                  .columns = ear_columns,
                                  .describe = ear_describe,
                                  .explain = explain,
                                  .url = url,
                                  .clean_word = clean_word,
                                  .headline = headline,
                                  .valid_for_ms = week_ms,
                                  .every_ms = always_ms,
                                  .open = ear_open,
                                  .queues = no_queues,
                                  .finish = ear_finish,
                                  .close = free};

/* ---- one that speaks of domains, and leaves the cells of addresses alone ---- */

static void herald_describe(const void *setup, size_t column, struct column *out)
{
    describe(setup, column, out);
    out->source = "herald";
    out->list = "blazon";
}

static void *herald_open(const void *setup, const struct source_env *env, struct error *err)
{
    (void)setup, (void)err;
    struct source_env *kept = malloc(sizeof *kept);
    *kept = *env;
    return kept;
}

static void herald_finish(void *state)
{
    set_all(state, true, world);
}

static const struct source herald = {.word = "herald",
                                     .columns = one_column,
                                     .describe = herald_describe,
                                     .explain = explain,
                                     .url = url,
                                     .clean_word = clean_word,
                                     .headline = headline,
                                     .valid_for_ms = week_ms,
                                     .every_ms = always_ms,
                                     .open = herald_open,
                                     .queues = no_queues,
                                     .finish = herald_finish,
                                     .close = free};

/* ---- a renderer of our own: a line for each thing that is wrong ---- */

struct gossip {
    const struct report *report;
    FILE *out;
    enum level worst;
};

static void *gossip_begin(const struct report *report, const struct render_options *options,
                          FILE *out)
{
    (void)options;
    struct gossip *g = malloc(sizeof *g);
    *g = (struct gossip){report, out, LEVEL_OK};
    return g;
}

static void gossip_target(void *state, size_t i)
{
    struct gossip *g = state;
    struct report_target target;
    struct result result;
    char who[CIDR_TEXT_MAX];
    g->report->target(g->report, i, &target);
    report_target_format(&target, who);
    for (size_t j = 0; j < g->report->list_count; j++) {
        if (!g->report->result(g->report, i, j, &result) || !result_is_finding(&result))
            continue;
        fprintf(g->out, "psst: %s, %s, %s\n", who, g->report->lists[j].list, result.state);
        g->worst = LEVEL_CRITICAL;
    }
}

static enum level gossip_end(void *state)
{
    struct gossip *g = state;
    enum level worst = g->worst;
    free(g);
    return worst;
}

static const struct renderer gossip = {"gossip", "what is wrong", gossip_begin, gossip_target,
                                       gossip_end};

/* ---- a station with these sources ---- */

static const struct source *const sources[] = {&oracle, &ear, &herald};
static const struct source_set set = {sources, COUNT(sources)};

struct station {
    char folder[64];
    struct conf conf;
    struct buf printed; /* what the channel stdout got, of the last run */
};

static int setup(void **state)
{
    struct station *s = calloc(1, sizeof *s);
    struct errors errors = {0}, warnings = {0};
    char text[256];
    strcpy(s->folder, "/tmp/test_sources_XXXXXX");
    if (!mkdtemp(s->folder))
        return -1;
    int len = snprintf(
        text, sizeof text,
        "[repmon]\nstate = %s/state.db\ninstance = lab\n[targets]\n"
        "ip = 198.51.100.7 mx1\ndomain = example.org\n[dns]\nresolver = 127.0.0.1:9\n[prometheus]\n"
        "textfile = %s/repmon.prom\n",
        s->folder, s->folder);
    if (!conf_parse("repmon.conf", text, (size_t)len, &s->conf, &errors, &warnings))
        return -1;
    s->conf.sources = &set;
    buf_init(&s->printed, 1 << 20);
    world = "fine";
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct station *s = *state;
    DIR *dir = opendir(s->folder);
    for (struct dirent *e; dir && (e = readdir(dir));)
        unlinkat(dirfd(dir), e->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(s->folder);
    conf_fini(&s->conf);
    buf_fini(&s->printed);
    free(s);
    return 0;
}

static struct buf *printed_by_run;

static bool keep_print(const char *text, size_t len, struct error *err)
{
    (void)err;
    return buf_add(printed_by_run, text, len);
}

static const char *run_now(struct station *s)
{
    struct run_options options = {.conf = &s->conf, .print = keep_print};
    struct run_result result;
    struct errors errors = {0};
    buf_clear(&s->printed);
    printed_by_run = &s->printed;
    bool ok = run_once(&options, &result, &errors);
    if (!ok)
        fail_msg("run: %s", errors.count ? errors.items[0].text : "failed");
    run_result_fini(&result);
    return buf_text(&s->printed);
}

/* A report as a renderer shows it; owned by the caller. */
static char *shown(struct report *report, const struct renderer *renderer, int *level)
{
    char *text = NULL;
    size_t size = 0;
    struct render_options how = {.verbose = 1};
    struct error err = {0};
    enum level worst = LEVEL_UNKNOWN;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_true(render(renderer, report, &how, out, &worst, &err));
    fclose(out);
    if (level)
        *level = (int)worst;
    return text;
}

static char *status_now(struct station *s, const struct renderer *renderer)
{
    struct status_options options = {.conf = &s->conf, .all = true};
    struct report *report;
    struct error err = {0};
    assert_true(status_report(&options, &report, &err));
    char *text = shown(report, renderer, NULL);
    status_report_free(report);
    return text;
}

#define HOLDS(text, what)                                                                          \
    do {                                                                                           \
        if (!strstr((text), (what)))                                                               \
            fail_msg("\"%s\" is missing in: %s", (what), (text));                                  \
    } while (0)

static void check_shows_them(void **state)
{
    struct station *s = *state;
    struct cidr block;
    struct report *report;
    struct error err = {0};
    int level;
    world = "doom";
    assert_true(cidr_parse("198.51.100.7", &block, &err));
    struct check_options options = {.conf = &s->conf, .blocks = &block, .block_count = 1};
    assert_true(check_run(&options, &report, &err));
    char *text = shown(report, &render_json, &level);
    assert_int_equal(level, LEVEL_CRITICAL);
    HOLDS(text,
          "{\"source\":\"oracle\",\"list\":\"delphi\",\"level\":\"critical\",\"state\":\"doom\"");
    HOLDS(text,
          "{\"source\":\"ear\",\"list\":\"grapevine\",\"level\":\"critical\",\"state\":\"doom\"");
    free(text);
    text = shown(report, &render_text, NULL);
    HOLDS(text, "delphi: doom, critical");
    free(text);
    check_report_free(report);
}

static void check_of_a_domain_shows_it(void **state)
{
    struct station *s = *state;
    const char *only[] = {"herald"};
    struct cidr domain = {ip_of_name("example.org"), 128};
    struct report *report;
    struct error err = {0};
    world = "doom";
    struct check_options options = {
        .conf = &s->conf, .blocks = &domain, .block_count = 1, .sources = only, .source_count = 1};
    assert_true(check_run(&options, &report, &err));
    char *text = shown(report, &gossip, NULL);
    assert_string_equal(text, "psst: example.org, blazon, doom\n");
    free(text);
    check_report_free(report);
}

static void check_asks_the_chosen_one_only(void **state)
{
    struct station *s = *state;
    const char *only[] = {"oracle"};
    struct cidr block;
    struct report *report;
    struct error err = {0};
    assert_true(cidr_parse("198.51.100.7", &block, &err));
    struct check_options options = {
        .conf = &s->conf, .blocks = &block, .block_count = 1, .sources = only, .source_count = 1};
    assert_true(check_run(&options, &report, &err));
    assert_int_equal(report->list_count, 1);
    assert_string_equal(report->lists[0].list, "delphi");
    check_report_free(report);
}

static void a_change_is_told_once_and_its_end_too(void **state)
{
    struct station *s = *state;
    const char *told = run_now(s);
    HOLDS(told, "look at 2 targets");
    assert_string_equal(run_now(s), "");
    world = "doom";
    told = run_now(s);
    HOLDS(told, "ORACLE SAYS doom (critical) mx1 198.51.100.7 delphi");
    HOLDS(told, "ORACLE SAYS doom (critical) mx1 198.51.100.7 grapevine");
    HOLDS(told, "ORACLE SAYS doom (critical) example.org blazon");
    assert_string_equal(run_now(s), "");
    world = "fine";
    told = run_now(s);
    HOLDS(told, "ORACLE CALM");
    HOLDS(told, "delphi");
    HOLDS(told, "grapevine");
    HOLDS(told, "blazon");
}

static void status_plugin_and_metrics_know_them(void **state)
{
    struct station *s = *state;
    world = "doom";
    run_now(s);
    char *text = status_now(s, &render_json);
    HOLDS(text,
          "\"source\":\"oracle\",\"list\":\"delphi\",\"level\":\"critical\",\"state\":\"doom\"");
    HOLDS(text,
          "\"source\":\"ear\",\"list\":\"grapevine\",\"level\":\"critical\",\"state\":\"doom\"");
    free(text);
    text = status_now(s, &render_nagios);
    HOLDS(text, "REPMON CRITICAL - example.org blazon doom; 198.51.100.7 delphi doom, grapevine");
    free(text);
    text = status_now(s, &render_prometheus);
    HOLDS(text, "repmon_list_up{source=\"oracle\",list=\"delphi\"} 1");
    HOLDS(text, "repmon_list_up{source=\"ear\",list=\"grapevine\"} 1");
    HOLDS(text, "repmon_findings{severity=\"critical\"} 3");
    free(text);
    text = status_now(s, &gossip);
    assert_string_equal(text, "psst: example.org, blazon, doom\n"
                              "psst: 198.51.100.7, delphi, doom\n"
                              "psst: 198.51.100.7, grapevine, doom\n");
    free(text);
}

static void what_was_heard_is_remembered_with_the_run(void **state)
{
    struct station *s = *state;
    char path[128], key[] = "memory.ear";
    struct store *store;
    struct buf memory;
    struct error err = {0};
    bool found;
    for (int i = 0; i < 3; i++)
        run_now(s);
    snprintf(path, sizeof path, "%s/state.db", s->folder);
    assert_true(store_open(path, STORE_READ, NULL, &store, &err));
    buf_init(&memory, 256);
    assert_true(store_meta_get(store, key, &memory, &found, &err));
    assert_string_equal(buf_text(&memory), "3 fine");
    buf_fini(&memory);
    store_close(store);
}

static void keep_line(void *ctx, const struct doctor_line *line)
{
    buf_fmt(ctx, "%s %s %s: %s (%s)\n", doctor_word(line->mark), line->name, line->subject,
            line->text, line->cure);
}

static const char *doctor_now(struct station *s)
{
    const struct errors none = {0};
    const struct doctor_options options = {.conf = &s->conf,
                                           .warnings = &none,
                                           .offline = true,
                                           .tell = keep_line,
                                           .ctx = &s->printed};
    buf_clear(&s->printed);
    doctor_examine(&options);
    return buf_text(&s->printed);
}

static void doctor_examines_accounts(void **state)
{
    struct station *s = *state;
    HOLDS(doctor_now(s), "warn oracle delphi: not queried yet (run `repmon run`)\n"
                         "warn oracle pythia: she wants 1 goat, for domains, too (bring a goat)\n");
    run_now(s);
    HOLDS(doctor_now(s), "ok oracle delphi: last success ");
    world = "empty";
    HOLDS(doctor_now(s), "ok oracle : not configured: no pythia ()\n");
}

static void doctor_misses_a_secret(void **state)
{
    struct station *s = *state;
    HOLDS(doctor_now(s), "ok secrets : none configured");
    world = "dark";
    HOLDS(doctor_now(s), "red secrets : :99: its file can't be read (create the file");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(check_shows_them),
        TEST(check_of_a_domain_shows_it),
        TEST(check_asks_the_chosen_one_only),
        TEST(a_change_is_told_once_and_its_end_too),
        TEST(status_plugin_and_metrics_know_them),
        TEST(what_was_heard_is_remembered_with_the_run),
        TEST(doctor_examines_accounts),
        TEST(doctor_misses_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
