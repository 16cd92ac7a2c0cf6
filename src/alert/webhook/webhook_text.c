/* SPDX-License-Identifier: ISC */
#include "webhook_text.h"

#include "repmon/compose.h"

#include <string.h>

const struct escape webhook_markdown[] = {
    {'[', "\\[", 0},
    {']', "\\]", 0},
    {'*', "\\*", 0},
    {'`', "'", 0},
    {'~', "\\~", 0},
    {'|', "\\|", 0},
    {'<', "\\<", 0},
    {'>', "\\>", 0},
    {'#', "\\#", 0},
    {'\\', "\\\\", 0},
    {0},
};

static bool webhook_is_markup(const struct escape *e, const char *text, const char *at)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    if (e->where == ESCAPE_ANYWHERE || at == text)
        return true;
    bool in_url = e->where == ESCAPE_WORD_START && strchr("/=&?.-_%:#+", at[-1]);
    return !in_url && !strchr(letters, at[-1]);
}

void webhook_escape(struct buf *out, const char *s, const struct escape *escapes)
{
    static const struct escape none[] = {{0}};
    for (const char *p = s; *p; p++) {
        const struct escape *e = escapes ? escapes : none;
        while (e->c && e->c != *p)
            e++;
        if (e->c && webhook_is_markup(e, s, p))
            buf_str(out, e->text);
        else
            buf_char(out, *p);
    }
}

/* Takes less of the message if the escapes made it too long. */
void webhook_text(const struct message *m, const struct escape *escapes, size_t max, bool subject,
                  struct buf *out)
{
    for (size_t room = max; room >= 500; room -= 250) {
        struct buf plain;
        buf_init(&plain, 64 * 1024);
        if (subject) {
            compose_subject(m, &plain);
            buf_char(&plain, '\n');
        }
        compose_short(m, room - plain.len, &plain);
        buf_clear(out);
        webhook_escape(out, buf_text(&plain), escapes);
        buf_fini(&plain);
        if (out->len <= max)
            return;
    }
}

bool webhook_is_calm(const struct message *m)
{
    enum level level = message_level(m);
    return level == LEVEL_OK || level == LEVEL_INFO;
}

json_t *webhook_json_text(const struct buf *b)
{
    json_t *j = json_stringn(buf_text(b), b->len);
    return j ? j : json_string("?");
}
