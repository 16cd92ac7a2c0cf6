/* SPDX-License-Identifier: ISC */
/*
 * What doctor says of the mail logs: can they be read, is their format known, do their lines show
 * which own address was used, and do they mention any receivers. Only the end of a log is examined.
 */
#include "log_setup.h"

#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/input.h"
#include "repmon/maillog.h"
#include "repmon/privilege.h"
#include "repmon/source_look.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define END_BYTES     (4u << 20) /* of a file */
#define JOURNAL_S     3600
#define JOURNAL_MS    5000
#define UNREACHED_MIN 3
#define UNREAD_MIN    2
#define UNREAD_SHARE  20 /* percent of the answers */
#define ONE_RELAY     20 /* messages that all go to one host outside the table: a smarthost */

struct survey {
    int64_t now;
    uint64_t lines, known, attempts, named;
    uint64_t ahead;     /* lines with a time in the future */
    uint64_t timeless;  /* lines without a time */
    uint64_t unreached; /* attempts without a connection */
    uint64_t unread;    /* refusals that no pattern explains */
    uint64_t inside;    /* attempts at our own hosts: filters, mailboxes, named relays */
    bool formats[MAILLOG_FORMAT_COUNT];
    char relay[256]; /* the only host contacted; "": none */
    bool many;       /* hosts */
    struct buf scratch;
    struct explain *explain; /* borrowed; NULL: its table can't be read */
};

/* ---- what its lines tell ---- */

static bool log_exam_is_tagged(const struct conf_log *log, struct maillog_piece tag)
{
    for (size_t i = 0; i < log->tag_count; i++) {
        size_t len = strlen(log->tags[i].name);
        if (tag.len >= len && strncmp(tag.s, log->tags[i].name, len) == 0)
            return true;
    }
    return false;
}

static bool log_exam_is_inside(const struct conf_log *log, const struct maillog_event *e)
{
    char host[256];
    if (e->host_ip.family && ip_is_hidden(&e->host_ip))
        return true;
    snprintf(host, sizeof host, "%.*s", (int)(e->host.len < 255 ? e->host.len : 255), e->host.s);
    for (size_t i = 0; i < log->smarthost_count; i++)
        if (strcasecmp(log->smarthosts[i], host) == 0)
            return true;
    return strcasecmp(host, "localhost") == 0;
}

static void log_exam_survey_relay(struct survey *s, const struct maillog_event *e)
{
    size_t len = e->host.len < sizeof s->relay ? e->host.len : sizeof s->relay - 1;
    if (s->attempts == 1)
        snprintf(s->relay, sizeof s->relay, "%.*s", (int)len, e->host.s);
    s->many |= strlen(s->relay) != len || strncasecmp(s->relay, e->host.s, len) != 0;
}

static bool log_exam_is_unreached(const struct maillog_event *e)
{
    static const char *const words[] = {"timed out", "Connection refused", "No route to host",
                                        "Network is unreachable"};
    if (e->code)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(e->text.s, e->text.len, words[i], strlen(words[i])))
            return true;
    return false;
}

static void log_exam_survey_reply(struct survey *s, const struct maillog_event *e)
{
    struct explain_verdict v;
    if (e->outcome == MAILLOG_ACCEPTED || !s->explain)
        return;
    explain_event(s->explain, e, &v);
    s->unread += v.kind == EXPLAIN_UNKNOWN;
}

static void log_exam_survey_line(struct survey *s, const struct conf_log *log, const char *line,
                                 size_t len)
{
    struct maillog_event e;
    s->lines++;
    if (!maillog_parse(line, len, &s->scratch, &e) || e.format == MAILLOG_UNKNOWN)
        return;
    const struct maillog_clock clock = {.now = s->now};
    int64_t time;
    s->known++;
    s->formats[e.format] = true;
    if (!maillog_time(e.stamp, &clock, &time))
        s->timeless++;
    else
        s->ahead += time > s->now + HEARD_AHEAD_S;
    if (e.outcome == MAILLOG_NOTHING || e.outcome == MAILLOG_OWN_SIDE)
        return;
    if (log_exam_is_unreached(&e)) {
        s->unreached++;
        return;
    }
    if (!e.attempted)
        return;
    if (log_exam_is_inside(log, &e)) {
        s->inside++;
        return;
    }
    s->attempts++;
    s->named += e.own_ip.family || log_exam_is_tagged(log, e.tag);
    log_exam_survey_reply(s, &e);
    log_exam_survey_relay(s, &e);
}

static void log_exam_survey_bytes(struct survey *s, const struct conf_log *log, const char *at,
                                  size_t len)
{
    const char *end = at + len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t part = (size_t)((newline ? newline : end) - at);
        log_exam_survey_line(s, log, at, part);
        at += part + 1;
    }
}

/* ---- what is said of it ---- */

