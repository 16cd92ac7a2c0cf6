/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/inventory.h"
#include "repmon/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct conf_place place = {"test.conf", 7};

static bool add(struct inventory *inv, const char *block, const char *label, unsigned flags,
                uint64_t max, struct error *err)
{
    struct cidr c;
    assert_true(cidr_parse(block, &c, NULL));
    const struct inventory_line line = {.label = label, .flags = flags, .at = place, .max = max};
    return inventory_add(inv, &c, &line, err);
}

/* The targets as "ADDRESS=label*" (a star for TARGET_SINGLY) with blanks between them. */
static void expect(const struct inventory *inv, const char *want)
{
    char have[4096] = "";
    for (size_t i = 0; i < inv->count; i++) {
        char text[CIDR_TEXT_MAX];
        const struct target *t = &inv->items[i];
        target_format(t, text);
        size_t len = strlen(have);
        snprintf(have + len, sizeof have - len, "%s%s=%s%s", i ? " " : "", text,
                 inventory_label(inv, t), t->flags & TARGET_SINGLY ? "*" : "");
        assert_int_equal(t->id, i);
    }
    assert_string_equal(have, want);
}

static void sorts_merges_and_excludes(void **state)
{
    (void)state;
    struct inventory inv;
    struct error err = {0};
    static const char *const excluded[] = {"203.0.113.6/31", "2001:db8:0:2::/63",
                                           "2001:db8:0:1::/80"};
    inventory_init(&inv);
    for (size_t i = 0; i < COUNT(excluded); i++) {
        struct cidr block;
        assert_true(cidr_parse(excluded[i], &block, NULL));
        inventory_exclude(&inv, &block);
    }
    assert_true(add(&inv, "2001:db8:0:1::5", "six", TARGET_SINGLY, 100, &err));
    assert_true(add(&inv, "203.0.113.4/30", "", 0, 100, &err));
    assert_true(add(&inv, "203.0.113.5", "mx1", TARGET_SINGLY, 100, &err));
    assert_true(add(&inv, "203.0.113.5", "other", 0, 100, &err));
    assert_true(add(&inv, "10.9.8.7", "mx1", 0, 100, &err));
    assert_true(add(&inv, "2001:db8::/62", "net", 0, 100, &err));
    assert_true(add(&inv, "2001:db8::/64", "late", 0, 100, &err));
    assert_true(add(&inv, "2001:db8::", "host", 0, 100, &err));
    inventory_finish(&inv);
    expect(&inv, "10.9.8.7=mx1 203.0.113.4= 203.0.113.5=mx1* 2001:db8::/64=net 2001:db8::=host "
                 "2001:db8:0:1::/64=net");
    assert_true(inv.items[0].label == inv.items[2].label); /* one text for both */
    assert_int_equal(inv.origins[inv.items[0].origin].line, 7);

    struct ip ip;
    static const struct {
        const char *ip;
        ptrdiff_t at;
    } rows[] = {{"10.9.8.7", 0},        {"203.0.113.5", 2},       {"203.0.113.6", -1},
                {"2001:db8::", 4},      {"2001:db8::1", 3},       {"2001:db8:0:1:2::3", 5},
                {"2001:db8:0:2::", -1}, {"::ffff:203.0.113.4", 1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(ip_parse(rows[i].ip, &ip));
        assert_int_equal(inventory_find(&inv, &ip), rows[i].at);
    }
    inventory_fini(&inv);
}

static void refuses_what_is_too_much_and_says_which_key(void **state)
{
    (void)state;
    static const struct {
        const char *block;
        uint64_t max;
        const char *error; /* NULL: fine */
    } rows[] = {
        {"203.0.113.0/24", 256, NULL},
        {"203.0.113.0/24", 255, "max_targets = 255"},
        {"10.0.0.0/16", 65536, NULL},
        {"10.0.0.0/16", 4096, "max_targets = 4096"},
        {"10.0.0.0/15", 65536, "10.0.0.0/15 has more than 65536 addresses"},
        {"16.0.0.0/4", 4096, "16.0.0.0/4 has more than 65536"},
        {"0.0.0.0/0", 65536, "0.0.0.0/0 has more than 65536"},
        {"2001:db8::/48", 65536, NULL},
        {"2001:db8::/47", 65536, "2001:db8::/47 is larger than a /48"},
        {"::/0", 65536, "::/0 is larger than a /48"},
        {"2001:db8::/64", 1, NULL},
        {"2001:db8::/112", 65536, NULL},
        {"2001:db8::/65", 65536, "2001:db8::/65 has more than 65536"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct inventory inv;
        struct error err = {0};
        inventory_init(&inv);
        bool ok = add(&inv, rows[i].block, "", 0, rows[i].max, &err);
        assert_int_equal(ok, rows[i].error == NULL);
        if (!ok) {
            if (!strstr(err.text, rows[i].error))
                fail_msg("\"%s\" lacks \"%s\"", err.text, rows[i].error);
            assert_int_equal(err.line, 7);
        }
        assert_true(inv.count <= rows[i].max);
        inventory_fini(&inv);
    }
}

static void duplicates_never_count_against_the_limit(void **state)
{
    (void)state;
    struct inventory inv;
    struct error err = {0};
    inventory_init(&inv);
    assert_true(add(&inv, "203.0.113.0/29", "", 0, 8, &err));
    assert_true(add(&inv, "203.0.113.0/29", "", 0, 8, &err));
    assert_true(add(&inv, "203.0.113.7", "x", TARGET_SINGLY, 8, &err));
    assert_false(add(&inv, "203.0.113.8", "", 0, 8, &err));
    inventory_finish(&inv);
    assert_int_equal(inv.count, 8);
    assert_int_equal(inv.items[7].flags, TARGET_SINGLY);
    inventory_fini(&inv);
}

static void the_largest_inventory_is_small(void **state)
{
    (void)state;
    struct inventory inv;
    struct error err = {0};
    inventory_init(&inv);
    for (unsigned i = 0; i < 256; i++) { /* backwards, so that sorting has something to do */
        char block[32];
        snprintf(block, sizeof block, "10.0.%u.0/24", 255 - i);
        assert_true(add(&inv, block, "a label", 0, LIMIT_TARGETS, &err));
    }
    size_t kept =
        inv.cap * sizeof *inv.items + inv.labels_cap + inv.origin_cap * sizeof *inv.origins;
    assert_true(kept <= (2u << 20) + 4096);
    assert_true(inv.seen.size * sizeof *inv.seen.slots <= 1u << 20);
    inventory_finish(&inv);
    assert_null(inv.seen.slots);
    assert_int_equal(inv.count, LIMIT_TARGETS);
    for (size_t i = 0; i < inv.count; i++)
        assert_int_equal(ip_v4(&inv.items[i].ip), 0x0a000000u + i);
    inventory_fini(&inv);
}

static void names_every_bad_line_of_a_file(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf# header\n"
                               "203.0.113.5  mx1.example.org ; inline\n"
                               "  203.0.113.6\tmx2 # inline\r\n"
                               "300.1.1.1 broken\n"
                               "203.0.113.5/24\n"
                               "10.0.0.0/8\n"
                               "; 1.1.1.1\n"
                               "\n"
                               "mx1.example.org\n"
                               "203.0.113.7 a#b";
    static const struct {
        int line;
        const char *part;
    } want[] = {{4, "holds 300"},
                {5, "write 203.0.113.0/24"},
                {6, "10.0.0.0/8 has more"},
                {9, "not an IPv4"}};
    struct inventory inv;
    struct errors errors = {0};
    inventory_init(&inv);
    assert_false(inventory_add_text(&inv, "t.txt", text, sizeof text - 1, 100, &errors));
    assert_int_equal(errors.count, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_int_equal(errors.items[i].line, want[i].line);
        assert_string_equal(errors.items[i].file, "t.txt");
        assert_non_null(strstr(errors.items[i].text, want[i].part));
    }
    inventory_finish(&inv);
    expect(&inv, "203.0.113.5=mx1.example.org* 203.0.113.6=mx2* 203.0.113.7=a#b*");
    inventory_fini(&inv);
    errors_fini(&errors);
}

static void too_many_lines_are_one_error(void **state)
{
    (void)state;
    struct inventory inv;
    struct errors errors = {0};
    static const char text[] = "1.0.0.1\n1.0.0.2\n1.0.0.2\n1.0.0.3\n1.0.0.4\n1.0.0.5\n";
    inventory_init(&inv);
    assert_false(inventory_add_text(&inv, "t.txt", text, sizeof text - 1, 2, &errors));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].line, 4);
    assert_non_null(strstr(errors.items[0].text, "max_targets = 2"));
    inventory_fini(&inv);
    errors_fini(&errors);
}

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void reads_files_and_misses_none_in_silence(void **state)
{
    (void)state;
    char dir[] = "/tmp/repmon-inventory-XXXXXX", path[64], conf_path[64], text[256];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/targets.txt", dir);
    snprintf(conf_path, sizeof conf_path, "%s/repmon.conf", dir);
    snprintf(text, sizeof text,
             "[targets]\nip = 203.0.113.0/30 net\nip = 203.0.113.1\nexclude = 203.0.113.3\n"
             "file = targets.txt\n[ptr]\nhelo = 203.0.113.2 mx.example.org\n");
    struct conf conf;
    struct errors errors = {0};
    assert_true(conf_parse(conf_path, text, strlen(text), &conf, &errors, &errors));

    static const struct {
        const char *content; /* NULL: there is no file */
        const char *error;
        int line;
        enum error_class class;
    } rows[] = {
        {"198.51.100.1 a\n198.51.100.2", NULL, 0, ERR_NONE},
        {"", "contains no targets", 5, ERR_INPUT},
        {"# nothing\n\n", "contains no targets", 5, ERR_INPUT},
        {NULL, "can't be read: No such file", 5, ERR_INPUT},
        {"198.51.100.1\nx\n", "not an IPv4", 2, ERR_CONFIG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct inventory inv;
        inventory_init(&inv);
        unlink(path);
        if (rows[i].content)
            write_file(path, rows[i].content, strlen(rows[i].content));
        bool ok = inventory_add_conf(&inv, &conf, &errors);
        assert_int_equal(ok, rows[i].error == NULL);
        if (ok) {
            inventory_finish_conf(&inv, &conf);
            expect(&inv, "198.51.100.1=a* 198.51.100.2=* 203.0.113.0=net 203.0.113.1=net* "
                         "203.0.113.2=net*");
            assert_string_equal(inv.origins[inv.items[1].origin].file, path);
            assert_int_equal(inv.origins[inv.items[1].origin].line, 2);
        } else {
            assert_int_equal(errors.count, 1);
            assert_int_equal(errors.items[0].class, rows[i].class);
            assert_int_equal(errors.items[0].line, rows[i].line);
            assert_non_null(strstr(errors.items[0].text, rows[i].error));
        }
        errors_fini(&errors);
        inventory_fini(&inv);
    }
    conf_fini(&conf);
    unlink(path);
    rmdir(dir);
}

/* Lines end up whole however they lie in the blocks that are read. */
static void reads_long_files_in_pieces(void **state)
{
    (void)state;
    char path[] = "/tmp/repmon-inventory-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    for (unsigned i = 0; i < 5000; i++)
        fprintf(f, "10.0.%u.%u %*s\n", i / 250, i % 250, (int)(i % 97), "x");
    fprintf(f, "%*s\n10.1.1.1\n", 40000, "x");
    fclose(f);
    struct inventory inv;
    struct errors errors = {0};
    inventory_init(&inv);
    assert_false(inventory_add_file(&inv, path, place, 65536, &errors));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].line, 5001);
    assert_non_null(strstr(errors.items[0].text, "longer than 4096"));
    assert_int_equal(inv.count, 5001);
    assert_int_equal(inv.origins[inv.items[5000].origin].line, 5002);
    errors_fini(&errors);
    inventory_fini(&inv);
    unlink(path);
}

