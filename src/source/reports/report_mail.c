/* SPDX-License-Identifier: ISC */
#include "repmon/report_mail.h"

#include <stdlib.h>
#include <string.h>

const char *report_kind_word(enum report_kind kind)
{
    static const char *const words[] = {[REPORT_NONE] = "none",
                                        [REPORT_DMARC] = "dmarc",
                                        [REPORT_COMPLAINT] = "complaint",
                                        [REPORT_NOT_SPAM] = "not-spam",
                                        [REPORT_OPT_OUT] = "opt-out",
                                        [REPORT_AUTH_FAILURE] = "auth-failure",
                                        [REPORT_TLS] = "tls",
                                        [REPORT_BOUNCE] = "bounce",
                                        [REPORT_BAD] = "bad"};
    return words[kind];
}

enum report_result report_row_aligned(const struct report_row *row)
{
    if (row->dkim == REPORT_PASS || row->spf == REPORT_PASS)
        return REPORT_PASS;
    if (row->dkim == REPORT_FAIL && row->spf == REPORT_FAIL)
        return REPORT_FAIL;
    return REPORT_RESULT_UNKNOWN;
}

bool report_mail_supported(void)
{
    return false;
}

void report_mail_parse(const char *bytes, size_t len, const struct report_settings *settings,
                       struct report *out)
{
    (void)bytes;
    (void)len;
    *out = (struct report){.kind = REPORT_NONE, .date = settings->received};
}

bool report_mail_read(int fd, const struct report_settings *settings, struct report *out,
                      struct error *err)
{
    (void)fd;
    (void)err;
    report_mail_parse(NULL, 0, settings, out);
    return true;
}

void report_mail_fini(struct report *r)
{
    free(r->rows);
    free(r->auths);
    free(r->text);
    memset(r, 0, sizeof *r);
}
