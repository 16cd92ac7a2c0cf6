/* SPDX-License-Identifier: ISC */
#include "judge_kit.h"

enum step_flag {
    DOUBT = 1,
    EDITED = 4,       /* the administrator changed severities */
    NOT_DUE = 8,      /* `every` has not passed */
    OLD_PROOF = 16,   /* the proof is from the cache, a day old */
    ACK = 32,         /* before this run somebody acknowledges, for 30 days */
    SAME_SECOND = 64, /* the proof is of the second of the last proven answer */
    FRESH = 128,      /* the proof is from no cache */
};

struct step {
    int64_t at;         /* seconds after T0 */
    const char *answer; /* "!timeout" is a cause; else answers */
    const char *expect; /* NULL: nothing is said */
    unsigned flags;
    const char *level; /* NULL: not looked at; else the level believed afterwards */
};

#define STEPS 16
struct row {
    const char *name;
    const char *start; /* NULL: never asked; "": clean; else this was found a day before */
    struct step steps[STEPS];
    const char *source;
    enum list_kind kind;
    uint32_t confirm_listed; /* 0: default */
};

#define SBL    "127.0.0.2"
#define CSS    "127.0.0.3"
#define PBL    "127.0.0.10"
#define PBL2   "127.0.0.11"
#define OFF    "127.0.0.77"
#define LISTED "listed ok>critical [" SBL "]"
#define GONE   "delisted critical>ok []"