/* Of 512 addresses in two blocks; the second shard of three. */
static struct inventory shared(void)
{
    struct inventory inv;
    struct error err = {0};
    inventory_init(&inv);
    assert_true(add(&inv, "192.0.2.0/24", "", 0, 1000, &err));
    assert_true(add(&inv, "203.0.113.0/24", "", 0, 1000, &err));
    inventory_finish(&inv);
    return inv;
}

static ptrdiff_t find_text(const struct inventory *inv, const char *text)
{
    struct ip ip;
    assert_true(ip_parse(text, &ip));
    return inventory_find(inv, &ip);
}

static void a_shard_has_its_part_first_and_knows_the_rest(void **state)
{
    static const struct shard second = {2, 3};
    struct inventory inv = shared();
    (void)state;
    inventory_split(&inv, &second, true);
    struct inventory all = inventory_all(&inv);
    assert_int_equal(inv.count + inv.others, 512);
    assert_int_equal(inv.elsewhere, inv.others);
    assert_int_equal(all.count, 512);
    assert_in_range(inv.count, 512 / 3 - 60, 512 / 3 + 60);
    for (size_t i = 0; i < all.count; i++) {
        const struct target *t = &all.items[i];
        bool own = shard_has(&second, &t->ip, t->prefix);
        assert_int_equal(own, i < inv.count);
        assert_int_equal(t->id, i);
        assert_int_equal(inventory_find(&all, &t->ip), i);
        assert_int_equal(inventory_find(&inv, &t->ip), own ? (ptrdiff_t)i : -1);
        assert_true(i == 0 || i == inv.count || ip_cmp(&all.items[i - 1].ip, &t->ip) < 0);
    }
    assert_int_equal(find_text(&all, "192.0.3.1"), -1);
    inventory_fini(&inv);
}

