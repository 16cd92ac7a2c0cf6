/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/day.h"
#include "source/snds/snds_report.h"

#include <stdio.h>

#define A                                                                                          \
    "1.1.1.0,12/31/2019 8:00 AM,9/29/2020 9:00 PM,14129,14129,13025,GREEN,< 0.1%,9/29/2020 8:07 "  \
    "AM,9/29/2020 12:03 PM,41,,,"
#define B                                                                                          \
    "1.1.1.1,12/31/2019 9:00 PM,9/29/2020 9:00 PM,47386,47386,47384,YELLOW,< 0.1%,9/28/2020 9:08 " \
    "PM,9/29/2020 8:09 PM,40,,,"
#define C                                                                                          \
    "192.0.2.104,2/10/2026 4:00 PM,2/11/2026 3:00 PM,285449,265903,265902,GREEN,< "                \
    "0.1%,,,0,,Abuse reported for: deals@d.example"
#define HEADER                                                                                     \
    "IP Address,Activity start,Activity end,RCPT commands,DATA commands,Message "                  \
    "recipients,Filter result,Complaint rate,Trap message period start,Trap message period "       \
    "end,Trap hits,Sample HELO,JMR P1 Sender,Comments"

/* Every row as one short line, so that a case is one string. */
struct lines {
    char text[4096];
    size_t len;
};

static void row(void *ctx, const struct snds_row *r)
{
    struct lines *l = ctx;
    char ip[IP_TEXT_MAX];
    ip_format(&r->ip, ip);
    l->len += (size_t)snprintf(
        l->text + l->len, sizeof l->text - l->len, "%s %d %lld/%lld/%lld %s %s%.4g traps %lld;", ip,
        r->day, (long long)r->rcpt, (long long)r->data, (long long)r->recipients,
        r->colour ? snds_colour_word(r->colour) : "none", r->complaint.below ? "<" : "",
        r->complaint.percent, (long long)r->traps);
}

static void range(void *ctx, const struct snds_range *r)
{
    struct lines *l = ctx;
    char first[IP_TEXT_MAX], last[IP_TEXT_MAX];
    struct ip a = ip_from_v4(r->first), b = ip_from_v4(r->last);
    ip_format(&a, first);
    ip_format(&b, last);
    l->len += (size_t)snprintf(l->text + l->len, sizeof l->text - l->len, "%s-%s %s %s;", first,
                               last, r->blocked ? "yes" : "no", r->details);
}

struct report_case {
    const char *name, *text;
    enum snds_shape shape;
    const char *lines; /* or a part of the error */
    bool cut;          /* it may not be whole */
    const char *type;
};

static void check(const struct report_case *c, bool data)
{
    struct lines l = {0};
    struct error err = {0};
    struct snds_body body = {c->type ? c->type : "", c->text, strlen(c->text),
                             c->cut ? "it broke off" : NULL};
    enum snds_shape shape =
        data ? snds_read_data(&body, row, &l, &err) : snds_read_status(&body, range, &l, &err);
    if (shape != c->shape)
        fail_msg("%s: shape %d, wanted %d (%s)", c->name, shape, c->shape, err.text);
    if (shape >= SNDS_HTML) {
        assert_int_equal(l.len, 0); /* a report that is not good gives no row */
        if (!strstr(err.text, c->lines))
            fail_msg("%s: error \"%s\", wanted \"%s\"", c->name, err.text, c->lines);
    } else if (strcmp(l.text, c->lines) != 0) {
        fail_msg("%s: got \"%s\", wanted \"%s\"", c->name, l.text, c->lines);
    }
}

