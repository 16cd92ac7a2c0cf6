/* SPDX-License-Identifier: ISC */
/*
 * 10,000 random reports, in every wrapping and order of elements, some of them twice and some sent
 * again under another name: what is read and taken once sums up to what was written.
 */
#include "report_kit.h"
#include "report_pack.h"

#define REPORTS   10000
#define ADDRESSES 8
#define DAYS      5
#define DAY       86400
#define FIRST_DAY 1794787200 /* 2026-11-16 00:00 UTC */

static uint32_t seed = 20261123;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(seed >> 8) * n) >> 24);
}

/* Mails by address, day, disposition, result of DKIM and of SPF. */
typedef uint64_t sums[ADDRESSES][DAYS][4][3][3];
static sums written, taken;
static uint64_t skipped_written, skipped_taken;

static const char *const addresses[ADDRESSES] = {"203.0.113.5", "2001:db8:25::5", "198.51.100.77",
                                                 "192.0.2.1",   "203.0.113.16",   "2001:db8::ffff",
                                                 "192.0.2.254", "198.51.100.1"};
static const char *const dispositions[4][3] = {{"hold", "", "deliver"},
                                               {"none", "None", "pass"},
                                               {"quarantine", "QUARANTINE", " quarantine "},
                                               {"reject", "Reject", "reject\n"}};
static const char *const results[3][3] = {
    {"neutral", "", "x"}, {"pass", "PASS", " pass"}, {"fail", "Fail", "fail\n"}};

/* Appends one of the pieces after the other, in a random order. */
static void shuffle(struct buf *out, struct buf *pieces, size_t count)
{
    for (size_t left = count; left > 0; left--) {
        size_t i = below((uint32_t)left);
        buf_add(out, pieces[i].data, pieces[i].len);
        struct buf last = pieces[left - 1];
        pieces[left - 1] = pieces[i];
        pieces[i] = last;
    }
}

static void pieces_init(struct buf *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_init(&pieces[i], 65536);
}

static void pieces_fini(struct buf *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_fini(&pieces[i]);
}

/* A record, and its numbers into the model. */
static void add_record(struct buf *out, unsigned day)
{
    struct buf row[3];
    struct buf record[4];
    unsigned ip = below(ADDRESSES);
    unsigned disposition = below(4);
    unsigned dkim = below(3);
    unsigned spf = below(3);
    uint64_t count = below(20) ? 1 + below(500) : below(2) * 1000000000ull + 1;
    bool good = below(12) > 0;
    pieces_init(row, 3);
    pieces_init(record, 4);
    buf_fmt(&row[0], "<source_ip>%s</source_ip>", addresses[ip]);
    if (good)
        buf_fmt(&row[1], "<count>%llu</count>", (unsigned long long)count);
    else
        buf_fmt(&row[1], "<count>-%llu</count>", (unsigned long long)count);
    buf_fmt(&row[2],
            "<policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>%s</spf>"
            "</policy_evaluated>",
            dispositions[disposition][below(3)], results[dkim][below(3)], results[spf][below(3)]);
    buf_str(&record[0], "<row>");
    shuffle(&record[0], row, 3);
    buf_str(&record[0], "</row>");
    buf_str(&record[1], "<identifiers><header_from>example.org</header_from></identifiers>");
    buf_str(&record[2], below(2) ? "<auth_results/>"
                                 : "<auth_results><spf><domain>example.org"
                                   "</domain></spf></auth_results>");
    if (below(4) == 0)
        buf_str(&record[3], "<x:n xmlns:x=\"urn:x\"><row><count>999</count></row></x:n>");
    buf_str(out, "<record>");
    shuffle(out, record, 4);
    buf_str(out, "</record>");
    if (good)
        written[ip][day][disposition][dkim][spf] += count;
    else
        skipped_written++;
    pieces_fini(row, 3);
    pieces_fini(record, 4);
}

