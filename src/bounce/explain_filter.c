/* SPDX-License-Identifier: ISC */
#include "explain_parts.h"

#include <stdlib.h>
#include <string.h>

#define OUT 0x80000000u /* of a table entry: the state reached ends a word */

struct explain_state {
    uint32_t parent, link; /* link: longest proper suffix that is a state */
    uint32_t out;          /* next state on the suffix chain that ends a word; 0: none */
    uint32_t ids;          /* 1 + index into ends; 0: ends no word */
    uint8_t letter;        /* class on the edge from the parent */
};

struct explain_end {
    uint32_t id, next; /* next: 1 + index; 0: last */
};

struct filter {
    uint8_t class_of[256];
    uint32_t classes;
    uint32_t *table; /* owned: state × class → offset of the next row, with OUT */
    struct explain_state *states;
    uint32_t state_count;
    struct explain_end *ends;
    uint32_t end_count;
    char (*words)[64]; /* owned: until built, because classes come first */
    uint32_t *word_ids;
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

void filter_add(struct filter *f, const char *word, unsigned id)
{
    size_t len = strlen(word);
    if (len == 0 || len >= sizeof *f->words || id >= FILTER_WORDS)
        return;
    f->words = mem_grow(f->words, f->word_count + 1, sizeof *f->words);
    f->word_ids = mem_grow(f->word_ids, f->word_count + 1, sizeof *f->word_ids);
    memcpy(f->words[f->word_count], word, len + 1);
    f->word_ids[f->word_count++] = id;
}

/* Class 0 is every byte that no word holds. */
static void explain_make_classes(struct filter *f)
{
    uint8_t of[256] = {0};
    f->classes = 1;
    for (size_t w = 0; w < f->word_count; w++)
        for (const char *p = f->words[w]; *p; p++) {
            unsigned char c = explain_fold((unsigned char)*p);
            if (!of[c])
                of[c] = (uint8_t)f->classes++;
        }
    for (unsigned c = 0; c < 256; c++)
        f->class_of[c] = of[explain_fold((unsigned char)c)];
}

static void explain_insert(struct filter *f, const char *word, uint32_t id)
{
    uint32_t at = 0;
    for (const char *p = word; *p; p++) {
        uint8_t c = f->class_of[(unsigned char)*p];
        uint32_t *next = &f->table[at * f->classes + c];
        if (!*next) {
            *next = f->state_count;
            f->states[f->state_count++] = (struct explain_state){.parent = at, .letter = c};
        }
        at = *next;
    }
    f->ends[f->end_count] = (struct explain_end){.id = id, .next = f->states[at].ids};
    f->states[at].ids = ++f->end_count;
}

/* States were numbered word by word; breadth first is needed, so walk by depth through a queue. */
static void explain_link_states(struct filter *f)
{
    uint32_t *queue = mem_array(f->state_count, sizeof *queue);
    size_t head = 0, tail = 0;
    for (uint32_t c = 0; c < f->classes; c++)
        if (f->table[c])
            queue[tail++] = f->table[c];
    while (head < tail) {
        uint32_t at = queue[head++];
        struct explain_state *s = &f->states[at];
        const struct explain_state *link = &f->states[s->link];
        s->out = link->ids ? s->link : link->out;
        for (uint32_t c = 0; c < f->classes; c++) {
            uint32_t *next = &f->table[at * f->classes + c];
            uint32_t fallback = f->table[s->link * f->classes + c];
            if (*next) {
                f->states[*next].link = fallback;
                queue[tail++] = *next;
            } else {
                *next = fallback;
            }
        }
    }
    free(queue);
}

void filter_build(struct filter *f)
{
    explain_make_classes(f);
    size_t letters = 1;
    for (size_t w = 0; w < f->word_count; w++)
        letters += strlen(f->words[w]);
    f->states = mem_array(letters, sizeof *f->states);
    f->ends = mem_array(f->word_count + 1, sizeof *f->ends);
    f->table = mem_array(letters * f->classes, sizeof *f->table);
    f->state_count = 1;
    for (size_t w = 0; w < f->word_count; w++)
        explain_insert(f, f->words[w], f->word_ids[w]);
    explain_link_states(f);
    for (size_t i = 0; i < (size_t)f->state_count * f->classes; i++) {
        const struct explain_state *s = &f->states[f->table[i]];
        f->table[i] = f->table[i] * f->classes | (s->ids || s->out ? OUT : 0);
    }
    free(f->words);
    free(f->word_ids);
    f->words = NULL;
    f->word_ids = NULL;
}

static void explain_collect(const struct filter *f, uint32_t state, struct word_set *found)
{
    for (; state; state = f->states[state].out)
        for (uint32_t e = f->states[state].ids; e; e = f->ends[e - 1].next)
            word_set_add(found, f->ends[e - 1].id);
}

void filter_scan(const struct filter *f, const char *text, size_t len, struct word_set *found)
{
    uint32_t at = 0;
    for (size_t i = 0; i < len; i++) {
        at = f->table[at + f->class_of[(unsigned char)text[i]]];
        if (at & OUT) {
            at &= ~OUT;
            explain_collect(f, at / f->classes, found);
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
    free(f->word_ids);
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
