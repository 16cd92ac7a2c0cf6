/* SPDX-License-Identifier: ISC */
/* The two blocks of a complaint, with an empty byte between: feedback report and original. */
#include "fuzz_report.h"

#include "source/reports/complaint.h"
#include "source/reports/sender.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *mid = size ? memchr(text, '\0', size) : NULL;
    size_t len = mid ? (size_t)(mid - text) : size;
    struct mail_report r = {.date = FUZZ_NOW};
    struct complaint_text t = {.feedback = len ? text : NULL,
                               .feedback_len = len,
                               .original = mid ? mid + 1 : NULL,
                               .original_len = mid ? size - len - 1 : 0,
                               .subject = "complaint about message from 203.0.113.5"};
    struct sender sender;
    complaint_read(&t, &fuzz_settings, &r);
    fuzz_check(&r);
    sender_read(text, size, &fuzz_settings, &sender);
    fuzz_must(sender.proof <= REPORT_PROVEN && fuzz_is_clean(sender.domain));
    fuzz_must(sender.proof != REPORT_PROVEN || sender.reporter);
    return 0;
}
