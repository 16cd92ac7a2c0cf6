/* SPDX-License-Identifier: ISC */
/* An SMTP server that says anything: each line of the input begins with C (we) or S (it). */
#include "alert/mail/mail_outcome.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dialogue d = {0};
    const char *p = (const char *)data, *end = p + size;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t len = stop ? (size_t)(stop - p) + 1 : (size_t)(end - p);
        if (*p == 'C')
            dialogue_wrote(&d, p + 1, len - 1);
        else
            dialogue_read(&d, p + 1, len - 1);
        p += len;
    }
    struct mail_facts f = {
        .host = "mx.example", .wants_login = size & 1, .tls_error = "", .dialogue = &d};
    mail_facts_recipient(&f, "a@example.org", d.code, d.text);
    mail_facts_recipient(&f, "b@example.org", 550, d.auth_text);
    f.from_code = d.code;
    struct delivery out;
    mail_outcome(&f, &out);
    /* Whatever a server says, one line without control characters reaches a person, and nothing is
     * taken for sent before the last reply. */
    if (out.outcome == DELIVERY_SENT)
        abort();
    for (const char *s = out.reason; *s; s++) {
        if ((unsigned char)*s < ' ')
            abort();
    }
    return 0;
}
