/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/clock.h"
#include "repmon/maillog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAID                                                                                       \
    "4ZkA11: to=<a@example.com>, relay=mx.example.net[198.51.100.9]:25, delay=2, "                 \
    "delays=0.1/0/1/0.8, dsn=5.7.1, status=bounced (host mx.example.net[198.51.100.9] said: 550 "  \
    "5.7.1 no [203.0.113.5] (in reply to MAIL FROM command))"

static struct buf scratch;

/* What an event tells, in one line: format outcome phase flags host host_ip own code status|text */
static void tell(const char *line, char *out, size_t size)
{
    static const char *const outcomes[] = {"nothing", "accepted", "deferred", "refused", "own"};
    static const char *const phases[] = {"-", "connect", "mail", "rcpt", "data"};
    struct maillog_event e;
    if (!maillog_parse(line, strlen(line), &scratch, &e)) {
        snprintf(out, size, "no line");
        return;
    }
    char host_ip[IP_TEXT_MAX], own[IP_TEXT_MAX];
    ip_format(&e.host_ip, host_ip);
    ip_format(&e.own_ip, own);
    snprintf(out, size, "%s %s %s%s%s%s %.*s %s %s %d %s|%.*s", maillog_format_word(e.format),
             outcomes[e.outcome], phases[e.phase], e.attempted ? " attempt" : "",
             e.session ? " session" : "", e.probe ? " probe" : "", (int)e.host.len,
             e.host.s ? e.host.s : "", host_ip, own, e.code, e.status, (int)e.text.len,
             e.text.s ? e.text.s : "");
}

