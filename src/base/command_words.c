/* SPDX-License-Identifier: ISC */
#include "repmon/command_words.h"

#include "repmon/buf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_MAX 4096

void command_words_free(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}

/* Reads one word at *p into `word`; false when a quote stays open. */
static bool command_one_word(const char **p, struct buf *word)
{
    char quote = '\0';
    const char *s = *p;
    for (; *s && (quote || (*s != ' ' && *s != '\t')); s++) {
        if (quote && *s == quote)
            quote = '\0';
        else if (!quote && (*s == '\'' || *s == '"'))
            quote = *s;
        else if (*s == '\\' && quote != '\'' && s[1])
            buf_char(word, *++s);
        else
            buf_char(word, *s);
    }
    *p = s;
    return quote == '\0';
}

char **command_words(const char *text, struct error *err)
{
    char **words = mem_array(1, sizeof *words);
    size_t count = 0;
    bool ok = true;
    for (const char *p = text; ok && *(p += strspn(p, " \t"));) {
        struct buf word;
        buf_init(&word, COMMAND_MAX);
        ok = command_one_word(&p, &word) && !word.failed;
        words = mem_grow(words, count + 2, sizeof *words);
        words[count++] = buf_take(&word);
        words[count] = NULL;
    }
    if (ok && count > 0 && words[0][0])
        return words;
    command_words_free(words);
    error_set(err, ERR_CONFIG, ok ? "command is empty" : "command: a quote is not closed");
    return NULL;
}