static void add_report(struct buf *out, unsigned number, unsigned day)
{
    struct buf meta[3];
    pieces_init(meta, 3);
    buf_fmt(&meta[0], "<org_name>Receiver %u</org_name>", number % 7);
    buf_fmt(&meta[1], "<report_id>%u.%u@receiver.example</report_id>", number, number % 7);
    buf_fmt(&meta[2], "<date_range><end>%u</end><begin>%u</begin></date_range>",
            FIRST_DAY + (day + 1) * DAY - 1, FIRST_DAY + day * DAY);
    buf_str(out, below(2) ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : "");
    buf_str(out, below(2) ? "<feedback>" : "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">");
    buf_str(out, "<report_metadata>");
    shuffle(out, meta, 3);
    buf_str(out, "</report_metadata><policy_published><domain>example.org</domain>"
                 "</policy_published>");
    for (unsigned n = below(10); n > 0; n--)
        add_record(out, day);
    buf_str(out, "</feedback>");
    pieces_fini(meta, 3);
}

/* The mail around it: gzip, zip or plain. */
static void wrap(const struct buf *xml, struct buf *mail)
{
    struct buf packed;
    struct pack_member member = {"r.xml", xml->data, xml->len};
    buf_init(&packed, 1u << 20);
    switch (below(3)) {
    case 0: pack_gzip(xml->data, xml->len, &packed); break;
    case 1: pack_zip(&member, 1, NULL, &packed); break;
    default: buf_add(&packed, xml->data, xml->len);
    }
    buf_clear(mail);
    kit_wrap("From: r@receiver.example\n", packed.data, packed.len, mail);
    buf_fini(&packed);
}

/* The key of what was taken, as one text. */
static char *keys[REPORTS];
static size_t key_count;

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* False: it was taken before. Sorted only once in a while: the newest few are looked at in a row.
 */
static bool take_once(const struct mail_report *r)
{
    static size_t sorted;
    struct buf key;
    char hash[2 * SHA256_BYTES + 1];
    buf_init(&key, 1024);
    crypto_hex(r->hash, sizeof r->hash, hash);
    buf_fmt(&key, "%s %s %lld %lld %s", r->sender, r->id, (long long)r->begin, (long long)r->end,
            hash);
    char *text = buf_take(&key);
    bool known = bsearch(&text, keys, sorted, sizeof *keys, compare) != NULL;
    for (size_t i = sorted; i < key_count && !known; i++)
        known = strcmp(keys[i], text) == 0;
    if (known) {
        free(text);
        return false;
    }
    keys[key_count++] = text;
    if (key_count - sorted >= 128) {
        qsort(keys, key_count, sizeof *keys, compare);
        sorted = key_count;
    }
    return true;
}

static unsigned address_number(const struct ip *ip)
{
    unsigned i = 0;
    while (strcmp(kit_ip(ip), addresses[i]) != 0)
        assert_true(++i < ADDRESSES);
    return i;
}

/* Reads the mail, and adds it up unless it was taken before; whether it was new. */
static bool read_and_take(const struct buf *mail)
{
    struct mail_report r;
    report_mail_parse(mail->data, mail->len, &kit_settings, &r);
    if (r.kind != REPORT_DMARC)
        fail_msg("%s: %s", report_kind_word(r.kind), r.problem);
    bool fresh = take_once(&r);
    unsigned day = (unsigned)((r.begin - FIRST_DAY) / DAY);
    for (size_t i = 0; fresh && i < r.row_count; i++) {
        const struct report_row *row = &r.rows[i];
        taken[address_number(&row->ip)][day][row->disposition][row->dkim][row->spf] += row->count;
    }
    if (fresh)
        skipped_taken += r.skipped;
    report_mail_fini(&r);
    return fresh;
}

static void what_is_taken_once_sums_up_to_what_was_written(void **state)
{
    struct buf xml;
    struct buf mail;
    unsigned again = 0;
    (void)state;
    buf_init(&xml, 1u << 20);
    buf_init(&mail, 1u << 20);
    for (unsigned number = 0; number < REPORTS; number++) {
        buf_clear(&xml);
        add_report(&xml, number, below(DAYS));
        wrap(&xml, &mail);
        assert_true(read_and_take(&mail));
        for (unsigned n = below(4); n == 1; n = below(4), again++) { /* the mail, or a resend */
            if (below(2))
                wrap(&xml, &mail);
            assert_false(read_and_take(&mail));
        }
    }
    assert_memory_equal(written, taken, sizeof written);
    assert_int_equal(skipped_written, skipped_taken);
    assert_true(again > REPORTS / 10 && skipped_taken > 100);
    for (size_t i = 0; i < key_count; i++)
        free(keys[i]);
    buf_fini(&xml);
    buf_fini(&mail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_once_sums_up_to_what_was_written),
    };
    return report_mail_supported() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