static const struct row rows[] = {
    /* ---- first proof ---- */
    {"a first answer that is clean is believed without a word",
     NULL,
     {{0, "", NULL, 0, "ok"}, {DAY, "", NULL, 0, "ok"}}},
    {"a first answer that is a finding is a baseline finding, at once",
     NULL,
     {{0, SBL, "baseline unknown>critical [" SBL "]", 0, "critical"}, {DAY, SBL, NULL, 0, NULL}}},
    {"a run that proved nothing uses no baseline up",
     NULL,
     {{0, "!timeout", NULL, 0, "unknown"},
      {DAY, "!not-served", NULL, 0, "unknown"},
      {2 * DAY, PBL, "baseline unknown>warning [" PBL "]", 0, "warning"}}},
    {"a baseline finding waits for confirm_listed, unknown until then",
     NULL,
     {{0, SBL, NULL, 0, "unknown"},
      {HOUR, "!timeout", NULL, 0, "unknown"},
      {2 * HOUR, SBL, "baseline unknown>critical [" SBL "]", 0, "critical"}},
     .confirm_listed = 2},
    {"a first listing that was not confirmed and is gone leaves clean",
     NULL,
     {{0, SBL, NULL, 0, "unknown"}, {HOUR, "", NULL, 0, "ok"}, {2 * HOUR, "", NULL, 0, "ok"}},
     .confirm_listed = 2},
    {"an unconfirmed first listing that is never seen again never becomes clean by itself",
     NULL,
     {{0, SBL, NULL, 0, "unknown"}, {15 * DAY, "!timeout", NULL, 0, "unknown"}},
     .confirm_listed = 2},
    {"a severity of off is believed without a word",
     NULL,
     {{0, OFF, NULL, 0, "ok"}, {DAY, OFF, NULL, 0, "ok"}, {2 * DAY, "", NULL, 0, "ok"}}},

    /* ---- listed ---- */
    {"a listing is said at once", "", {{0, SBL, LISTED, 0, "critical"}}},
    {"the same listing is said once",
     "",
     {{0, SBL, LISTED, 0, NULL}, {DAY, SBL, NULL, 0, NULL}, {2 * DAY, SBL, NULL, 0, "critical"}}},
    {"confirm_listed = 2 takes two answers, the gap between them",
     "",
     {{0, SBL, NULL, 0, "ok"},
      {5 * MIN, SBL, NULL, 0, "ok"},
      {49 * MIN, SBL, NULL, 0, "ok"},
      {50 * MIN, SBL, LISTED, 0, "critical"}},
     .confirm_listed = 2},
    {"unknown neither counts nor resets a pending listing",
     "",
     {{0, SBL, NULL, 0, NULL},
      {HOUR, "!timeout", NULL, 0, NULL},
      {2 * HOUR, "!servfail", NULL, 0, NULL},
      {3 * HOUR, SBL, LISTED, 0, NULL}},
     .confirm_listed = 2},
    {"a clean answer resets a pending listing",
     "",
     {{0, SBL, NULL, 0, NULL}, {HOUR, "", NULL, 0, NULL}, {2 * HOUR, SBL, NULL, 0, "ok"}},
     .confirm_listed = 2},
    {"codes that alternate do not put off the alert",
     "",
     {{0, SBL, NULL, 0, NULL}, {HOUR, CSS, "listed ok>critical [" CSS "]", 0, NULL}},
     .confirm_listed = 2},
    {"a failure raises nothing",
     "",
     {{0, "!not-served", NULL, 0, "ok"},
      {HOUR, "!rewritten", NULL, 0, "ok"},
      {2 * HOUR, "!untrusted", NULL, 0, "ok"}}},

    /* ---- cleared ---- */
    {"daily cron: one clean answer suffices, the last listing is over 12 h old",
     "",
     {{0, SBL, LISTED, 0, NULL}, {DAY, "", GONE, 0, "ok"}, {2 * DAY, "", NULL, 0, "ok"}}},
    {"daily cron with jitter: 12 h and a minute suffice",
     "",
     {{0, SBL, LISTED, 0, NULL}, {12 * HOUR + MIN, "", GONE, 0, "ok"}}},
    {"12 h to the second are not over 12 h",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {12 * HOUR, "", NULL, 0, "critical"},
      {12 * HOUR + 1, "", GONE, 0, "ok"}}},
    {"a second clean answer within the gap suffices once the listing is over 12 h old",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {11 * HOUR + 30 * MIN, "", NULL, 0, "critical"},
      {12 * HOUR + 10 * MIN, "", GONE, 0, "ok"}}},
    {"not yet 12 h: two answers are needed",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {11 * HOUR + 59 * MIN, "", NULL, 0, "critical"},
      {12 * HOUR + 49 * MIN, "", GONE, 0, "ok"}}},
    {"hourly cron: the second clean answer clears",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {1 * HOUR, SBL, NULL, 0, NULL},
      {2 * HOUR, "", NULL, 0, "critical"},
      {3 * HOUR, "", GONE, 0, "ok"}}},
    {"hourly cron with jitter: 49 minutes do not count, the next does",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {60 * MIN, "", NULL, 0, NULL},
      {109 * MIN, "", NULL, 0, "critical"},
      {168 * MIN, "", GONE, 0, "ok"}}},
    {"five-minute cron: cleared 50 minutes after the first clean answer",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {5 * MIN, "", NULL, 0, NULL},
      {10 * MIN, "", NULL, 0, NULL},
      {30 * MIN, "", NULL, 0, NULL},
      {50 * MIN, "", NULL, 0, "critical"},
      {55 * MIN, "", GONE, 0, "ok"}}},
    {"seen listed in between: counting starts again",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {1 * HOUR, "", NULL, 0, NULL},
      {2 * HOUR, SBL, NULL, 0, NULL},
      {3 * HOUR, "", NULL, 0, "critical"},
      {4 * HOUR, "", GONE, 0, "ok"}}},
    {"unknown in between neither counts nor resets",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {1 * HOUR, "", NULL, 0, NULL},
      {2 * HOUR, "!timeout", NULL, 0, "critical"},
      {3 * HOUR, "!not-served", NULL, 0, "critical"},
      {4 * HOUR, "", GONE, 0, "ok"}}},
    {"failures alone never clear",
     SBL,
     {{0, "!timeout", NULL, 0, "critical"},
      {DAY, "!servfail", NULL, 0, "critical"},
      {2 * DAY, "!untrusted", NULL, 0, "critical"}}},
    {"a clean answer under a proof older than the listing does not count",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {13 * HOUR, "", NULL, OLD_PROOF, "critical"},
      {14 * HOUR, "", GONE, 0, "ok"}}},
    {"an old proof does not count as the first of two either",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {HOUR, "", NULL, OLD_PROOF, NULL},
      {2 * HOUR, "", NULL, 0, "critical"},
      {3 * HOUR, "", GONE, 0, "ok"}}},
    {"a proof of the second of the listing counts if it came from no cache",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {13 * HOUR, "", NULL, SAME_SECOND, "critical"},
      {14 * HOUR, "", GONE, SAME_SECOND | FRESH, "ok"}}},
    {"a source without test points proves each answer by itself",
     "blocked",
     {{0, "normal", "delisted critical>ok []", OLD_PROOF, "ok"}},
     .source = "snds"},

    /* ---- changed ---- */
    {"PBL to SBL is worse", PBL, {{0, SBL, "worsened warning>critical [" SBL "]", 0, "critical"}}},
    {"a code added on the same level is a change",
     SBL,
     {{0, SBL " " CSS, "changed critical>critical [" SBL " " CSS "]", 0, NULL}}},
    {"another code on the same level is a change",
     SBL,
     {{0, CSS, "changed critical>critical [" CSS "]", 0, NULL}}},
    {"a worse code added is worse",
     PBL,
     {{0, PBL " " SBL, "worsened warning>critical [" PBL " " SBL "]", 0, NULL}}},
    {"a milder code added to a worse one is a change",
     SBL,
     {{0, PBL " " SBL, "changed critical>critical [" PBL " " SBL "]", 0, NULL}}},
    {"SBL to PBL is better, the last listing long ago",
     SBL,
     {{0, PBL, "improved critical>warning [" PBL "]", 0, "warning"}}},
    {"better takes two answers within 12 h",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {HOUR, PBL, NULL, 0, "critical"},
      {2 * HOUR, PBL, "improved critical>warning [" PBL "]", 0, "warning"}}},
    {"one code of two is gone: a change, confirmed like clearing",
     "",
     {{0, SBL " " CSS, "listed ok>critical [" SBL " " CSS "]", 0, NULL},
      {HOUR, SBL, NULL, 0, NULL},
      {2 * HOUR, SBL, "changed critical>critical [" SBL "]", 0, NULL}}},
    {"clean after one milder answer starts counting anew",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {1 * HOUR, PBL, NULL, 0, NULL},
      {2 * HOUR, "", NULL, 0, NULL},
      {3 * HOUR, "", GONE, 0, "ok"}}},
    {"a new code waits for confirm_listed",
     SBL,
     {{0, SBL " " CSS, NULL, 0, NULL},
      {HOUR, SBL " " CSS, "changed critical>critical [" SBL " " CSS "]", 0, NULL}},
     .confirm_listed = 2},
    {"words of a source: junked to blocked is worse, blocked to normal ends it",
     "junked",
     {{0, "blocked", "worsened warning>critical [blocked]", 0, NULL},
      {DAY, "normal", "delisted critical>ok []", 0, "ok"}},
     .source = "snds"},

    /* ---- edits ---- */
    {"a severity edited up changes nothing by itself",
     PBL,
     {{0, PBL, NULL, EDITED, "critical"}, {DAY, PBL, NULL, EDITED, "critical"}}},
    {"a severity edited to off ends what was told, once, with the answers as they are",
     NULL,
     {{0, CSS, "baseline unknown>critical [" CSS "]", 0, "critical"},
      {1 * DAY, CSS, "retired critical>unknown []", EDITED, "ok"},
      {2 * DAY, CSS, NULL, EDITED, "ok"},
      {3 * DAY, "", NULL, EDITED, "ok"}}},
    {"a severity edited to off while the list can't be asked ends it too",
     NULL,
     {{0, CSS, "baseline unknown>critical [" CSS "]", 0, "critical"},
      {1 * DAY, "!timeout", "retired critical>unknown []", EDITED, "ok"},
      {2 * DAY, "", NULL, EDITED, "ok"}}},
    {"gone in the run that was to say so: the end is told once",
     NULL,
     {{0, CSS, "baseline unknown>critical [" CSS "]", 0, "critical"},
      {1 * DAY, "", "delisted ok>ok []", EDITED, "ok"},
      {2 * DAY, "", NULL, EDITED, "ok"}}},
    {"a code that was off when it was seen is not news when it counts",
     "",
     {{0, OFF, NULL, 0, "ok"}, {DAY, OFF, NULL, EDITED, "critical"}}},

    /* ---- scores ---- */
    {"a score that moves within its band is no change",
     NULL,
     {{0, "s40", "baseline unknown>critical [s40]", 0, NULL}, {DAY, "s45", NULL, 0, "critical"}},
     .kind = LIST_SCORE},
    {"a score that leaves its band is a change",
     "s90",
     {{0, "s65", "listed ok>warning [s65]", 0, NULL},
      {1 * DAY, "s40", "worsened warning>critical [s40]", 0, NULL},
      {2 * DAY, "s65", "improved critical>warning [s65]", 0, NULL},
      {10 * DAY, "s90", "delisted warning>ok [s90]", 0, "ok"}},
     .kind = LIST_SCORE},

    /* ---- allow lists ---- */
    {"an allow list: being on it is quiet, losing it is worse at info",
     NULL,
     {{0, "t3", NULL, 0, "ok"},
      {DAY, "", "worsened ok>info []", 0, "ok"},
      {2 * DAY, "", NULL, 0, "ok"},
      {3 * DAY, "t1", "improved info>ok [t1]", 0, "ok"}},
     .kind = LIST_ALLOW},
    {"an allow list: less trust is worse at info",
     "t3",
     {{0, "t1", "worsened ok>info [t1]", 0, "ok"}},
     .kind = LIST_ALLOW},
    {"an allow list: never on it is no news",
     "",
     {{0, "", NULL, 0, "ok"}, {DAY, "!timeout", NULL, 0, "ok"}},
     .kind = LIST_ALLOW},

    /* ---- flapping ---- */
    {"the fourth change within a week is flapping, then it is held, then its state is said",
     "",
     {{0 * DAY, SBL, LISTED, 0, NULL},
      {1 * DAY, "", GONE, 0, NULL},
      {2 * DAY, SBL, LISTED, 0, NULL},
      {3 * DAY, "", "flapping critical>ok []", 0, NULL},
      {4 * DAY, SBL, NULL, 0, "critical"},
      {5 * DAY, "", NULL, 0, "ok"},
      {6 * DAY, "", NULL, 0, NULL},
      {6 * DAY + 23 * HOUR, "", NULL, 0, NULL},
      {7 * DAY, "", GONE, 0, "ok"},
      {8 * DAY, "", NULL, 0, NULL},
      {9 * DAY, SBL, LISTED, 0, NULL}}},
    {"flapping that comes to rest listed is said as listed",
     "",
     {{0 * DAY, SBL, LISTED, 0, NULL},
      {1 * DAY, "", GONE, 0, NULL},
      {2 * DAY, SBL, LISTED, 0, NULL},
      {3 * DAY, "", "flapping critical>ok []", 0, NULL},
      {4 * DAY, SBL, NULL, 0, NULL},
      {5 * DAY, SBL, NULL, 0, NULL},
      {6 * DAY, SBL, LISTED, 0, "critical"},
      {13 * DAY, "", GONE, 0, "ok"}}},
    {"worse levels and new codes pass while flapping, once each",
     "",
     {{0 * DAY, PBL, "listed ok>warning [" PBL "]", 0, NULL},
      {1 * DAY, "", "delisted warning>ok []", 0, NULL},
      {2 * DAY, PBL, "listed ok>warning [" PBL "]", 0, NULL},
      {3 * DAY, "", "flapping warning>ok []", 0, NULL},
      {4 * DAY, PBL2, "listed ok>warning [" PBL2 "] passes", 0, NULL},
      {5 * DAY, "", NULL, 0, NULL},
      {6 * DAY, PBL2, NULL, 0, "warning"},
      {6 * DAY + HOUR, SBL, "worsened warning>critical [" SBL "] passes", 0, "critical"},
      {7 * DAY, PBL, NULL, 0, "warning"},
      {7 * DAY + HOUR, SBL, NULL, 0, "critical"}}},
    {"codes that alternate become flapping too",
     "",
     {{0 * DAY, SBL, LISTED, 0, NULL},
      {1 * DAY, CSS, "changed critical>critical [" CSS "]", 0, NULL},
      {2 * DAY, SBL, "changed critical>critical [" SBL "]", 0, NULL},
      {3 * DAY, CSS, "flapping critical>critical [" CSS "]", 0, NULL},
      {4 * DAY, SBL, NULL, 0, NULL}}},
    {"four changes in more than a week are no flapping",
     "",
     {{0 * DAY, SBL, LISTED, 0, NULL},
      {3 * DAY, "", GONE, 0, NULL},
      {6 * DAY, SBL, LISTED, 0, NULL},
      {9 * DAY, "", GONE, 0, NULL}}},
    {"a failure does not end the hold: rest must be proven",
     "",
     {{0 * DAY, SBL, LISTED, 0, NULL},
      {1 * DAY, "", GONE, 0, NULL},
      {2 * DAY, SBL, LISTED, 0, NULL},
      {3 * DAY, "", "flapping critical>ok []", 0, NULL},
      {6 * DAY, "!timeout", NULL, 0, NULL},
      {7 * DAY, "", GONE, 0, NULL}}},

    /* ---- lapse ---- */
    {"a finding without proof for 14 days lapses to unknown, once",
     SBL,
     {{10 * DAY, "!timeout", NULL, 0, "critical"},
      {14 * DAY, "!timeout", "lapsed critical>unknown [" SBL "]", 0, "unknown"},
      {15 * DAY, "!timeout", NULL, 0, "unknown"}}},
    {"a lapsed finding that is there again is listed",
     SBL,
     {{14 * DAY, "!timeout", "lapsed critical>unknown [" SBL "]", 0, "unknown"},
      {15 * DAY, SBL, "listed unknown>critical [" SBL "]", 0, "critical"},
      {16 * DAY, SBL, NULL, 0, NULL}}},
    {"a lapsed finding that is gone is told as gone",
     SBL,
     {{14 * DAY, "!timeout", "lapsed critical>unknown [" SBL "]", 0, "unknown"},
      {15 * DAY, "", GONE, 0, "ok"},
      {16 * DAY, "", NULL, 0, NULL}}},
    {"a clean belief lapses without a word, a finding after it comes from unknown",
     "",
     {{14 * DAY, "!timeout", NULL, 0, "unknown"},
      {15 * DAY, SBL, "listed unknown>critical [" SBL "]", 0, NULL}}},
    {"a list that is not due lapses too",
     SBL,
     {{14 * DAY, "", "lapsed critical>unknown [" SBL "]", NOT_DUE, "unknown"}}},
    {"after a long pause of cron a proven answer is judged, not lapsed",
     SBL,
     {{30 * DAY, "", GONE, 0, "ok"}}},
    {"after a long pause the same finding is no news", SBL, {{30 * DAY, SBL, NULL, 0, "critical"}}},

    /* ---- the clock in doubt ---- */
    {"a clock in doubt lapses nothing",
     SBL,
     {{30 * DAY, "!timeout", NULL, DOUBT, "critical"},
      {30 * DAY + HOUR, "!timeout", "lapsed critical>unknown [" SBL "]", 0, NULL}}},
    {"a clock in doubt does not use the 12 h rule",
     "",
     {{0, SBL, LISTED, 0, NULL},
      {DAY, "", NULL, DOUBT, "critical"},
      {25 * HOUR, "", GONE, 0, NULL}}},
    {"a clock in doubt still raises", "", {{0, SBL, LISTED, DOUBT, "critical"}}},
    {"a clock that was a week ahead is mended and clears again",
     "",
     {{7 * DAY, SBL, LISTED, 0, NULL},
      {0, SBL, NULL, DOUBT, NULL},
      {HOUR, "", NULL, 0, "critical"},
      {2 * HOUR, "", GONE, 0, "ok"}}},
    {"a week ahead and then gone: cleared once the times are mended",
     "",
     {{7 * DAY, SBL, LISTED, 0, NULL},
      {1 * HOUR, "", NULL, DOUBT, "critical"},
      {2 * HOUR, "", NULL, 0, "critical"},
      {3 * HOUR, "", NULL, 0, "critical"},
      {4 * HOUR, "", GONE, 0, "ok"}}},

    /* ---- acknowledgements ---- */
    {"time up is said as a reminder, once",
     SBL,
     {{0, SBL, NULL, ACK, "critical"},
      {10 * DAY, SBL, NULL, 0, NULL},
      {29 * DAY, SBL, NULL, 0, NULL},
      {30 * DAY, SBL, "reminder critical>critical [" SBL "]", 0, NULL},
      {31 * DAY, SBL, NULL, 0, NULL}}},
    {"an acknowledged finding that ends is told",
     SBL,
     {{0, SBL, NULL, ACK, NULL}, {DAY, "", GONE, 0, NULL}, {31 * DAY, "", NULL, 0, NULL}}},
    {"a new code ends an acknowledgement, no reminder follows",
     SBL,
     {{0, SBL, NULL, ACK, NULL},
      {DAY, SBL " " CSS, "changed critical>critical [" SBL " " CSS "]", 0, NULL},
      {31 * DAY, SBL " " CSS, NULL, 0, NULL}}},
    {"a clock in doubt ends no acknowledgement",
     SBL,
     {{0, SBL, NULL, ACK, NULL},
      {40 * DAY, SBL, NULL, DOUBT, NULL},
      {41 * DAY, SBL, "reminder critical>critical [" SBL "]", 0, NULL}}},
};

