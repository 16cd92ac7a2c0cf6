/* SPDX-License-Identifier: ISC */
/*
 * What the drivers of both SNDS reports share: whatever comes, rows are handed out only of a report
 * read to its end, and their text is fit for a person. The first byte chooses whether it is in
 * doubt.
 */
#ifndef FUZZ_SNDS_H
#define FUZZ_SNDS_H

#include "source/snds/snds_report.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads a report and counts the rows it is given. */
typedef enum snds_shape snds_reader(const struct snds_body *body, size_t *rows, struct error *err);

static void check_text(const char *s, size_t most)
{
    if (strlen(s) > most)
        abort();
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            abort();
    }
}

static int feed(const uint8_t *data, size_t size, snds_reader *read)
{
    if (size == 0)
        return 0;
    char *text = malloc(size);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    size_t rows = 0;
    struct error err = {0};
    const struct snds_body body = {"", text, size - 1, data[0] & 1 ? NULL : "it broke off"};
    enum snds_shape shape = read(&body, &rows, &err);
    if ((shape == SNDS_ROWS) != (rows > 0) || (shape >= SNDS_HTML && !err.text[0]))
        abort();
    free(text);
    return 0;
}

#endif