static const struct report_case data_cases[] = {
    {"both samples of 2020", A "\r\n" B "\r\n", SNDS_ROWS,
     "1.1.1.0 20200929 14129/14129/13025 green <0.1 traps 41;"
     "1.1.1.1 20200929 47386/47386/47384 yellow <0.1 traps 40;"},
    {"the sample of 2026 has 13 fields", C "\r\n", SNDS_ROWS,
     "192.0.2.104 20260211 285449/265903/265902 green <0.1 traps 0;"},
    {"LF alone", C "\n" A "\n", SNDS_ROWS,
     "192.0.2.104 20260211 285449/265903/265902 green <0.1 traps 0;"
     "1.1.1.0 20200929 14129/14129/13025 green <0.1 traps 41;"},
    {"header row and BOM", "\xef\xbb\xbf" HEADER "\n" C "\n", SNDS_ROWS,
     "192.0.2.104 20260211 285449/265903/265902 green <0.1 traps 0;"},
    {"header row alone", HEADER "\n", SNDS_EMPTY, ""},
    {"a header whose columns are fewer and named otherwise",
     "Ip Address,Activity period,RCPT commands,DATA commands,Message recipients,Filter result,"
     "Complaint rate,Trap message period,Trap hits,JMR P1 Sender,Comments\r\n"
     "192.0.2.104,9/3/2026 8:00 AM,5,4,3,RED,0.4%,,7,x@y,one, two\r\n",
     SNDS_ROWS, "192.0.2.104 20260903 5/4/3 red 0.4 traps 7;"},
    {"a header in another order, with columns nobody knows",
     "\"Filter Result\",Region,ip_address,Complaint-Rate,Message Count,Score\n"
     "YELLOW,EU,192.0.2.7,< 0.1%,12,99\nGREEN,US,192.0.2.8,,,\n",
     SNDS_ROWS,
     "192.0.2.7 0 -1/12/-1 yellow <0.1 traps -1;192.0.2.8 0 -1/-1/-1 green -1 traps -1;"},
    {"the better of two names", "IP,Complaints,Complaint Rate,Status\n192.0.2.7,12%,0.4%,RED\n",
     SNDS_ROWS, "192.0.2.7 0 -1/-1/-1 red 0.4 traps -1;"},
    {"the last field left out below a header", "ip,filterResult,comments\n192.0.2.7,RED\n",
     SNDS_ROWS, "192.0.2.7 0 -1/-1/-1 red -1 traps -1;"},
    {"two fields left out below a header", "ip,filterResult,comments\n192.0.2.7\n", SNDS_BAD,
     "row 2 has 1"},
    {"a header that names a column twice", "ip,filter result,IP\n192.0.2.7,RED,192.0.2.8\n",
     SNDS_BAD, "two columns for the ip"},
    {"a header without the colour", "ip,data commands\n192.0.2.7,5\n", SNDS_BAD,
     "no column filterresult"},
    {"more fields than headings, and the last is no free text",
     "comments,ip,filter result\nx,192.0.2.7,RED,y\n", SNDS_BAD, "row 2 has 4"},
    {"more headings than anybody has",
     "ip,filterresult,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n192.0.2.7,RED\n", SNDS_BAD, "32 columns"},
    {"a header in the second row", C "\n" HEADER "\n", SNDS_BAD, "row 2"},
    {"a stranger's word makes no header", "1.1.1.9,,,1,2,3,RED,0.4%,,,,ip,filter result,comments\n",
     SNDS_ROWS, "1.1.1.9 0 1/2/3 red 0.4 traps -1;"},
    {"fewer columns without a header", "192.0.2.7,9/3/2026 8:00 AM,5,4,3,RED,0.4%,,7,x@y,z\n",
     SNDS_BAD, "row 1 has 11"},
    {"nothing", "", SNDS_EMPTY, ""},
    {"blanks", " \r\n\r\n", SNDS_EMPTY, ""},
    {"last line without newline, length announced", C, SNDS_ROWS,
     "192.0.2.104 20260211 285449/265903/265902 green <0.1 traps 0;"},
    {"perhaps cut at the end of a line", A "\r\n" C "\r\n", SNDS_BAD, "it broke off", true},
    {"perhaps cut before the first byte", "", SNDS_BAD, "it broke off", true},
    {"JSON, perhaps cut", "[]", SNDS_BAD, "it broke off", true},
    {"a login page, perhaps cut", "<html>", SNDS_HTML, "web page", true},
    {"cut inside a row", A "\r\n1.1.1.1,12/31/2019 9:00 PM,9/29/2020 9", SNDS_BAD, "row 2 has 3"},
    {"a quote that never ends swallows nothing", A "\n1.1.1.9,,,1,2,3,RED,0.4%,,,,\"open\n" B "\n",
     SNDS_BAD, "quote"},
    {"a quote in the wrong place", "1.1.1.9,,,1,2,3,RED,0.4%,,,,a\"b\",\n", SNDS_BAD, "quote"},
    {"quoted commas and unquoted ones at the end",
     "1.1.1.9,,,1,2,3,RED,0.4%,,,,\"a, b\",x@y,one, two, three\n", SNDS_ROWS,
     "1.1.1.9 0 1/2/3 red 0.4 traps -1;"},
    {"twelve columns are another format", "1.1.1.9,,,1,2,3,RED,0.4%,,,5,x\n", SNDS_BAD,
     "row 1 has 12 columns"},
    {"trap fields empty are not zero; colour in lower case",
     "1.1.1.9,2/11/2026 8:00 AM,2/12/2026 8:00 AM,1,2,3,red,0%,,,,,\n", SNDS_ROWS,
     "1.1.1.9 20260211 1/2/3 red 0 traps -1;"},
    {"unknown colour, no rate", "1.1.1.9,,,1,2,3,PURPLE,-,,,,,,\n", SNDS_ROWS,
     "1.1.1.9 0 1/2/3 none -1 traps -1;"},
    {"a decimal comma without quotes moves the columns", "1.1.1.9,,,1,2,3,RED,0,4%,,,,,,\n",
     SNDS_BAD, "where a time is expected"},
    {"a decimal comma in quotes", "1.1.1.9,,,1,2,3,RED,\"0,4%\",,,,,,\n", SNDS_ROWS,
     "1.1.1.9 0 1/2/3 red 0.4 traps -1;"},
    {"no number where one belongs", "1.1.1.9,,,many,2,3,RED,0.4%,,,,,,\n", SNDS_BAD,
     "where a number is expected"},
    {"no address in the second row", C "\nx,,,1,2,3,RED,0.4%,,,,,,\n", SNDS_BAD, "row 2"},
    {"an IPv6 address", "2001:db8::1,,,1,2,3,RED,0.4%,,,,,,\n", SNDS_BAD, "row 1"},
    {"a sentence is no header", "You have no IP addresses\n", SNDS_BAD, "1 columns"},
    {"login page", "<!DOCTYPE html><title>Sign in to your Microsoft account</title>", SNDS_HTML,
     "web page"},
    {"a page by its type", "hello", SNDS_HTML, "web page", false, "text/html"},
    {"JSON", "[{\"ipAddress\":\"192.0.2.10\",\"dataCommands\":1,\"filterResult\":\"GREEN\"}]",
     SNDS_ROWS, "192.0.2.10 0 -1/1/-1 green -1 traps -1;"},
    {"JSON in an object, other spelling",
     "{\"value\":[{\"IpAddress\":\"192.0.2.10\",\"activityStart\":\"2026-02-11T00:00:00Z\","
     "\"activityEnd\":\"2026-02-12T00:00:00Z\",\"rcptCommands\":5,\"messageRecipients\":\"4\","
     "\"filterResult\":\"Yellow\",\"complaintRate\":\"< 0.3%\",\"trapHits\":null}]}",
     SNDS_ROWS, "192.0.2.10 20260211 5/-1/4 yellow <0.3 traps -1;"},
    {"empty JSON", "[]", SNDS_EMPTY, ""},
    {"JSON that goes on", "{\"value\":[],\"@odata.nextLink\":\"https://x.example/2\"}", SNDS_BAD,
     "another page"},
    {"JSON that does not", "{\"value\":[],\"@odata.nextLink\":null,\"@odata.count\":0}", SNDS_EMPTY,
     ""},
    {"JSON with a token for more", "{\"data\":[],\"nextPageToken\":\"x\"}", SNDS_BAD,
     "another page"},
    {"JSON that has more", "{\"hasMore\":true,\"data\":[]}", SNDS_BAD, "another page"},
    {"JSON with links", "{\"data\":[],\"_links\":{\"self\":\"a\",\"next\":\"b\"}}", SNDS_BAD,
     "another page"},
    {"JSON on its last page", "{\"data\":[],\"_links\":{\"self\":\"a\"},\"hasMore\":false}",
     SNDS_EMPTY, ""},
    {"JSON that counts more rows", "{\"@odata.count\":1,\"value\":[]}", SNDS_BAD, "announces more"},
    {"JSON of another shape", "{\"error\":{\"code\":\"X\"}}", SNDS_BAD, "not a list"},
    {"JSON without addresses", "[{\"foo\":1}]", SNDS_BAD, "has no address"},
    {"half a JSON", "[{\"ipAddress\":\"192.0.2.10\"", SNDS_BAD, "not JSON"},
};