static int wrong; /* rows that failed; all of them are shown */

static const char *source_of(const struct row *row)
{
    return row->source ? row->source : "dnsbl";
}

static struct kit_cell start_cell(const struct row *row)
{
    struct kit_cell cell = {0};
    if (!row->start)
        return cell;
    cell.proof = (struct cell_proof){T0 - DAY, T0 - DAY, CAUSE_NONE};
    if (!row->start[0])
        return cell;
    bool finding = row->kind != LIST_ALLOW && strcmp(row->start, "s90") != 0;
    struct belief b = {.source = source_of(row),
                       .list = "bl.example",
                       .answers = row->start,
                       .detail = "because",
                       .since = T0 - DAY,
                       .opened = finding ? T0 - DAY : 0};
    kit_keep(&cell, &b);
    return cell;
}

static struct outcome outcome_of(const char *answer)
{
    if (answer[0] != '!')
        return (struct outcome){CAUSE_NONE, 0, answer};
    for (enum cause cause = CAUSE_TIMEOUT; cause < CAUSE_COUNT; cause++) {
        if (strcmp(cause_word(cause), answer + 1) == 0)
            return (struct outcome){cause, 0, ""};
    }
    fail_msg("no such cause: %s", answer);
    return (struct outcome){0};
}

static void run_step(const struct row *row, const struct step *step, struct kit_cell *cell)
{
    struct kit_world world = {step->flags & EDITED};
    struct judge_ops ops = kit_ops(&world);
    struct judge_conf conf = judge_conf_default();
    if (row->confirm_listed)
        conf.confirm_listed = row->confirm_listed;
    time_t now = T0 + (time_t)step->at;
    struct judge j;
    judge_init(&j, &conf, &ops, now, step->flags & DOUBT);
    if (step->flags & ACK) {
        struct belief b = cell->belief;
        b.ack_until = now + 30 * DAY;
        b.ack_answers = b.answers;
        b.ack_note = "known";
        kit_keep(cell, &b);
    }
    struct column health = {.dns_list = source_equal(source_of(row), "dnsbl"),
                            .source = source_of(row),
                            .list = "bl.example",
                            .severity = SEV_CRITICAL,
                            .kind = row->kind,
                            .due = !(step->flags & NOT_DUE),
                            .proven = now - (step->flags & OLD_PROOF ? DAY : 20),
                            .fresh = step->flags & FRESH};
    if (step->flags & SAME_SECOND)
        health.proven = cell->proof.proven;
    struct judge_cell in = {.health = &health,
                            .holds = 14 * DAY,
                            .prefix = 32,
                            .label = "",
                            .belief = cell->has ? &cell->belief : NULL,
                            .proof = cell->proof,
                            .asked = health.due,
                            .outcome = outcome_of(step->answer)};
    struct judgement out;
    judge_cell(&j, &in, &out);
    char text[200];
    kit_text(&out, text, sizeof text);
    const char *expect = step->expect ? step->expect : "";
    if (strcmp(text, expect) != 0)
        wrong++, print_error("%s\n  after %lld s: expected \"%s\", got \"%s\"\n", row->name,
                             (long long)step->at, expect, text);
    kit_store(cell, &out);
    enum level level = judge_level(&j, 0, cell->has ? &cell->belief : NULL, &cell->proof, 14 * DAY);
    if (step->level && strcmp(level_word(level), step->level) != 0)
        wrong++, print_error("%s\n  after %lld s: believed %s, expected %s\n", row->name,
                             (long long)step->at, level_word(level), step->level);
    judge_fini(&j);
}

static void every_row_of_the_table_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct kit_cell cell = start_cell(&rows[i]);
        for (size_t k = 0; k < STEPS && rows[i].steps[k].answer; k++)
            run_step(&rows[i], &rows[i].steps[k], &cell);
        kit_fini(&cell);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
