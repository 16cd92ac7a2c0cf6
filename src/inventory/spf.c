/* SPDX-License-Identifier: ISC */
#include "spf.h"

#include "repmon/buf.h"
#include "repmon/spf_check.h"
#include "spf_term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One question, in the order asked; the list is also the tree of records by `from`. */
struct task {
    uint16_t type;
    char *name;     /* owned */
    ptrdiff_t from; /* index of the record whose term it belongs to; -1: the domain's own */
    unsigned len;   /* addresses: length of the block around each */
    unsigned len6;  /* mx: the same for its IPv6 addresses; `len` is for IPv4 */
    bool empty;     /* its answer had no record */
};

struct spf {
    struct task *tasks; /* owned */
    size_t task_count, at;
    char **includes; /* owned */
    size_t include_count;
    struct spf_block *blocks; /* owned; names borrowed from tasks */
    size_t block_count;
    unsigned lookups, voids;
    enum spf_status status; /* SPF_ASK while questions are left */
    bool temporary;
    bool torn[2];    /* a negative answer came without its SOA: for IPv4, IPv6 */
    char **left_out; /* owned */
    size_t left_out_count;
    struct error problem, trouble; /* of the final status; of the first temporary failure */
    struct errors notes;           /* owned */
};

static void spf_ask(struct spf *s, uint16_t type, const char *name, ptrdiff_t from, unsigned len,
                    unsigned len6)
{
    s->tasks = mem_grow(s->tasks, s->task_count + 1, sizeof *s->tasks);
    s->tasks[s->task_count++] =
        (struct task){.type = type, .name = mem_dup(name), .from = from, .len = len, .len6 = len6};
}

struct spf *spf_new(const char *domain, char *const *includes, size_t include_count)
{
    struct spf *s = mem_alloc(sizeof *s);
    s->includes = mem_array(include_count, sizeof *s->includes);
    for (s->include_count = 0; s->include_count < include_count; s->include_count++)
        s->includes[s->include_count] = mem_dup(includes[s->include_count]);
    spf_ask(s, DNS_TXT, domain, -1, 0, 0);
    return s;
}

void spf_free(struct spf *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->task_count; i++)
        free(s->tasks[i].name);
    for (size_t i = 0; i < s->include_count; i++)
        free(s->includes[i]);
    free(s->tasks);
    for (size_t i = 0; i < s->left_out_count; i++)
        free(s->left_out[i]);
    free(s->left_out);
    free(s->includes);
    free(s->blocks);
    errors_fini(&s->notes);
    free(s);
}

static void spf_permanent(struct spf *s, const char *domain, const char *term, const char *why)
{
    error_set(&s->problem, ERR_CONFIG, "the SPF record of %s%s%s %s", domain, term ? ": " : "",
              term ? term : "", why);
    s->status = SPF_PERMANENT;
}

static void spf_note(struct spf *s, const char *domain, const struct spf_term *t, const char *why)
{
    errors_add(&s->notes, ERR_NONE, NULL, 0, "the SPF record of %s: %s %s", domain, t->shown, why);
}

static void spf_add_block(struct spf *s, struct cidr block, const char *name)
{
    if (s->block_count == SPF_BLOCKS_MAX) {
        spf_permanent(s, s->tasks[0].name, NULL, "names too many blocks");
        return;
    }
    s->blocks = mem_grow(s->blocks, s->block_count + 1, sizeof *s->blocks);
    s->blocks[s->block_count++] = (struct spf_block){block, name};
}

/* ---- terms ---- */

static bool spf_is_named(const struct spf *s, const char *name)
{
    for (size_t i = 0; i < s->include_count; i++) {
        if (strcmp(s->includes[i], name) == 0 || strcmp(s->includes[i], "all") == 0)
            return true;
    }
    return false;
}

static void spf_leave_out(struct spf *s, const char *domain, const struct spf_term *t)
{
    spf_note(s, domain, t, "is not followed: name it in spf_include to watch it");
    for (size_t i = 0; i < s->left_out_count; i++) {
        if (strcmp(s->left_out[i], t->name) == 0)
            return;
    }
    s->left_out = mem_grow(s->left_out, s->left_out_count + 1, sizeof *s->left_out);
    s->left_out[s->left_out_count++] = mem_dup(t->name);
}

/* Whether reading `name` from record `from` would read a record inside itself. */
static bool spf_is_loop(const struct spf *s, ptrdiff_t from, const char *name)
{
    for (; from >= 0; from = s->tasks[from].from) {
        if (strcmp(s->tasks[from].name, name) == 0)
            return true;
    }
    return false;
}

