/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/typed.h"

static const struct {
    const char *word, *hint; /* NULL: none of the known mistakes */
} rows[] = {
    {"5.9.20.5", NULL},
    {"mx1.example.org", NULL},
    {"5.9.20.5:25", "has a port: write 5.9.20.5"},
    {"mx1.example.org:25", "has a port: write mx1.example.org"},
    {"[2001:db8::25]:25", "has a port: write 2001:db8::25"},
    {"2001:db8::25:25", NULL}, /* an address */
    {"5.9.20.1-5.9.20.9",
     "is a range: give its blocks separately: 5.9.20.1 5.9.20.2/31 5.9.20.4/30 5.9.20.8/31"},
    {"5.9.20.0-255", "is a range: give its blocks separately: 5.9.20.0/24"},
    {"5.9.20.4\xe2\x80\x93"
     "5.9.20.5",
     "is a range: give its blocks separately: 5.9.20.4/31"},
    {"0.0.0.0-255.255.255.255", "is a range: give its blocks separately: 0.0.0.0/0"},
    {"5.9.20.1-5.9.29.254", "is a range: write blocks such as 203.0.113.0/24, separately"},
    {"5.9.20.9-5.9.20.1", "is a range that ends before it begins"},
    {"2001:db8::1-2001:db8::9", "is a range: write blocks such as 2001:db8::/64, separately"},
    {"5.9.20.5,5.9.20.6", "is more than one: give each separately: 5.9.20.5 5.9.20.6"},
    {"5.9.20.5;mx1.example.org",
     "is more than one: give each separately: 5.9.20.5 mx1.example.org"},
    {"5.9.20.5,", "has marks or blanks around it: write 5.9.20.5"},
    {"5,9,20,5", "has commas for dots: write 5.9.20.5"},
    {"a,b", "is more than one: give each separately"},
    {"/24", "is the length of a block: write it after the address, without a space"},
    {"*.example.org", "has a star: write a block such as 203.0.113.0/24, or each name separately"},
    {"http://example.org", "is a web address: write example.org"},
    {"https://user:word@mx.example.org:8443/x?y", "is a web address: write mx.example.org"},
    {"http://[2001:db8::25]/", "is a web address: write 2001:db8::25"},
    {"http://x", "is a web address: write only the host name in it"},
    {"example.org/path", "has a path, as a web address has: write example.org"},
    {"mx.example.org/24", "has a length, which only a block has: write mx.example.org"},
    {"postmaster@example.org", "is a mail address: name what sends the mail, an address or a host "
                               "such as mx1.example.org"},
    {"\"5.9.20.5\"", "has marks or blanks around it: write 5.9.20.5"},
    {"\xe2\x80\x9c"
     "5.9.20.5\xe2\x80\x9d",
     "has marks or blanks around it: write 5.9.20.5"},
    {"(5.9.20.5).", "has marks or blanks around it: write 5.9.20.5"},
    {"5.9.20.5\r", "has marks or blanks around it: write 5.9.20.5"},
    {" 5.9.20.5 ", "has marks or blanks around it: write 5.9.20.5"},
    {"\xef\xbb\xbfmx1.example.org\xc2\xa0\n",
     "has marks or blanks around it: write mx1.example.org"},
    {"5.9.20.5\xe2\x80\x8b", "has marks or blanks around it: write 5.9.20.5"},
    {"5.9.20.5 5.9.20.6", "is more than one: give each separately: 5.9.20.5 5.9.20.6"},
    {"<mx1.example.org>", "has marks or blanks around it: write mx1.example.org"},
    {"ip4:5.9.20.0/24", "has ip4: before it: write 5.9.20.0/24"},
    {"?include:_spf.example.net", "has include: before it: write _spf.example.net"},
    {"ip=5.9.20.5", "has ip= before it: write 5.9.20.5"},
    {"fe80::1%eth0", "names an interface: write fe80::1"},
    {"5.9.20.0/255.255.255.0", "has a network mask: write 5.9.20.0/24"},
    {"5.9.20.5/255.255.255.255", "has a network mask: write 5.9.20.5"},
    {"5.9.20.0/255.0.255.0", NULL},
    {"5.9.20", "has 3 of four numbers: for the block write 5.9.20.0/24"},
    {"5.9.20/24", "has 3 of four numbers: for the block write 5.9.20.0/24"},
    {"5.9.20.*", "has 3 of four numbers: for the block write 5.9.20.0/24"},
    {"5.9.", "has 2 of four numbers: for the block write 5.9.0.0/16"},
    {"005.009.020.005", "has leading zeros: write 5.9.20.5"},
    {"300.9.20.5", "holds 300: each number of an address is from 0 to 255"},
    {"5.20.9.5.in-addr.arpa", "is a reverse DNS name: write 5.9.20.5"},
    {"20.9.5.in-addr.arpa", "is a reverse DNS name: write the address"},
    {"b\xc3\xbc"
     "cher.example",
     "has letters beyond ASCII: write the xn-- form of the name (idn2 "
     "NAME prints it)"},
    {"\xe2\x80\x94list", "begins with a long dash: write an option with two short ones, --"},
    {"", NULL},
    {".", NULL},
    {"/", NULL},
    {":", NULL},
    {"@", NULL},
    {"-", NULL},
    {"TheSecret", NULL},
    {"http://TheSecret@x/", "is a web address: write only the host name in it"},
};

static void the_hint_names_what_to_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf hint;
        buf_init(&hint, 1024);
        bool known = typed_hint(rows[i].word, &hint);
        if (known != (rows[i].hint != NULL) ||
            strcmp(buf_text(&hint), known ? rows[i].hint : "") != 0)
            fail_msg("%s: \"%s\"", rows[i].word, buf_text(&hint));
        buf_fini(&hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_hint_names_what_to_write)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
