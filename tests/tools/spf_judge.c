/* SPDX-License-Identifier: ISC */
/*
 * check_host() for tests/spf-suite. Lines on standard input, values as hex with a dot before them:
 *     zone NAME TYPE [DATA]           without data: a time-out
 *     case ID IP HELO LOCAL DOMAIN    answered by: ID RESULT .EXPLANATION
 *     end                             forgets the zone
 */
#include "../unit/spf_zone.h"

#include <stdio.h>
#include <stdlib.h>

#define FIELDS 6

/* All texts, to be freed in the end. */
static struct {
    char **items;
    size_t count;
} owned;

static char *unhex(const char *text, size_t *len)
{
    *len = strlen(text) / 2;
    char *out = mem_alloc(*len + 1);
    owned.items = mem_grow(owned.items, owned.count + 1, sizeof *owned.items);
    owned.items[owned.count++] = out;
    for (size_t i = 0; i < *len; i++) {
        char pair[3] = {text[1 + 2 * i], text[2 + 2 * i], '\0'};
        out[i] = (char)strtoul(pair, NULL, 16);
    }
    return out;
}

static void judge(struct zone *z, char *const *field)
{
    struct spf_verdict verdict;
    struct spf_request request = {.helo = field[2],
                                  .local = field[3],
                                  .domain = field[4],
                                  .receiver = "unknown",
                                  .ask = zone_ask,
                                  .ctx = z};
    if (!ip_parse(field[1], &request.ip))
        abort();
    spf_check(&request, &verdict);
    printf("%s %s .", field[0], spf_result_word(verdict.result));
    for (const char *p = verdict.explanation; *p; p++)
        printf("%02x", (unsigned char)*p);
    putchar('\n');
}

int main(void)
{
    static char line[1 << 16];
    struct zone_row *rows = mem_array(1, sizeof *rows);
    size_t count = 0;
    while (fgets(line, sizeof line, stdin)) {
        char *save, *field[FIELDS] = {NULL};
        const char *word = strtok_r(line, " \n", &save);
        size_t len[FIELDS] = {0};
        for (size_t i = 0; i < FIELDS; i++) {
            const char *text = strtok_r(NULL, " \n", &save);
            if (text)
                field[i] = unhex(text, &len[i]);
        }
        if (strcmp(word, "zone") == 0) {
            rows = mem_grow(rows, count + 2, sizeof *rows);
            rows[count++] = (struct zone_row){field[0], (uint16_t)atoi(field[1]), field[2], len[2]};
            rows[count] = (struct zone_row){.name = NULL};
        } else if (strcmp(word, "case") == 0) {
            struct zone zone = {.rows = rows};
            judge(&zone, field);
        } else {
            count = 0;
            rows[0] = (struct zone_row){.name = NULL};
        }
    }
    for (size_t i = 0; i < owned.count; i++)
        free(owned.items[i]);
    free(owned.items);
    free(rows);
    return 0;
}
