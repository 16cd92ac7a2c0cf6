/* SPDX-License-Identifier: ISC */
#include "command.h"

#include "repmon/limits.h"

#include <string.h>

const struct command *const commands[] = {&command_check,   &command_run,     &command_status,
                                          &command_history, &command_targets, &command_deliver,
                                          &command_ack,     &command_lists,   &command_snds,
                                          &command_explain, &command_doctor,  NULL};

#define LONGEST_WORD 32 /* longer ones are no typing mistake of a command */

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return strcmp(name, command_complete.name) == 0 ? &command_complete : NULL;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[3][LONGEST_WORD + 1];
    size_t la = strlen(a), lb = strlen(b);
    if (la > LONGEST_WORD || lb > LONGEST_WORD)
        return LONGEST_WORD;
    for (size_t j = 0; j <= lb; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *upper = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);
            if (up[j] + 1 < best)
                best = up[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                upper[j - 2] + 1 < best)
                best = upper[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[la % 3][lb];
}

const char *command_nearest(const char *word)
{
    const char *best = NULL;
    unsigned least = 3;
    for (size_t i = 0; commands[i]; i++) {
        const char *name = commands[i]->name;
        bool begins = strlen(word) >= 2 && strncmp(word, name, strlen(word)) == 0;
        unsigned d = begins ? 0 : distance(word, name);
        if (d < least && d < strlen(name)) {
            least = d;
            best = name;
        }
    }
    return best;
}

int command_exit_code(const struct command *command, enum error_class class)
{
    return command->plugin_codes ? 3 : error_exit_code(class);
}