static void each_format_gives_the_same_event(void **state)
{
    (void)state;
    static const struct {
        const char *line, *event;
    } rows[] = {
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: " SAID,
         "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 5.7.1|"
         "550 5.7.1 no [203.0.113.5]"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4AbC10: to=<a@example.com>, "
         "relay=mx.example.net[198.51.100.9]:25, delay=1.2, delays=0.1/0/0.6/0.5, tls=may:none, "
         "dsn=2.0.0, status=sent (250 2.0.0 OK)",
         "postfix accepted - attempt mx.example.net 198.51.100.9 - 250 2.0.0|250 2.0.0 OK"},
        {"2026-11-24T08:00:04.1+00:00 mx1 postfix-203.0.113.5/smtp[2]: 4AbC13: host "
         "mx.example.net[198.51.100.9] refused to talk to me: 554-mx no 554 gone",
         "postfix refused connect attempt session mx.example.net 198.51.100.9 203.0.113.5 554 |"
         "554-mx no 554 gone"},
        {"Nov 24 08:00:01 mx1 postfix/203.0.113.5/smtp[1]: " SAID,
         "postfix refused mail attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|"
         "550 5.7.1 no [203.0.113.5]"},
        {"Nov 24 08:00:05 mx1 postfix/error[5]: 4AbC14: to=<d@example.com>, relay=none, delay=4, "
         "delays=4/0/0/0, dsn=4.7.0, status=deferred (delivery temporarily suspended: host "
         "mx.example.net[198.51.100.9] refused to talk to me: 421 4.7.0 later)",
         "postfix deferred connect mx.example.net 198.51.100.9 - 421 4.7.0|421 4.7.0 later"},
        {"Nov 24 08:00:05 mx1 postfix/smtp[5]: 4AbC14: to=<d@example.com>, relay=none, delay=4, "
         "delays=4/0/0/0, dsn=4.4.1, status=deferred (connect to x.example[198.51.100.23]:25: "
         "Connection timed out)",
         "postfix deferred -  - - 0 4.4.1|connect to x.example[198.51.100.23]:25: Connection timed "
         "out"},
        {"Nov 24 08:00:05 mx1 postfix/lmtp[5]: 4AbC14: to=<d@example.com>, "
         "relay=mx1[private/dovecot-lmtp], delay=4, dsn=5.1.1, status=bounced (host "
         "mx1[private/dovecot-lmtp] said: 550 5.1.1 no user (in reply to RCPT TO command))",
         "postfix own rcpt mx1 - - 550 5.1.1|550 5.1.1 no user"},
        {"Nov 24 08:00:05 mx1 postfix/smtp[5]: 4AbC14: to=<d@example.com>, "
         "relay=mx.example.net[198.51.100.9]:25, delay=4, dsn=5.1.1, status=undeliverable (host "
         "mx.example.net[198.51.100.9] said: 550 5.1.1 no user (in reply to RCPT TO command))",
         "postfix refused rcpt attempt probe mx.example.net 198.51.100.9 - 550 5.1.1|"
         "550 5.1.1 no user"},
        {"Nov 24 08:00:05 mx1 postfix/smtpd[5]: NOQUEUE: reject: RCPT from x[198.51.100.1]: 554 no",
         "postfix own -  - - 0 |"},
        {"Nov 24 08:00:05 mx1 postfix/qmgr[5]: 4AbC14: removed", "postfix nothing -  - - 0 |"},
        {"2026-11-24 08:00:02 1uAbCd-0000000002b-2 ** b@example.com R=dnslookup T=remote_smtp "
         "H=mx.example.net [198.51.100.9] I=[203.0.113.5]:41822 X=TLS1.2:X:256 CV=yes: SMTP error "
         "from remote mail server after MAIL FROM:<x@example.org> SIZE=2048: 550 5.7.1 no",
         "exim refused mail attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|550 5.7.1 "
         "no"},
        {"2026-11-24 08:00:01 1uAbCd-0000000001a-1 => a@example.com R=dnslookup T=remote_smtp "
         "H=mx.example.net [198.51.100.9] I=[203.0.113.5] X=TLS1.3 CV=yes C=\"250 2.0.0 OK\"",
         "exim accepted - attempt mx.example.net 198.51.100.9 203.0.113.5 250 2.0.0|250 2.0.0 OK"},
        {"2026-11-24 08:00:01 1uAbCd-0000000001a-1 => a <a@example.org> R=localuser T=maildir",
         "exim nothing -  - - 0 |"},
        {"2026-11-24 08:00:03 1uAbCd-0000000003c-3 == c@example.com R=dnslookup T=remote_smtp "
         "defer "
         "(-53): retry time not reached for any host for 'example.com'",
         "exim nothing -  - - 0 |retry time not reached for any host for 'example.com'"},
        {"2026-11-24 08:00:01 1uAbCd-0000000001a-1 H=mx.example.net [198.51.100.9] SMTP error from "
         "remote mail server after initial connection: 421 4.7.0 later",
         "exim deferred connect attempt session mx.example.net 198.51.100.9 - 421 4.7.0|421 4.7.0 "
         "later"},
        {"2026-11-24 08:00:01 H=(x) [198.51.100.1] F=<a@example.com> rejected RCPT "
         "<b@example.org>: "
         "no",
         "exim own -  - - 0 |"},
        {"Mar  3 09:14:22 mail smtpd[2211]: 2b7d mta delivery evpid=a1 from=<i@example.org> "
         "to=<a@example.com> rcpt=<-> source=\"203.0.113.5\" relay=\"198.51.100.9 "
         "(mx.example.net)\" delay=1s result=\"PermFail\" stat=\"550 5.7.1 no\"",
         "opensmtpd refused - attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|550 5.7.1 "
         "no"},
        {"Nov 24 08:00:01 mx1 sendmail[9]: xAO81: to=<a@example.com>, delay=00:00:02, "
         "mailer=esmtp, "
         "relay=mx.example.net. [198.51.100.9], dsn=5.7.1, reply=550 5.7.1 no, stat=Service "
         "unavailable",
         "sendmail refused - attempt mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no, "
         "stat=Service unavailable"},
        {"@400000006541a1b2c3d4e5f6 delivery 4: failure: "
         "198.51.100.9_does_not_like_recipient./Remote_host_said:_550_no/"
         "Giving_up_on_198.51.100.9.",
         "qmail refused - attempt  198.51.100.9 - 550 |550_no/Giving_up_on_198.51.100.9."},
        {"@400000006541a1b2c3d4e5f6 delivery 4: success: 198.51.100.9_accepted_message./Remote_host"
         "_said:_250_ok/",
         "qmail accepted - attempt  198.51.100.9 - 250 |250_ok/"},
        {"Mar  3 09:14:22 mail smtpd: [8f-1] [queue] message a@example.com failed: transport=mx, "
         "host=mx.example.net, ip=198.51.100.9, localip=203.0.113.5, reply=\"550 5.7.1 no\"",
         "halon refused - attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|550 5.7.1 no"},
        {"info Sender/default/4242 id=17c2 17c2.001 REJECTED[blacklist] from=i@example.org "
         "to=a@example.com src=203.0.113.5 mx=mx.example.net[198.51.100.9] message-id=<x@y> (550 "
         "5.7.1 no)",
         "zonemta refused - attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|550 5.7.1 "
         "no"},
        {"2026-03-03T08:14:23Z INFO SMTP RCPT TO rejected (delivery.rcpt-to-rejected) queueId = 2, "
         "hostname = \"mx.example.net\", to = \"c@example.com\", code = 550, details = \"5.1.1 "
         "no\"",
         "stalwart refused rcpt attempt mx.example.net - - 550 5.1.1|5.1.1 no"},
        {"2026-03-03T08:14:22.1Z queue: delivery attempt "
         "failed\t{\"msg_id\":\"a1\",\"reason\":\"no\","
         "\"remote_server\":\"mx.example.net\",\"smtp_code\":550,\"smtp_enchcode\":\"5.7.1\"}",
         "maddy refused - attempt mx.example.net - - 550 5.7.1|550 5.7.1 no"},
        {"{\"type\":\"TransientFailure\",\"id\":\"1\",\"response\":{\"code\":421,\"enhanced_code\":"
         "{"
         "\"class\":4,\"subject\":7,\"detail\":0},\"content\":\"later\",\"command\":\"RCPT "
         "TO:<a@b>\"},\"peer_address\":{\"name\":\"mx.example.net.\",\"addr\":\"198.51.100.9\"},"
         "\"source_address\":{\"address\":\"203.0.113.5:53210\"}}",
         "kumomta deferred rcpt attempt mx.example.net 198.51.100.9 203.0.113.5 421 4.7.0|421 "
         "4.7.0 "
         "later"},
        {"{\"type\":\"Delivery\",\"response\":{\"code\":250,\"content\":\"ok\"},\"peer_address\":{"
         "\"name\":\"mx.example.net.\"}}",
         "kumomta accepted - attempt mx.example.net - - 250 |250 ok"},
        {"{\"event\":\"failed\",\"envelope\":{\"sending-ip\":\"203.0.113.5\"},\"delivery-status\":{"
         "\"code\":550,\"message\":\"5.7.1 no\",\"mx-host\":\"mx.example.net\"}}",
         "json refused - attempt mx.example.net - 203.0.113.5 550 5.7.1|550 5.7.1 no"},
        {"[{\"event\":\"bounce\",\"ip\":\"203.0.113.5\",\"reason\":\"550 "
         "no\",\"status\":\"5.0.0\"},",
         "json refused - attempt  - 203.0.113.5 550 5.0.0|550 no"},
        {"{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"diagnosticCode\":"
         "\"smtp; 550 5.1.1 no\",\"status\":\"5.1.1\"}],\"remoteMtaIp\":\"198.51.100.9\"}}",
         "json refused - attempt  198.51.100.9 - 550 5.1.1|550 5.1.1 no"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: message repeated 3 times: [ " SAID "]",
         "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no "
         "[203.0.113.5]"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4ZkA11: to=<taken out>, "
         "relay=mx.example.net[198.51.100.9]:25, dsn=2.0.0, status=sent (250 OK)",
         "postfix accepted - attempt mx.example.net 198.51.100.9 - 250 2.0.0|250 OK"},
        {"2026-11-24 08:00:01.123 +0000 [12] 1uAbCd-0000000001a-1 => a@example.com <b@example.org> "
         "F=<s@example.org> P=<s@example.org> R=dnslookup T=remote_smtp S=1234 H=mx.example.net "
         "[198.51.100.9]:25 I=[203.0.113.5]:41822 TFO X=TLS1.3:X:256 CV=yes DN=\"CN=mx\" L K "
         "C=\"250 2.0.0 OK\" QT=1.2s DT=0.5s",
         "exim accepted - attempt mx.example.net 198.51.100.9 203.0.113.5 250 2.0.0|250 2.0.0 OK"},
        {"2026-11-24 08:00:01 1tEabc-0007Qx-Jj == c@example.com R=dnslookup T=remote_smtp defer "
         "(-44) H=mx.example.net [198.51.100.9]: SMTP error from remote mail server after RCPT "
         "TO:<c@example.com>: 451 4.7.1 message temporarily rejected for now",
         "exim deferred rcpt attempt mx.example.net 198.51.100.9 - 451 4.7.1|451 4.7.1 message "
         "temporarily rejected for now"},
        {"2026-11-24 08:00:01 1tEabc-0007Qx-Jj ** c@example.com R=dnslookup T=remote_smtp: SMTP "
         "error from remote mail server after RCPT TO:<c@example.com>: host mx.example.net "
         "[198.51.100.9]: 550 5.7.1 no",
         "exim refused rcpt attempt mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no"},
        {"Nov 24 08:00:01 mx1 exim[12]: 2026-11-24 08:00:01 1tEabc-0007Qx-Jj => a@example.com "
         "R=dnslookup T=remote_smtp H=mx.example.net [198.51.100.9] C=\"250 OK\"",
         "exim accepted - attempt mx.example.net 198.51.100.9 - 250 |250 OK"},
        {"{\"SYSLOG_IDENTIFIER\":\"postfix-203.0.113.5/smtp\",\"__REALTIME_TIMESTAMP\":"
         "\"1795507202123456\",\"MESSAGE\":\"" SAID "\"}",
         "postfix refused mail attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|"
         "550 5.7.1 no [203.0.113.5]"},
        {"{\"@timestamp\":\"2026-11-24T08:00:01.1Z\",\"syslogtag\":\"postfix-203.0.113.5/"
         "smtp[12]:\","
         "\"msg\":\" " SAID "\"}",
         "postfix refused mail attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|"
         "550 5.7.1 no [203.0.113.5]"},
        {"{\"@timestamp\":\"2026-11-24T08:00:01.1Z\",\"process\":{\"name\":"
         "\"postfix-203.0.113.5/smtp\"},\"message\":\"message repeated 2 times: [" SAID "]\"}",
         "postfix refused mail attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|"
         "550 5.7.1 no [203.0.113.5]"},
        {"{\"version\":\"1.1\",\"host\":\"mx1\",\"short_message\":\"postfix/lmtp[1]: " SAID
         "\",\"timestamp\":1795507201.5}",
         "postfix own mail mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no [203.0.113.5]"},
        {"{\"MESSAGE\":[104,105],\"SYSLOG_IDENTIFIER\":\"postfix/smtp\"}",
         "postfix nothing -  - - 0 |"},
        {"{\"log\":\"Nov 24 08:00:01 mx1 postfix/smtp[1]: " SAID "\\n\",\"stream\":\"stdout\"}",
         "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 5.7.1|"
         "550 5.7.1 no [203.0.113.5]"},
        {"b,2026-03-03 09:14:22+0100,2026-03-03 09:14:20+0100,i@example.org,a@example.com,,failed,"
         "5.7.1 (x),\"smtp;550 5.7.1 no, never\",mx.example.net "
         "(198.51.100.9),x,smtp,app,smtp,203.0.113.5,198.51.100.9",
         "powermta refused - attempt mx.example.net 198.51.100.9 203.0.113.5 550 5.7.1|550 5.7.1 "
         "no, never"},
        {"Nov 24 08:00:05 mx1 postfix/smtp[5]: 4AbC14: to=<d@example.com>, "
         "relay=mx.example.net[198.51.100.9]:25, dsn=\xf2.7.1, status=bounced (host "
         "mx.example.net[198.51.100.9] said: 550 no (in reply to RCPT TO command))",
         "postfix refused rcpt attempt mx.example.net 198.51.100.9 - 550 |550 no"},
        {"2026-03-03T08:14:22.101Z,Outbound,08DE1,5,203.0.113.5:25123,198.51.100.9:25,<,\"550 "
         "5.7.1 "
         "no, never\",",
         "exchange refused - attempt session  198.51.100.9 203.0.113.5 550 5.7.1|550 5.7.1 no, "
         "never"},
        {"2026-03-03T08:14:22.101Z,Outbound,08DE1,5,203.0.113.5:25123,198.51.100.9:25,>,\"MAIL "
         "FROM:<a@b>\",",
         "exchange nothing -  198.51.100.9 203.0.113.5 0 |MAIL FROM:<a@b>"},
        {"#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint",
         "exchange nothing -  - - 0 |"},
        {"type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction", "powermta nothing -  - - 0 |"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[12]: [ID 197553 mail.info] " SAID,
         "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no "
         "[203.0.113.5]"},
        {"Tue 2026-11-24 08:00:01 UTC mx1 postfix@-.service[12]: " SAID,
         "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no "
         "[203.0.113.5]"},
        {"[12345.678901] mx1 postfix/smtp[12]: " SAID,
         "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no "
         "[203.0.113.5]"},
        {"[12345.678901 <    0.000120 >] mx1 postfix/smtp[12]: " SAID,
         "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 5.7.1|550 5.7.1 no "
         "[203.0.113.5]"},
        {"Nov 24 08:00:01 mx1 sshd[1]: Accepted publickey", "unknown nothing -  - - 0 |"},
        {"550 5.7.1 no", "no line"},
        {"", "no line"},
        {"{", "no line"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[1024];
        tell(rows[i].line, out, sizeof out);
        if (strcmp(out, rows[i].event) != 0)
            fail_msg("row %zu\n%s\n%s", i, out, rows[i].event);
    }
}

