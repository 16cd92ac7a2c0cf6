/* SPDX-License-Identifier: ISC */
#include "words.h"

static enum level told_worse(enum level a, enum level b)
{
    return a > b ? a : b;
}

void told_say(struct told *t, struct change *c, enum incident incident)
{
    t->kinds |= 1u << c->kind;
    t->worst = told_worse(t->worst, c->to);
    if (c->kind == CHANGE_FLAPPING)
        t->worst = told_worse(t->worst, c->from);
    c->incident = incident;
    c->told = *t;
}

void told_end(struct told *t, struct change *c)
{
    c->incident = INCIDENT_NONE;
    c->told = *t;
    *t = (struct told){0};
}

void told_join(struct told *t, const struct told *other)
{
    t->channels |= other->channels;
    t->kinds |= other->kinds;
    t->worst = told_worse(t->worst, other->worst);
    if (!t->digest)
        t->digest = other->digest;
}
