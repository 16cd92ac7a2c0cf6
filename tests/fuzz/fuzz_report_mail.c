/* SPDX-License-Identifier: ISC */
/* A whole mail, as a stranger sends it. */
#include "fuzz_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mail_report r;
    report_mail_parse((const char *)data, size, &fuzz_settings, &r);
    fuzz_check(&r);
    report_mail_fini(&r);
    return 0;
}