static void whatever_a_tool_puts_before_a_line_is_stripped(void **state)
{
    (void)state;
    static const char *const before[] = {
        "",
        "postfix-1  | ",
        "\x1b[36mpostfix-mailcow-1  |\x1b[0m ",
        "postfix-1  | 2026-03-03T09:14:20.000000000Z ",
        "[pod/mail-0/postfix] ",
        "2026-03-03T09:14:20.1Z stdout F ",
        "/var/log/mail.log:",
        "mail.log.1:4711:",
        "4711:",
        "     12 ",
        "  ",
        "> ",
        "\"",
        "[\"",
        "<22>",
        "Mar 03 09:14:20 logger ",
        "Mar  3 09:14:20 host1 docker/mail[812]: ",
        "Mar  3 09:14:20 host1 1a2b3c4d5e6f[812]: ",
        "2026-03-03T09:14:20.000000000Z mail_postfix.1.x8ab@node1    | ",
        "2026-03-03T09:14:20Z {app=\"postfix\", pod=\"mail-0\"} ",
        "<22>1 2026-03-03T09:14:20+01:00 mx1 relay 12 - [meta sequenceId=\"1\" x=\"a]b\"] ",
    };
    static const char *const stamps[] = {
        "Mar  3 09:14:20 mx1 ",
        "Mar 3 09:14:20 mx1 ",
        "Mar 03 09:14:20 mx1 ",
        "Mar  3 2026 09:14:20 mx1 ",
        "2026 Mar  3 09:14:20 mx1 ",
        "Tue Mar  3 09:14:20 2026 mx1 ",
        "2026-03-03T09:14:20+01:00 mx1 ",
        "2026-03-03T09:14:20.123456Z mx1 ",
        "2026-03-03 09:14:20 mx1 ",
        "2026-03-03 09:14:20 +0100 203.0.113.9 ",
        "1772525660.123 mx1 ",
        "[2026-03-03 09:14:20] ",
        "Tue 2026-03-03 09:14:20 CET mx1 ",
        "Mar  3 09:14:20 2001:db8::25 ",
        "Mar  3 09:14:20 mx1 mail.info ",
        "Mar  3 09:14:20 <mail.info> mx1 ",
        "Mar  3 09:14:20 <2.6> mx1 ",
    };
    static const char want[] = "postfix refused mail attempt mx.example.net 198.51.100.9 - 550 "
                               "5.7.1|550 5.7.1 no [203.0.113.5]";
    for (size_t b = 0; b < COUNT(before); b++)
        for (size_t s = 0; s < COUNT(stamps); s++) {
            char line[1024], out[1024];
            snprintf(line, sizeof line, "%s%spostfix/smtp[1]: " SAID, before[b], stamps[s]);
            tell(line, out, sizeof out);
            if (strcmp(out, want) != 0)
                fail_msg("%s\n%s", line, out);
        }
}