/* Follows an include or redirect of the record s->at. */
static void spf_follow(struct spf *s, const struct spf_term *t, const char *domain)
{
    if (spf_is_loop(s, (ptrdiff_t)s->at, t->name))
        spf_permanent(s, domain, t->shown, "is a loop");
    else
        spf_ask(s, DNS_TXT, t->name, (ptrdiff_t)s->at, 0, 0);
}

static bool spf_needs_lookup(enum spf_kind kind)
{
    return kind == SPF_INCLUDE || kind == SPF_A || kind == SPF_MX || kind == SPF_PTR ||
           kind == SPF_EXISTS || kind == SPF_REDIRECT;
}

static void spf_ask_addresses(struct spf *s, const char *name, unsigned len4, unsigned len6)
{
    spf_ask(s, DNS_A, name, (ptrdiff_t)s->at, len4, 0);
    spf_ask(s, DNS_AAAA, name, (ptrdiff_t)s->at, len6, 0);
}

/* One term of the record of task s->at. */
static void spf_read_term(struct spf *s, const struct spf_term *t)
{
    const char *domain = s->tasks[s->at].name;
    const char *name = *t->name ? t->name : domain;
    bool ours = t->qualifier == '+' || t->qualifier == '?';
    if (t->kind == SPF_BAD) {
        spf_permanent(s, domain, t->shown, "is not a term of RFC 7208");
        return;
    }
    if (spf_needs_lookup(t->kind) && ++s->lookups > SPF_LOOKUPS_MAX) {
        spf_permanent(s, domain, t->shown, "is one look-up more than the ten that RFC 7208 allows");
        return;
    }
    if (t->macro) {
        spf_note(s, domain, t, "holds a macro: its addresses can't be listed");
        return;
    }
    switch (t->kind) {
    case SPF_EXISTS:
    case SPF_PTR: spf_note(s, domain, t, "names no addresses: they can't be listed"); break;
    case SPF_INCLUDE:
        if (ours && spf_is_named(s, t->name))
            spf_follow(s, t, domain);
        else if (ours)
            spf_leave_out(s, domain, t);
        break;
    case SPF_REDIRECT: spf_follow(s, t, domain); break;
    case SPF_IP4:
    case SPF_IP6:
        if (ours)
            spf_add_block(s, t->block, "");
        break;
    case SPF_A:
        if (ours)
            spf_ask_addresses(s, name, t->len4, t->len6);
        break;
    case SPF_MX:
        if (ours)
            spf_ask(s, DNS_MX, name, (ptrdiff_t)s->at, t->len4, t->len6);
        break;
    default: break;
    }
}

/* A redirect counts only in a record without `all` (RFC 7208 6.1). */
static bool spf_has_all(const char *at, const char *end)
{
    struct spf_term t;
    while (spf_term_next(&at, end, &t)) {
        if (t.kind == SPF_ALL)
            return true;
    }
    return false;
}

static void spf_read_record(struct spf *s, const char *text, size_t len)
{
    const char *at = text + 6, *spf_end = text + len;
    struct spf_term t;
    unsigned redirects = 0;
    bool all = spf_has_all(at, spf_end);
    while (s->status == SPF_ASK && spf_term_next(&at, spf_end, &t)) {
        if (t.kind == SPF_REDIRECT && ++redirects > 1)
            spf_permanent(s, s->tasks[s->at].name, NULL, "has more than one redirect");
        else if (t.kind != SPF_REDIRECT || !all)
            spf_read_term(s, &t);
    }
}

/* ---- answers ---- */

static void spf_reply_record(struct spf *s, const struct dns_answer *answer)
{
    const struct task *task = &s->tasks[s->at];
    unsigned records;
    const struct dns_record *record = spf_pick(answer, &records);
    if (records == 1) {
        spf_read_record(s, record->text, record->len);
    } else if (records > 1) {
        spf_permanent(s, task->name, NULL, "is given more than once");
    } else if (answer->more) {
        spf_permanent(s, task->name, NULL, "is hidden among too many TXT records");
    } else if (task->from < 0) {
        error_set(&s->problem, ERR_CONFIG, "%s %s", task->name,
                  answer->rcode == DNS_NXDOMAIN ? "does not exist" : "has no SPF record");
        s->status = SPF_NONE;
    } else {
        spf_permanent(s, s->tasks[task->from].name, task->name,
                      "is included and has no SPF record");
    }
}

