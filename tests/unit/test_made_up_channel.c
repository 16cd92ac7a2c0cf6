/* SPDX-License-Identifier: ISC */
/* A channel that only this file knows: what the other rooms do with it, they do with any. */
#include "store_fixture.h"

#include "repmon/channel.h"
#include "repmon/compose.h"
#include "repmon/deliver.h"
#include "repmon/source.h"
#include "repmon/status_report.h"

#include "doctor/doctor_state.h"
#include "sample_message.h"

static struct buf written;               /* what the pager showed */
static enum delivery_outcome pager_mood; /* how it takes the next message */
static bool pager_wakes;

static void pager_send(const struct channel_env *env, const struct conf_channel *conf,
                       const struct message *m, struct delivery *out)
{
    (void)env;
    buf_clear(&written);
    buf_fmt(&written, "to %s: ", conf->name);
    compose_subject(m, &written);
    compose_short(m, 2000, &written);
    out->outcome = pager_mood;
    snprintf(out->reason, sizeof out->reason, "%s",
             pager_mood == DELIVERY_SENT ? "" : "the pager is off");
}

static void pager_probe(const struct channel_env *env, const struct conf_channel *conf,
                        struct delivery *out)
{
    (void)env;
    (void)conf;
    out->outcome = pager_mood;
    snprintf(out->reason, sizeof out->reason, "%s",
             pager_mood == DELIVERY_SENT ? "" : "the pager is off");
}

static bool pager_opens_incidents(const struct conf_channel *conf)
{
    (void)conf;
    return pager_wakes;
}

static const char *pager_in_order(const struct conf_channel *conf)
{
    (void)conf;
    return "its battery is full";
}

static const size_t pager_secrets[] = {offsetof(struct conf_channel, token)};
static const struct channel pager = {.word = "pager",
                                     .secrets = pager_secrets,
                                     .secret_count = 1,
                                     .opens_incidents = pager_opens_incidents,
                                     .in_order = pager_in_order,
                                     .send = pager_send,
                                     .probe = pager_probe};
static const struct channel *const pagers[] = {&pager};
static const struct channel_set with_pager = {pagers, 1}, without = {NULL, 0};
static const struct source_set no_sources = {NULL, 0};

static char token[] = "T0KEN";

/* A configuration whose file says [pager "night"]. */
static void configure(struct fixture *f, struct conf *c)
{
    conf_init(c);
    c->sources = &no_sources;
    free(c->state);
    c->state = mem_dup(f->path);
    c->channels = mem_array(1, sizeof *c->channels);
    c->channel_count = 1;
    c->channels[0] = (struct conf_channel){.word = "pager",
                                           .name = mem_dup("night"),
                                           .min_level = LEVEL_INFO,
                                           .token = {.text = mem_dup(token), .wanted = true},
                                           .at = {"test.conf", 7}};
    pager_mood = DELIVERY_SENT;
    pager_wakes = false;
    buf_init(&written, 8192);
    OK(channel_bind(&with_pager, c, &oops));
}