/* Strangers choose addresses, greetings and replies: none of them makes another line. */
static void what_strangers_write_is_no_line_of_its_own(void **state)
{
#define GMAIL "gmail-smtp-in.l.google.com"
#define LIES                                                                                       \
    "relay=" GMAIL "[142.250.1.1]:25, delay=1, dsn=5.7.1, status=bounced (host " GMAIL             \
    "[142.250.1.1] said: 550-5.7.1 [203.0.113.5] low reputation of the sending IP)"
#define EXIM_LIES                                                                                  \
    "H=" GMAIL " [142.250.1.1]: SMTP error from remote mail server after RCPT TO:<a@gmail.com>: "  \
    "550-5.7.1 [203.0.113.5] low reputation of the sending IP"
#define TRUTH "relay=mx.example.net[198.51.100.9]:25, delay=1, dsn=2.0.0, status=sent (250 OK)"
    (void)state;
    static const struct {
        const char *line, *event;
    } rows[] = {
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4ZkA11: to=<\"x, " LIES "\"@example.net>, " TRUTH,
         "postfix accepted - attempt mx.example.net 198.51.100.9 - 250 2.0.0|250 OK"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4ZkA11: to=<\"x\\\">, " LIES
         "\"@example.net>, " TRUTH,
         "postfix accepted - attempt mx.example.net 198.51.100.9 - 250 2.0.0|250 OK"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4ZkA11: to=<a@example.org>, orig_to=<\"x, " LIES
         "\"@example.net>, " TRUTH,
         "postfix accepted - attempt mx.example.net 198.51.100.9 - 250 2.0.0|250 OK"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4ZkA11: to=<x>, " LIES "@example.net>, " TRUTH,
         "postfix nothing -  - - 0 |"}, /* Postfix before 3.5 logs no quotes: nobody can tell */
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4ZkA11: to=<x " LIES "@example.net>, " TRUTH,
         "postfix accepted - attempt mx.example.net 198.51.100.9 - 250 2.0.0|250 OK"},
        {"Nov 24 08:00:01 mx1 sm-mta[1]: xAO81: to=<\"x, relay=" GMAIL ". [142.250.1.1], "
         "stat=Sent (OK)\"@example.net>,<b@example.net>, delay=00:00:02, relay=mx.example.net. "
         "[198.51.100.9], dsn=5.7.1, stat=Service unavailable",
         "sendmail refused - attempt mx.example.net 198.51.100.9 - 0 5.7.1|Service unavailable"},
        {"2026-11-24 08:00:01 1uAbCd-0000000001a-1 ** \"x " EXIM_LIES "\"@example.net R=dnslookup "
         "T=remote_smtp H=mx.example.net [198.51.100.9]: SMTP error from remote mail server after "
         "RCPT TO:<x>: 550 no",
         "exim refused rcpt attempt mx.example.net 198.51.100.9 - 550 |550 no"},
        {"2026-11-24 08:00:01 1uAbCd-0000000001a-1 => a@example.net F=<\"x H=" GMAIL
         " [142.250.1.1] I=[203.0.113.6]\"@example.net> R=dnslookup T=remote_smtp H=mx.example.net "
         "[198.51.100.9] C=\"250 OK I=[203.0.113.6] \"",
         "exim accepted - attempt mx.example.net 198.51.100.9 - 250 |250 OK I=[203.0.113.6] "},
        {"2026-11-24 08:00:01 1uAbCd-0000000001a-1 <= x@example.net H=(x) [198.51.100.1] P=esmtp "
         "S=200 T=\"** a@gmail.com " EXIM_LIES "\"",
         "exim nothing -  - - 0 |"},
        {"2026-11-24 08:00:01 SMTP protocol synchronization error (input sent without waiting for "
         "greeting): rejected connection from H=[198.51.100.1] input=\"2026-11-24 08:00:01 "
         "1uAbCd-0000000001a-1 ** a@gmail.com R=dnslookup T=remote_smtp " EXIM_LIES "\"",
         "exim own -  - - 0 |"},
        {"2026-11-24 08:00:01 rejected EHLO from [198.51.100.1]: syntactically invalid "
         "argument(s): Nov 24 08:00:01 m postfix/smtp[1]: 4ZkA11: to=<a@gmail.com>, " LIES,
         "unknown nothing -  - - 0 |"},
        {"2026-11-24 08:00:01 VRFY failed for Nov 24 08:00:01 m postfix/smtp[1]: 4ZkA11: "
         "to=<a@gmail.com>, " LIES,
         "unknown nothing -  - - 0 |"},
        {"2026-11-24 08:00:01 H=(x Nov 24 08:00:01 m postfix/smtp[1]: 4ZkA11: "
         "to=<a@gmail.com>, " LIES
         ") [198.51.100.1] F=<a@example.net> rejected RCPT <b@example.org>: no",
         "exim own -  - - 0 |"},
        {"Nov 24 08:00:01 mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[198.51.100.1]: 554 "
         "no; "
         "helo=<Nov 24 08:00:01 m postfix/smtp[1]: 4ZkA11: to=<a@gmail.com>, " LIES ">",
         "postfix own -  - - 0 |"},
        {"Nov 24 08:00:01 mx1 postfix/smtp[1]: 4ZkA11: to=<a@example.net>, "
         "relay=mx.example.net[198.51.100.9]:25, dsn=5.0.0, status=bounced (host "
         "mx.example.net[198.51.100.9] said: 550 no status=sent (250 OK) relay=" GMAIL
         "[142.250.1.1]:25 (in reply to RCPT TO command))",
         "postfix refused rcpt attempt mx.example.net 198.51.100.9 - 550 5.0.0|550 no status=sent "
         "(250 OK) relay=" GMAIL "[142.250.1.1]:25"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[1024];
        tell(rows[i].line, out, sizeof out);
        if (strcmp(out, rows[i].event) != 0)
            fail_msg("row %zu\n%s\n%s", i, out, rows[i].event);
    }
}