static void log_exam_say_formats(const struct survey *s, struct buf *out)
{
    const char *between = "";
    for (enum maillog_format i = 1; i < MAILLOG_FORMAT_COUNT; i++) {
        if (!s->formats[i])
            continue;
        buf_fmt(out, "%s%s", between, maillog_format_word(i));
        between = ", ";
    }
}

/* How many own addresses a line that names none may be about. */
static size_t log_exam_own_addresses(const struct source_look *look, const struct conf_log *log)
{
    return log->address_count ? log->address_count : look->targets;
}

static void log_exam_say_nameless(const struct source_look *look, const struct conf_log *log,
                                  const struct survey *s)
{
    const char *cure = s->formats[MAILLOG_EXIM]
                           ? "let Exim log it: log_selector = +incoming_interface"
                           : "give each address a transport of its own in Postfix' master.cf, with "
                             "-o smtp_bind_address=ADDRESS -o syslog_name=postfix-ADDRESS, or name "
                             "it by tag in the [log] section";
    if (log_exam_own_addresses(look, log) > 1)
        source_say(look, DOCTOR_WARN, log->name, cure,
                   "%llu of %llu answers do not show which of your addresses was used, so a "
                   "delivery can't end a refusal",
                   (unsigned long long)(s->attempts - s->named), (unsigned long long)s->attempts);
}

/* A receiver of the table is not a relay. */
static bool log_exam_is_one_relay(const struct survey *s)
{
    const struct maillog_piece relay = {s->relay, strlen(s->relay)};
    bool large = s->explain && explain_host(s->explain, relay);
    return s->attempts >= ONE_RELAY && !s->many && !large;
}

static void log_exam_say_unread(const struct source_look *look, const struct conf_log *log,
                                const struct survey *s)
{
    char cure[512];
    if (s->unread < UNREAD_MIN || s->unread * 100 < s->attempts * UNREAD_SHARE)
        return;
    snprintf(cure, sizeof cure, "look with: repmon explain %.400s",
             log->file_count ? log->files[0] : "FILE");
    source_say(look, DOCTOR_WARN, log->name, cure,
               "%llu refusals not understood: they count neither for nor against an address",
               (unsigned long long)s->unread);
}

static void log_exam_say_survey(const struct source_look *look, const struct conf_log *log,
                                const struct survey *s)
{
    struct buf formats;
    if (s->lines == 0) {
        source_say(look, DOCTOR_WARN, log->name, "check whether the mail server logs there",
                   log->journal ? "the journal has no entries from it in the last hour"
                                : "it is empty");
        return;
    }
    if (s->known == 0) {
        source_say(look, DOCTOR_RED, log->name,
                   "name the mail server's own log; repmon-refusals(7) lists the formats",
                   "none of its last %llu lines is in a supported format",
                   (unsigned long long)s->lines);
        return;
    }
    buf_init(&formats, 512);
    log_exam_say_formats(s, &formats);
    source_say(look, DOCTOR_OK, log->name, "", "%s; %llu answer%s from receivers in %llu line%s",
               buf_text(&formats), (unsigned long long)s->attempts, s->attempts == 1 ? "" : "s",
               (unsigned long long)s->lines, s->lines == 1 ? "" : "s");
    buf_fini(&formats);
    if (s->ahead * 2 > s->known)
        source_say(look, DOCTOR_RED, log->name,
                   "set timezone in the [log] section to that of the log, or correct the clock",
                   "%llu of %llu lines have a time in the future, and are not judged",
                   (unsigned long long)s->ahead, (unsigned long long)s->known);
    if (s->timeless * 2 > s->known)
        source_say(look, DOCTOR_RED, log->name,
                   "let the logger write the time: journalctl -o short-iso, not -o cat",
                   "%llu of %llu lines have no time, and are not judged",
                   (unsigned long long)s->timeless, (unsigned long long)s->known);
    if (s->attempts > s->named)
        log_exam_say_nameless(look, log, s);
    if (s->attempts == 0 && s->inside > 0)
        source_say(
            look, DOCTOR_WARN, log->name, "read the log of that relay, on its own host",
            "all mail leaves through your own relay, and only its log has the receivers' answers");
    if (s->attempts == 0 && s->inside == 0 && s->unreached >= UNREACHED_MIN)
        source_say(look, DOCTOR_WARN, log->name,
                   "try one by hand: nc -vz gmail-smtp-in.l.google.com 25; many providers open the "
                   "port on request only",
                   "no connection to any receiver succeeded, in %llu attempts: is outgoing port 25 "
                   "blocked?",
                   (unsigned long long)s->unreached);
    log_exam_say_unread(look, log, s);
    if (log_exam_is_one_relay(s))
        source_say(look, DOCTOR_WARN, log->name,
                   "if it is your relay, name it with smarthost, and read its log on its own host",
                   "all %llu messages went to %s", (unsigned long long)s->attempts, s->relay);
}

