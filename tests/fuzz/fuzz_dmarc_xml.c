/* SPDX-License-Identifier: ISC */
/* The XML of a DMARC aggregate, in pieces whose length the first byte gives. */
#include "fuzz_report.h"

#include "source/reports/dmarc_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum dmarc_xml_end read_pieces(const char *s, size_t len, size_t step,
                                      struct mail_report *out)
{
    struct dmarc_xml *x = dmarc_xml_new(out);
    for (size_t at = 0; at < len; at += step)
        dmarc_xml_feed(x, s + at, len - at < step ? len - at : step);
    enum dmarc_xml_end end = dmarc_xml_end(x);
    if (end == DMARC_XML_WHOLE)
        fuzz_check_rows(out);
    else
        fuzz_must(!out->rows && !out->auths && !out->text);
    fuzz_must((end == DMARC_XML_BAD) == (out->problem[0] != '\0'));
    dmarc_xml_free(x);
    return end;
}

/* However the bytes come, the report is the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mail_report whole = {0};
    struct mail_report pieces = {0};
    if (size == 0)
        return 0;
    size_t step = (size_t)data[0] + 1;
    enum dmarc_xml_end a = read_pieces((const char *)data + 1, size - 1, size, &whole);
    enum dmarc_xml_end b = read_pieces((const char *)data + 1, size - 1, step, &pieces);
    fuzz_must((a == DMARC_XML_WHOLE) == (b == DMARC_XML_WHOLE));
    if (a == DMARC_XML_WHOLE)
        fuzz_must(whole.row_count == pieces.row_count && whole.skipped == pieces.skipped);
    report_mail_fini(&whole);
    report_mail_fini(&pieces);
    return 0;
}