/* KumoMTA logs what comes in beside what it delivers, with the client as the peer. */
static void only_deliveries_of_kumomta_are_answers(void **state)
{
    (void)state;
    static const struct {
        const char *type, *code, *event;
    } rows[] = {
        {"Delivery", "250", "kumomta accepted - attempt"},
        {"Bounce", "550", "kumomta refused - attempt"},
        {"TransientFailure", "451", "kumomta deferred - attempt"},
        {"Reception", "250", "kumomta nothing -"},
        {"Rejection", "554", "kumomta own -"},
        {"OOB", "550", "kumomta refused -"},
        {"Feedback", "250", "kumomta nothing -"},
        {"AdminBounce", "551", "kumomta nothing -"},
        {"AdminRebind", "250", "kumomta nothing -"},
        {"Expiration", "551", "kumomta nothing -"},
        {"Delayed", "451", "kumomta nothing -"},
        {"XferOut", "250", "kumomta nothing -"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[512], out[512], want[128];
        snprintf(line, sizeof line,
                 "{\"type\":\"%s\",\"response\":{\"code\":%s,\"content\":\"x\"},\"peer_address\":{"
                 "\"name\":\"mail.google.com.\",\"addr\":\"198.51.100.9\"}}",
                 rows[i].type, rows[i].code);
        tell(line, out, sizeof out);
        snprintf(want, sizeof want, "%s mail.google.com", rows[i].event);
        if (strncmp(out, want, strlen(want)) != 0)
            fail_msg("%s: %s", rows[i].type, out);
    }
}

static void a_line_within_json_has_the_time_that_stands_beside_it(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"timestamp\":1795507201.5,\"short_message\":\"postfix/smtp[1]: " SAID "\"}",
        "{\"@timestamp\":\"2026-11-24T08:00:01.1Z\",\"program\":\"postfix/"
        "smtp\",\"message\":\"" SAID "\"}",
        "{\"time\":\"2026-11-24T08:00:01.1Z\",\"log\":\"postfix/smtp[1]: " SAID "\\n\"}",
        "{\"__REALTIME_TIMESTAMP\":\"1795507201123456\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\","
        "\"MESSAGE\":\"" SAID "\"}",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct maillog_clock clock = {.now = 1795507202, .utc = true};
        struct maillog_event e;
        int64_t t = 0;
        assert_true(maillog_parse(lines[i], strlen(lines[i]), &scratch, &e));
        assert_int_equal(e.outcome, MAILLOG_REFUSED);
        if (!maillog_time(e.stamp, &clock, &t) || t != 1795507201)
            fail_msg("%s: %lld", lines[i], (long long)t);
    }
}

