/* SPDX-License-Identifier: ISC */
/* Texts compared with a file of tests/data/render. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Set REPMON_GOLDEN=write to write the expected files anew, then read the difference. */
static void assert_golden(const char *name, const char *text)
{
    char path[512], *expected = NULL;
    size_t len = 0;
    snprintf(path, sizeof path, TEST_DATA "/render/%s", name);
    const char *mode = getenv("REPMON_GOLDEN");
    FILE *f = fopen(path, mode && strcmp(mode, "write") == 0 ? "w+" : "r");
    if (!f)
        fail_msg("no %s", path);
    if (mode && strcmp(mode, "write") == 0) {
        fputs(text, f);
        rewind(f);
    }
    FILE *copy = open_memstream(&expected, &len);
    for (int c; (c = fgetc(f)) != EOF;)
        fputc(c, copy);
    fclose(copy);
    fclose(f);
    if (strcmp(expected, text) != 0)
        fail_msg("%s differs; this was rendered:\n%s", name, text);
    free(expected);
}

#endif
