/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"

#include <stdlib.h>
#include <string.h>

/*
 * States are numbered breadth first. The first ones, which nearly every byte of a text leads to,
 * have a row in the table: the next state for each letter. All others have only the states one
 * letter longer, one after the other; for any other letter, their longest suffix decides.
 */
#define TABLE_BYTES (256u << 10)

/* Flags of a table entry, which is otherwise the offset of the next row. */
#define OUT     0x80000000u /* the state reached ends a word */
#define ROWLESS 0x40000000u /* it has no row: this is its number */

struct explain_state {
    uint32_t link;    /* longest proper suffix that is a state */
    uint32_t out;     /* next state on the suffix chain that ends a word; 0: none */
    uint32_t ids;     /* 1 + index into ends; 0: ends no word */
    uint32_t longer;  /* the first of the states that are one letter longer */
    uint8_t branches; /* how many there are */
    uint8_t letter;   /* class of the last letter */
};

struct explain_end {
    uint32_t id, next; /* next: 1 + index; 0: last */
};

#define WORD_MAX 63

struct explain_word {
    char text[WORD_MAX + 1]; /* folded */
    uint32_t id;
};

struct filter {
    uint8_t class_of[256];
    uint32_t classes, rows;
    uint32_t *table; /* owned: row × class */
    struct explain_state *states;
    uint32_t state_count;
    struct explain_end *ends;
    uint32_t end_count;
    struct explain_word *words; /* owned: until built */
    size_t word_count;
};

static unsigned char explain_fold(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned char)(c + 32);
    return c == '_' || c == '\t' || c == '\r' || c == '\n' ? ' ' : c;
}

struct filter *filter_new(void)
{
    return mem_alloc(sizeof(struct filter));
}

bool filter_add(struct filter *f, const char *word, unsigned id)
{
    if (!word[0] || id >= FILTER_WORDS)
        return false;
    if ((f->word_count & (f->word_count - 1)) == 0) /* 0, or a power of two: all are in use */
        f->words = mem_grow(f->words, f->word_count ? 2 * f->word_count : 1, sizeof *f->words);
    struct explain_word *w = &f->words[f->word_count++];
    *w = (struct explain_word){.id = id};
    for (size_t i = 0; i < WORD_MAX && word[i]; i++)
        w->text[i] = (char)explain_fold((unsigned char)word[i]);
    return true;
}

/* Class 0 is every byte that no word holds. */
static void explain_make_classes(struct filter *f)
{
    uint8_t of[256] = {0};
    f->classes = 1;
    for (size_t w = 0; w < f->word_count; w++)
        for (const char *p = f->words[w].text; *p; p++)
            if (!of[(unsigned char)*p])
                of[(unsigned char)*p] = (uint8_t)f->classes++;
    for (unsigned c = 0; c < 256; c++)
        f->class_of[c] = of[explain_fold((unsigned char)c)];
}

static int explain_word_order(const void *a, const void *b)
{
    const struct explain_word *x = a;
    const struct explain_word *y = b;
    return strcmp(x->text, y->text);
}

/* The state after `at`, considering only its own words; 0: none. */
static uint32_t explain_longer(const struct filter *f, uint32_t at, uint32_t class)
{
    const struct explain_state *s = &f->states[at];
    for (uint32_t i = s->longer; i < s->longer + s->branches; i++)
        if (f->states[i].letter == class)
            return i;
    return 0;
}

/* The state after `at`, among all states built so far. */
static uint32_t explain_next(const struct filter *f, uint32_t at, uint32_t class)
{
    uint32_t next = explain_longer(f, at, class);
    while (!next && at) {
        at = f->states[at].link;
        next = explain_longer(f, at, class);
    }
    return next;
}

/* The sorted words that share their first `depth` letters: those of one state. */
struct explain_span {
    uint32_t from, to, depth;
};

static void explain_add_end(struct filter *f, struct explain_state *s, uint32_t id)
{
    f->ends[f->end_count] = (struct explain_end){.id = id, .next = s->ids};
    s->ids = ++f->end_count;
}