static void a_program_without_it_says_so_instead_of_taking_another(void **state)
{
    struct conf c;
    struct error err = {0};
    configure(*state, &c);
    assert_false(channel_bind(&without, &c, &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_int_equal(err.line, 7);
    assert_string_equal(err.text, "[pager \"night\"]: this program has no such channel");
    conf_fini(&c);
}

static void it_says_what_it_wants(void **state)
{
    struct conf c;
    struct entry e = {.kind = CHANGE_LISTED, .severity_level = LEVEL_INFO};
    char title[64];
    configure(*state, &c);
    channel_title(&c.channels[0], title, sizeof title);
    assert_string_equal(title, "pager night");
    assert_true(channel_wants(&c.channels[0], 0, &e));
    assert_int_equal(channel_entries(&c.channels[0]), LIMIT_DIGEST_ENTRIES);
    pager_wakes = true;
    assert_false(channel_wants(&c.channels[0], 0, &e));
    assert_true(channel_entries(&c.channels[0]) > LIMIT_DIGEST_ENTRIES);
    assert_string_equal(channel_secret(&c.channels[0], 0)->text, token);
    assert_null(channel_secret(&c.channels[0], 1));
    conf_fini(&c);
}

static void fill_outbox(struct store *s)
{
    struct buf content;
    struct message m = sample_message();
    struct stored_run run = begin(s);
    buf_init(&content, LIMIT_MESSAGE_JSON);
    assert_true(message_to_json(&m, &content));
    OK(store_outbox_add(s, run.id, m.id, "pager night", buf_text(&content), 1000, &oops));
    commit(s, run);
    buf_fini(&content);
}

static bool notes_have(const struct report *r, const char *text)
{
    bool found = false;
    for (size_t i = 0; i < r->note_count; i++)
        found |= strstr(r->notes[i], text) != NULL;
    return found;
}

static void its_messages_are_sent_held_and_counted(void **state)
{
    struct fixture *f = *state;
    struct conf c;
    struct deliver_result result;
    struct report *report = NULL;
    configure(f, &c);
    struct store *s = open_as(f, STORE_CREATE);
    fill_outbox(s);
    const struct deliver_options options = {.conf = &c};
    pager_mood = DELIVERY_HELD;
    OK(deliver_waiting(&options, s, &result, &oops));
    assert_true(result.any_held);

    const struct status_options ask = {.conf = &c, .max_age_ms = INT64_MAX};
    OK(status_report(&ask, &report, &oops));
    assert_true(notes_have(report, "pager night has been held since"));
    assert_true(notes_have(report, "the pager is off"));
    assert_string_equal(report->outbox[0].channel, "pager night");
    status_report_free(report);

    pager_mood = DELIVERY_SENT;
    OK(deliver_waiting(&options, s, &result, &oops));
    assert_int_equal(result.sent, 1);
    assert_non_null(strstr(buf_text(&written), "to night: LISTED (critical) mx1.example.org"));
    OK(status_report(&ask, &report, &oops));
    assert_false(notes_have(report, "pager night"));
    status_report_free(report);
    buf_fini(&written);
    conf_fini(&c);
}

static void listen(void *ctx, const struct doctor_line *line)
{
    buf_fmt(ctx, "%s %s [%s] %s\n", doctor_word(line->mark), line->name, line->subject, line->text);
}

/* What doctor says of its one channel. */
static void examine(struct conf *c, bool send, const char *want)
{
    struct buf said;
    buf_init(&said, 8192);
    const struct doctor_options options = {.conf = c, .send = send, .tell = listen, .ctx = &said};
    struct doctor d = {.options = &options, .conf = c, .loop = loop_new(NULL)};
    doctor_channels_live(&d);
    doctor_path(&d);
    assert_string_equal(buf_text(&said), want);
    loop_free(d.loop);
    buf_fini(&said);
}

static void doctor_tries_it_and_names_it(void **state)
{
    struct conf c;
    configure(*state, &c);
    examine(&c, false, "ok channel [pager night] its battery is full; --send sends a test\n");
    assert_string_equal(buf_text(&written), "");
    examine(&c, true,
            "ok channel [pager night] the test message was accepted: check that it arrives\n");
    assert_non_null(strstr(buf_text(&written), "This channel works"));
    pager_wakes = true;
    examine(&c, true,
            "ok channel [pager night] its battery is full; a test would open an incident, so none "
            "was sent\n");
    pager_mood = DELIVERY_HELD;
    examine(&c, false, "red channel [pager night] held: the pager is off\n");
    buf_fini(&written);
    conf_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_program_without_it_says_so_instead_of_taking_another,
                                        fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(it_says_what_it_wants, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(its_messages_are_sent_held_and_counted, fixture_make,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(doctor_tries_it_and_names_it, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