static void a_shard_can_forget_the_rest_and_counts_it_all_the_same(void **state)
{
    static const struct shard second = {2, 3};
    struct inventory inv = shared();
    struct error err = {0};
    (void)state;
    inventory_split(&inv, &second, false);
    size_t own = inv.count;
    assert_int_equal(inv.others, 0);
    assert_int_equal(inv.count + inv.elsewhere, 512);
    /* What was lost is watched again: it may be of this shard only. */
    inventory_join(&inv);
    assert_true(add(&inv, "203.0.113.5", "", 0, 1000, &err)); /* it is: tests/unit/test_shard.c */
    inventory_finish(&inv);
    inventory_split(&inv, &second, false);
    assert_int_equal(inv.count, own);
    assert_int_equal(inv.count + inv.elsewhere, 512);
    inventory_fini(&inv);
}

static void without_shards_nothing_is_split(void **state)
{
    static const struct shard none, only = {1, 1};
    struct inventory inv = shared();
    struct error err = {0};
    (void)state;
    inventory_split(&inv, &none, false);
    inventory_split(&inv, &only, false);
    assert_int_equal(inv.count, 512);
    assert_int_equal(inv.others + inv.elsewhere, 0);
    assert_true(inventory_fits(&inv, &none, &err));
    inventory_fini(&inv);
}