static void data_reports(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(data_cases); i++)
        check(&data_cases[i], true);
}

#define BLOCKED "Blocked due to user complaints or other evidence of spamming"

static const struct report_case status_cases[] = {
    {"the sample", "1.1.1.0,1.1.1.1,Yes," BLOCKED "\r\n", SNDS_ROWS,
     "1.1.1.0-1.1.1.1 yes " BLOCKED ";"},
    {"the fixture of 2026", "192.0.2.0,192.0.2.255,True," BLOCKED "\n", SNDS_ROWS,
     "192.0.2.0-192.0.2.255 yes " BLOCKED ";"},
    {"across octets, and No with Junked",
     "1.1.1.254,1.1.2.1,no,Junked due to user complaints or other evidence of spamming\n"
     "1.0.0.0,1.1.255.255,false,Bot\n1.1.1.1,1.1.1.1,1,Symantec Brightmail\n",
     SNDS_ROWS,
     "1.1.1.254-1.1.2.1 no Junked due to user complaints or other evidence of spamming;"
     "1.0.0.0-1.1.255.255 no Bot;1.1.1.1-1.1.1.1 yes Symantec Brightmail;"},
    {"first after last", "1.1.1.9,1.1.1.1,Yes,x\n", SNDS_ROWS, "1.1.1.1-1.1.1.9 yes x;"},
    {"empty is the good case", "", SNDS_EMPTY, ""},
    {"header alone", "First IP,Last IP,Blocked,Details\n", SNDS_EMPTY, ""},
    {"a header in another order",
     "Blocked,Reason,Ending IP Address,Beginning IP Address\n"
     "Yes,Bot,192.0.2.9,192.0.2.1\n",
     SNDS_ROWS, "192.0.2.1-192.0.2.9 yes Bot;"},
    {"a header without blocked", "First IP,Last IP,Details\n", SNDS_BAD, "no column blocked"},
    {"an open end", "1.1.1.0,1.1.1.1,Yes,Blo\n", SNDS_BAD, "it broke off", true},
    {"three columns", "1.1.1.0,1.1.1.1,Yes\n", SNDS_BAD, "3 columns"},
    {"neither yes nor no", "1.1.1.0,1.1.1.1,Perhaps,x\n", SNDS_BAD, "neither"},
    {"a comma in the details", "1.1.1.0,1.1.1.1,Yes,SpamHaus, SBL\n", SNDS_ROWS,
     "1.1.1.0-1.1.1.1 yes SpamHaus,SBL;"},
    {"control bytes", "1.1.1.0,1.1.1.1,Yes,\"x\x1b[31m\r\nBcc: a\"\n", SNDS_ROWS,
     "1.1.1.0-1.1.1.1 yes x?[31m??Bcc: a;"},
    {"JSON",
     "[{\"beginningIpAddress\":\"192.0.2.10\",\"endingIpAddress\":\"192.0.2.20\",\"blocked\":"
     "\"true\",\"reason\":\"Blocked due to complaints\"}]",
     SNDS_ROWS, "192.0.2.10-192.0.2.20 yes Blocked due to complaints;"},
    {"JSON with a real true",
     "{\"data\":[{\"firstIp\":\"192.0.2.10\",\"lastIp\":\"192.0.2.10\",\"blocked\":true}]}",
     SNDS_ROWS, "192.0.2.10-192.0.2.10 yes ;"},
    {"empty JSON", "[]", SNDS_EMPTY, ""},
    {"login page", "  <html>", SNDS_HTML, "web page"},
};