/* A look-up that found nothing; a and the hosts of mx count once for both families. */
static void spf_count_void(struct spf *s)
{
    const struct task *task = &s->tasks[s->at];
    bool half = task->type == DNS_A || (task->type == DNS_AAAA && !task[-1].empty);
    if (!task->empty || half || ++s->voids <= SPF_VOIDS_MAX)
        return;
    spf_permanent(s, s->tasks[task->from].name, task->name,
                  "is the third name without records; RFC 7208 allows two");
}

static void spf_reply_addresses(struct spf *s, const struct dns_answer *answer)
{
    const struct task *task = &s->tasks[s->at];
    for (size_t i = 0; s->status == SPF_ASK && i < answer->count; i++) {
        const struct ip *ip = &answer->records[i].ip;
        if (ip->family != (task->type == DNS_A ? 4 : 6))
            continue;
        struct cidr block = {.base = ip_mask(ip, task->len), .len = (uint8_t)task->len};
        spf_add_block(s, block, task->name);
    }
}

static void spf_reply_mx(struct spf *s, const struct dns_answer *answer)
{
    struct task task = s->tasks[s->at]; /* the array moves below */
    if (answer->count > SPF_MX_MAX || answer->more) {
        spf_permanent(s, s->tasks[task.from].name, "mx", "has more than ten hosts");
        return;
    }
    for (size_t i = 0; i < answer->count; i++) {
        const struct dns_record *r = &answer->records[i];
        char *text = mem_ndup(r->text ? r->text : "", r->text ? r->len : 0);
        char name[CONF_NAME_MAX];
        if (strlen(text) == r->len && conf_name_parse(text, name)) { /* "." is no host, RFC 7505 */
            spf_ask(s, DNS_A, name, task.from, task.len, 0);
            spf_ask(s, DNS_AAAA, name, task.from, task.len6, 0);
        }
        free(text);
    }
}

static void spf_end(struct spf *s)
{
    if (s->status != SPF_ASK || s->at < s->task_count)
        return;
    s->status = s->temporary ? SPF_TEMPORARY : SPF_DONE;
    if (s->temporary)
        s->problem = s->trouble;
}

static const char *spf_answer_word(const struct dns_answer *answer)
{
    if (!answer)
        return "no answer";
    return answer->malformed ? "no answer that can be read" : dns_rcode_word(answer->rcode);
}

static const char *spf_asked(uint16_t type)
{
    if (type == DNS_TXT)
        return "the SPF record";
    return type == DNS_MX ? "the MX record" : "the address";
}

void spf_reply(struct spf *s, const struct dns_answer *answer)
{
    if (s->status != SPF_ASK || s->at >= s->task_count)
        return;
    struct task *task = &s->tasks[s->at];
    bool good = answer && !answer->malformed &&
                (answer->rcode == DNS_NOERROR || answer->rcode == DNS_NXDOMAIN);
    if (!good) {
        error_set(&s->trouble, ERR_UNAVAILABLE, "%s of %s got %s", spf_asked(task->type),
                  task->name, spf_answer_word(answer));
        s->temporary = true;
        s->at++;
        spf_end(s);
        return;
    }
    bool torn = answer->count == 0 && !answer->soa;
    s->torn[0] |= torn && task->type != DNS_AAAA;
    s->torn[1] |= torn && task->type != DNS_A;
    if (task->type == DNS_TXT) {
        spf_reply_record(s, answer);
    } else {
        task->empty = answer->count == 0;
        spf_count_void(s);
        if (s->status == SPF_ASK && task->type == DNS_MX)
            spf_reply_mx(s, answer);
        else if (s->status == SPF_ASK)
            spf_reply_addresses(s, answer);
    }
    s->at++;
    spf_end(s);
}

enum spf_status spf_next(struct spf *s, struct spf_question *question)
{
    if (s->status == SPF_ASK) {
        const struct task *task = &s->tasks[s->at];
        snprintf(question->name, sizeof question->name, "%s", task->name);
        question->type = task->type;
    }
    return s->status;
}

const struct spf_block *spf_blocks(const struct spf *s, size_t *count)
{
    *count = s->block_count;
    return s->blocks;
}

char *const *spf_left_out(const struct spf *s, size_t *count)
{
    *count = s->left_out_count;
    return s->left_out;
}

bool spf_is_whole(const struct spf *s, int family)
{
    return !s->torn[family == 6];
}

const char *spf_problem(const struct spf *s)
{
    return s->problem.text;
}

const struct errors *spf_notes(const struct spf *s)
{
    return &s->notes;
}