static void more_than_one_monitor_can_watch_says_how_many_shards_there_must_be(void **state)
{
    static const struct shard first = {1, 2}, of_five = {1, 5};
    struct inventory inv;
    struct error err = {0};
    (void)state;
    inventory_init(&inv);
    assert_true(add(&inv, "10.0.0.0/16", "", 0, 300000, &err));
    assert_true(add(&inv, "10.1.0.0/16", "", 0, 300000, &err));
    assert_true(add(&inv, "10.2.0.0/16", "", 0, 300000, &err));
    assert_true(add(&inv, "10.3.0.0/16", "", 0, 300000, &err));
    inventory_finish(&inv);
    assert_int_equal(inv.count, 262144);
    inventory_split(&inv, &first, false);
    assert_false(inventory_fits(&inv, &first, &err));
    assert_non_null(strstr(err.text, "at least 5 shards"));
    inventory_fini(&inv);

    err = (struct error){0};
    inventory_init(&inv);
    assert_true(add(&inv, "10.0.0.0/16", "", 0, 300000, &err));
    assert_true(add(&inv, "10.1.0.0/16", "", 0, 300000, &err));
    inventory_finish(&inv);
    inventory_split(&inv, &of_five, true);
    assert_false(inventory_fits(&inv, &of_five, &err));
    assert_non_null(strstr(err.text, "a mail log"));
    inventory_fini(&inv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_merges_and_excludes),
        cmocka_unit_test(refuses_what_is_too_much_and_says_which_key),
        cmocka_unit_test(duplicates_never_count_against_the_limit),
        cmocka_unit_test(the_largest_inventory_is_small),
        cmocka_unit_test(names_every_bad_line_of_a_file),
        cmocka_unit_test(too_many_lines_are_one_error),
        cmocka_unit_test(reads_files_and_misses_none_in_silence),
        cmocka_unit_test(reads_long_files_in_pieces),
        cmocka_unit_test(a_shard_has_its_part_first_and_knows_the_rest),
        cmocka_unit_test(a_shard_can_forget_the_rest_and_counts_it_all_the_same),
        cmocka_unit_test(without_shards_nothing_is_split),
        cmocka_unit_test(more_than_one_monitor_can_watch_says_how_many_shards_there_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
