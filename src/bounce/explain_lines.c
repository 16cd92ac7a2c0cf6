/* SPDX-License-Identifier: ISC */
/* Tells lines of a log and the beginning of a mail from other text. */
#include "explain_parts.h"

#include "ascii.h"

#include <ctype.h>
#include <string.h>

static bool explain_fits(char c, char form)
{
    if (form == '0')
        return digit(c);
    if (form == 'a')
        return isalpha((unsigned char)c);
    return c == form;
}

/* Whether the line begins like the form, in which "0" means a digit and "a" a letter. */
static bool explain_shape(const char *s, size_t len, const char *form)
{
    for (size_t i = 0; form[i]; i++) {
        if (i >= len || !explain_fits(s[i], form[i]))
            return false;
    }
    return true;
}

/* "name[123]: ", "postfix/smtp[123]: ", "exim[1]: " */
static bool explain_is_program(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len && i < 48 && (alnum(s[i]) || strchr("/_-.", s[i])))
        i++;
    if (i == 0 || i + 4 > len || s[i] != '[' || !digit(s[i + 1]))
        return false;
    for (i++; i < len && digit(s[i]); i++)
        ;
    return i + 1 < len && s[i] == ']' && s[i + 1] == ':';
}

bool text_is_log_line(const char *s, size_t len)
{
    static const char *const forms[] = {
        "aaa 00 00:00:00",    "aaa  0 00:00:00",      "0000-00-00 00:00", "[0000-00-00",
        "00/00/0000 00:",     "@4000000000000000000", "@40000000",        "0000000000.00000",
        "0000/00/00 00:",     "00/aaa/0000:",         "0000000000 ",      "00:00:00 ",
        "a,0000-00-00 00:00",
    };
    if (explain_shape(s, len, "0000-00-00T00:00")) {
        /* the end of a server's tag, folded: "2024-03-01T12:00:00.123Z 08DC395A0D0F5D3B]" */
        const char *z = memchr(s, ' ', len);
        return !z || (size_t)(z - s) + 17 >= len || z[17] != ']';
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (explain_shape(s, len, forms[i]))
            return true;
    if (len > 3 && s[0] == '<' && digit(s[1])) {
        size_t i = 1;
        while (i < len && digit(s[i]))
            i++;
        return i < 5 && i < len && s[i] == '>';
    }
    return starts(s, len, "delivery ") || starts(s, len, "{\"") || starts(s, len, "NOQUEUE: ") ||
           explain_is_program(s, len);
}

bool text_is_mail_start(const char *s, size_t len)
{
    static const char *const headers[] = {"From ",
                                          "Return-Path:",
                                          "Received:",
                                          "From:",
                                          "To:",
                                          "Subject:",
                                          "Date:",
                                          "Message-ID:",
                                          "MIME-Version:",
                                          "Content-Type:",
                                          "X-",
                                          "Delivered-To:",
                                          "ARC-",
                                          "Envelope-to:",
                                          "Authentication-Results:",
                                          "Precedence:",
                                          "Auto-Submitted:",
                                          "DKIM-Signature:"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        if (starts(s, len, headers[i]))
            return true;
    return false;
}