/* ---- files ---- */

static bool log_exam_can_open(const struct source_look *look, const struct conf_log *log,
                              const char *path)
{
    struct error err = {0};
    char cure[160] = "correct file in its [log] section", text[2048];
    const struct input_file_options options = {.path = path, .since = look->now, .now = look->now};
    struct input_file *in = input_file_open(&options, &err);
    input_file_close(in);
    if (in)
        return true;
    if (err.class == ERR_PERMISSION)
        privilege_group_cure(path, cure, sizeof cure);
    error_format(&err, text, sizeof text);
    source_say(look, DOCTOR_RED, log->name, cure, "%s", text);
    return false;
}

static void log_exam_read_end(struct survey *s, const struct conf_log *log, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    char *bytes = mem_alloc(END_BYTES);
    off_t from = fstat(fd, &st) == 0 && st.st_size > END_BYTES ? st.st_size - END_BYTES : 0;
    ssize_t got = pread(fd, bytes, END_BYTES, from);
    const char *begin = from > 0 && got > 0 ? memchr(bytes, '\n', (size_t)got) : NULL;
    size_t skip = begin ? (size_t)(begin - bytes) + 1 : 0;
    if (got > 0)
        log_exam_survey_bytes(s, log, bytes + skip, (size_t)got - skip);
    free(bytes);
    close(fd);
}

static bool log_exam_look_at_pattern(const struct source_look *look, const struct conf_log *log,
                                     const char *pattern, struct survey *s)
{
    glob_t found;
    bool read = false;
    if (glob(pattern, GLOB_NOCHECK, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (!log_exam_can_open(look, log, found.gl_pathv[i]))
            continue;
        log_exam_read_end(s, log, found.gl_pathv[i]);
        read = true;
    }
    globfree(&found);
    return read;
}

/* ---- the journal ---- */

static bool log_exam_look_at_journal(const struct source_look *look, const struct conf_log *log,
                                     struct survey *s)
{
    struct error err = {0};
    struct input_piece piece = {.len = 1};
    const struct input_journal_options options = {
        .match = log->journal,
        .since = look->now - JOURNAL_S,
        .loop = look->loop,
        .limit = {.deadline_ms = clock_mono_ms() + JOURNAL_MS}};
    struct input_journal *in = input_journal_open(&options, &err);
    while (in && piece.len > 0 && input_journal_next(in, &piece, &err))
        log_exam_survey_bytes(s, log, piece.bytes, piece.len);
    input_journal_close(in);
    if (err.class == ERR_NONE)
        return true;
    source_say(look, DOCTOR_RED, log->name, "or name a file instead of the journal", "%s",
               err.text);
    return false;
}

/* ---- the section ---- */

static bool log_exam_has_names(const struct conf *conf)
{
    for (size_t i = 0; i < conf->target_count; i++)
        if (conf->targets[i].kind == TARGET_HOST || conf->targets[i].kind == TARGET_SPF)
            return true;
    return false;
}

/* An address that a name leads to is known only after a run. */
static void log_exam_say_unwatched(const struct source_look *look, const struct conf_log *log)
{
    const struct ip *unwatched = log_unwatched(log, look->inventory);
    char text[IP_TEXT_MAX];
    if (!unwatched)
        return;
    ip_format(unwatched, text);
    if (log_exam_has_names(look->conf))
        source_say(look, DOCTOR_WARN, log->name,
                   "add it with ip = to [targets], unless a host or spf line leads to it",
                   "address = %s is not among the known targets", text);
    else
        source_say(look, DOCTOR_RED, log->name,
                   "add it with ip = to [targets]: until then `repmon run` does nothing",
                   "address = %s is not a target", text);
}

void log_examine(const struct source_look *look)
{
    struct refusals refusals = {0};
    struct error err = {0};
    if (look->conf->log_count > 0)
        refusals_load(&refusals, look->conf, &err); /* the source itself reports an error */
    for (size_t i = 0; i < look->conf->log_count; i++) {
        const struct conf_log *log = &look->conf->logs[i];
        struct survey s = {.now = (int64_t)look->now, .explain = refusals.explain};
        bool read = false;
        log_exam_say_unwatched(look, log);
        char *zone = log->timezone ? clock_use_zone(log->timezone) : NULL;
        buf_init(&s.scratch, 128u << 10);
        for (size_t k = 0; k < log->file_count; k++)
            read |= log_exam_look_at_pattern(look, log, log->files[k], &s);
        if (log->journal && look->loop)
            read |= log_exam_look_at_journal(look, log, &s);
        if (log->timezone)
            clock_restore_zone(zone);
        if (read)
            log_exam_say_survey(look, log, &s);
        buf_fini(&s.scratch);
    }
    refusals_fini(&refusals);
}