static void stamps_become_times(void **state)
{
    (void)state;
    /* 2026-11-24 08:00:02 UTC */
    static const struct maillog_clock clock = {.now = 1795507202, .utc = true};
    static const struct {
        const char *stamp;
        int64_t time; /* 0: none */
    } rows[] = {
        {"Nov 24 08:00:01", 1795507201},
        {"Nov 25 08:00:01", 1795593601}, /* a day ahead is a clock that is a little wrong */
        {"Nov 26 08:00:03", 1764144003}, /* last year's */
        {"Dec 31 23:59:59", 1767225599},
        {"Feb 29 00:00:00", 1709164800}, /* of 2024 */
        {"2026-11-24T08:00:01.5+00:00", 1795507201},
        {"2026-11-24T09:00:01+01:00", 1795507201},
        {"2026-11-24T04:30:01-03:30", 1795507201},
        {"2026-11-24 08:00:01", 1795507201},
        {"24/Nov/2026:08:00:01 +0000", 1795507201},
        {"Tue Nov 24 08:00:01 2026", 1795507201},
        {"Tue 2026-11-24 08:00:01 UTC", 1795507201},
        {"Tue, 24 Nov 2026 09:00:01 +0100", 1795507201},
        {"2026 Nov 24 08:00:01", 1795507201},
        {"1795507201.123 ", 1795507201},
        {"@400000006b05440bc3d4e5f6", 1795507201},
        {"Nov 24 08:00:01 2026 mx1", 1795507201},
        {"Nov 24 08:00:01 2001:db8::25 mx1", 1795507201}, /* a host, no year */
        {"Nov 24 08:00:01 2024.example.org", 1795507201},
        {"Nov 24 08:00:01 2019-mx", 1795507201},
        {"Nov 44 08:00:01", 0},
        {"Nov 24 25:00:01", 0},
        {"550 5.7.1 no", 0},
        {"", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t t = 0;
        maillog_time((struct maillog_piece){rows[i].stamp, strlen(rows[i].stamp)}, &clock, &t);
        if (t != rows[i].time)
            fail_msg("%s: %lld", rows[i].stamp, (long long)t);
    }
}

static int open_scratch(void **state)
{
    (void)state;
    buf_init(&scratch, 1 << 20);
    return 0;
}

static int close_scratch(void **state)
{
    (void)state;
    buf_fini(&scratch);
    return 0;
}

/* Europe/Berlin sets clocks back on 25 October 2026 at 01:00 UTC: 02:00 to 02:59 occur twice. */
static void a_local_time_that_occurs_twice_is_the_nearer_one(void **state)
{
    static const struct {
        const char *stamp;
        int64_t near, seconds; /* from 2026-10-25 00:00 UTC on */
    } cases[] = {
        {"Oct 25 01:59:59", -120, -1},
        {"Oct 25 02:00:00", -1, 0},
        {"Oct 25 02:30:00", 1700, 1800},
        {"Oct 25 02:59:59", 3590, 3599},
        {"Oct 25 02:00:00", 3599, 3600},
        {"Oct 25 02:30:00", 5300, 5400},
        {"Oct 25 03:00:00", 7199, 7200},
        {"2026-10-25T02:10:00", 4100, 4200},
        {"2026-10-25 02:10:00", 500, 600},
        {"2026-10-25T02:10:00+02:00", 4100, 600},
        {"2026-10-25T02:10:00+01:00", 500, 4200},
        /* a late line, and one that does not exist: clocks are set forward */
        {"Oct 25 01:50:00", 100, -600},
        {"Oct 24 12:00:00", 0, -50400},
    };
    const int64_t midnight = 1792886400;
    char *zone = clock_use_zone("Europe/Berlin");
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct maillog_clock clock = {.now = midnight + 30000,
                                            .near = midnight + cases[i].near};
        struct maillog_piece stamp = {cases[i].stamp, strlen(cases[i].stamp)};
        int64_t seconds = 0;
        assert_true(maillog_time(stamp, &clock, &seconds));
        if (seconds - midnight != cases[i].seconds)
            fail_msg("%s: %lld", cases[i].stamp, (long long)(seconds - midnight));
    }
    clock_restore_zone(zone);
}

static void a_stamp_in_seconds_is_a_time_to_its_last_digit(void **state)
{
    static const char *const stamps[] = {"1795507202", "1795507202.123456", "1795507202123",
                                         "[1795507202]"};
    const struct maillog_clock clock = {.now = 1795507300, .utc = true};
    (void)state;
    for (size_t i = 0; i < COUNT(stamps); i++) {
        int64_t seconds = 0;
        assert_true(
            maillog_time((struct maillog_piece){stamps[i], strlen(stamps[i])}, &clock, &seconds));
        assert_int_equal(seconds, 1795507202);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_local_time_that_occurs_twice_is_the_nearer_one),
        cmocka_unit_test(a_stamp_in_seconds_is_a_time_to_its_last_digit),
        cmocka_unit_test(each_format_gives_the_same_event),
        cmocka_unit_test(whatever_a_tool_puts_before_a_line_is_stripped),
        cmocka_unit_test(what_strangers_write_is_no_line_of_its_own),
        cmocka_unit_test(only_deliveries_of_kumomta_are_answers),
        cmocka_unit_test(a_line_within_json_has_the_time_that_stands_beside_it),
        cmocka_unit_test(stamps_become_times),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