/* Adds the states one letter longer; their suffixes are shorter, and so already built. */
static void explain_branch(struct filter *f, struct explain_span *spans, uint32_t at)
{
    struct explain_state *s = &f->states[at];
    const struct explain_state *link = &f->states[s->link];
    uint32_t from = spans[at].from;
    uint32_t depth = spans[at].depth;
    for (; from < spans[at].to && !f->words[from].text[depth]; from++)
        explain_add_end(f, s, f->words[from].id);
    s->out = link->ids ? s->link : link->out;
    s->longer = f->state_count;
    while (from < spans[at].to) {
        char letter = f->words[from].text[depth];
        uint8_t class = f->class_of[(unsigned char)letter];
        uint32_t to = from + 1;
        while (to < spans[at].to && f->words[to].text[depth] == letter)
            to++;
        uint32_t suffix = at ? explain_next(f, s->link, class) : 0;
        f->states[f->state_count] = (struct explain_state){.link = suffix, .letter = class};
        spans[f->state_count++] = (struct explain_span){from, to, depth + 1};
        s->branches++;
        from = to;
    }
}

static uint32_t explain_entry(const struct filter *f, uint32_t state)
{
    const struct explain_state *s = &f->states[state];
    uint32_t at = state < f->rows ? state * f->classes : state | ROWLESS;
    return s->ids || s->out ? at | OUT : at;
}

static void explain_fill_table(struct filter *f)
{
    uint32_t room = TABLE_BYTES / sizeof *f->table / f->classes;
    f->rows = f->state_count < room ? f->state_count : room;
    f->table = mem_array((size_t)f->rows * f->classes, sizeof *f->table);
    for (uint32_t at = 0; at < f->rows; at++)
        for (uint32_t class = 1; class < f->classes; class ++)
            f->table[at * f->classes + class] = explain_entry(f, explain_next(f, at, class));
}

void filter_build(struct filter *f)
{
    explain_make_classes(f);
    if (f->word_count)
        qsort(f->words, f->word_count, sizeof *f->words, explain_word_order);
    size_t letters = 1;
    for (size_t w = 0; w < f->word_count; w++)
        letters += strlen(f->words[w].text);
    f->states = mem_array(letters, sizeof *f->states);
    f->ends = mem_array(f->word_count, sizeof *f->ends);
    struct explain_span *spans = mem_array(letters, sizeof *spans);
    spans[0].to = (uint32_t)f->word_count;
    f->state_count = 1;
    for (uint32_t at = 0; at < f->state_count; at++)
        explain_branch(f, spans, at);
    explain_fill_table(f);
    free(spans);
    free(f->words);
    f->words = NULL;
}

static void explain_collect(const struct filter *f, uint32_t state, struct word_set *found)
{
    for (; state; state = f->states[state].out)
        for (uint32_t e = f->states[state].ids; e; e = f->ends[e - 1].next)
            word_set_add(found, f->ends[e - 1].id);
}

void filter_scan(const struct filter *f, const char *text, size_t len, struct word_set *found)
{
    uint32_t at = 0; /* a table entry without OUT */
    for (size_t i = 0; i < len; i++) {
        uint8_t class = f->class_of[(unsigned char)text[i]];
        if (at & ROWLESS)
            at = explain_entry(f, explain_next(f, at & ~ROWLESS, class));
        else
            at = f->table[at + class];
        if (at & OUT) {
            at &= ~OUT;
            explain_collect(f, at & ROWLESS ? at & ~ROWLESS : at / f->classes, found);
        }
    }
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    free(f->table);
    free(f->states);
    free(f->ends);
    free(f->words);
    free(f);
}

void word_set_add(struct word_set *s, unsigned id)
{
    s->bits[id / 64] |= UINT64_C(1) << id % 64;
}

bool word_set_has(const struct word_set *s, unsigned id)
{
    return s->bits[id / 64] >> id % 64 & 1;
}

bool word_set_empty(const struct word_set *s)
{
    for (size_t i = 0; i < sizeof s->bits / sizeof s->bits[0]; i++)
        if (s->bits[i])
            return false;
    return true;
}