static void status_reports(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(status_cases); i++)
        check(&status_cases[i], false);
}

static void complaint_rates(void **state)
{
    static const struct {
        const char *text;
        double percent;
        bool below;
    } cases[] = {
        {"< 0.1%", 0.1, true},
        {"<0.1%", 0.1, true},
        {"0.4%", 0.4, false},
        {"0%", 0, false},
        {"", -1, false},
        {"-", -1, false},
        {"0,4%", 0.4, false},
        {"120.5%", 120.5, false},
        {"0.1% - < 0.2%", 0.2, true},
        {"0.4 %", 0.4, false},
        {"0.4", -1, false},
        {"%", -1, false},
        {"<%", -1, false},
        {"1.2.3%", -1, false},
        {"4% x", -1, false},
        {"99999999999%", -1, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct snds_rate r = snds_rate_parse(cases[i].text);
        double off = r.percent - cases[i].percent;
        if (off > 1e-9 || off < -1e-9 || (r.percent >= 0 && r.below != cases[i].below))
            fail_msg("%s: %f", cases[i].text, r.percent);
    }
}

static void days(void **state)
{
    (void)state;
    assert_int_equal(day_of(0), 19700101);
    assert_int_equal(day_of(1771977600), 20260225);
    assert_int_equal(day_add(20260228, 1), 20260301);
    assert_int_equal(day_add(20240301, -1), 20240229);
    assert_int_equal(day_between(20251230, 20260102), 3);
    assert_true(day_valid(20240229));
    assert_false(day_valid(20260229));
    assert_false(day_valid(20261301));
    assert_false(day_valid(0));
}

static void periods_name_a_day(void **state)
{
    static const struct {
        const char *start, *end;
        int day;
    } cases[] = {
        {"2/10/2026 4:00 PM", "2/11/2026 3:00 PM", 20260211},
        {"9/3/2026 8:00 AM", "9/4/2026 8:00 AM", 20260903},
        {"12/31/2019 12:00 AM", "12/31/2019 11:00 PM", 20191231},
        {"12/31/2019 10:00 AM", "12/31/2019 7:00 PM", 20191231},
        {"9/4/2026 8:00 AM", "9/3/2026 8:00 AM", 20260903}, /* the end before the start */
        {"2/30/2026 8:00 AM", "2/11/2026 3:00 PM", 20260211},
        {"2/10/2026 13:00 PM", "", 0},
        {"2/10/2026 0:30 AM", "2/10/2026", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256], wanted[32];
        struct lines l = {0};
        snprintf(text, sizeof text, "1.1.1.1,%s,%s,1,2,3,RED,,,,,,,\n", cases[i].start,
                 cases[i].end);
        snprintf(wanted, sizeof wanted, "1.1.1.1 %d ", cases[i].day);
        struct snds_body body = {"", text, strlen(text), NULL};
        assert_int_equal(snds_read_data(&body, row, &l, NULL), SNDS_ROWS);
        if (strncmp(l.text, wanted, strlen(wanted)) != 0)
            fail_msg("%s to %s: %s", cases[i].start, cases[i].end, l.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_reports),       cmocka_unit_test(status_reports),
        cmocka_unit_test(complaint_rates),    cmocka_unit_test(days),
        cmocka_unit_test(periods_name_a_day),
    };
    return cmocka_run_group_tests_name("snds_report", tests, NULL, NULL);
}
