/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "command.h"
#include "targets_arg.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void check_rows(const char *who, const struct option_group *groups, size_t count)
{
    for (size_t g = 0; g < count; g++) {
        for (size_t i = 0; i < groups[g].count; i++) {
            const struct option_row *row = &groups[g].rows[i];
            if (!row->name || strlen(row->name) < 2 || !row->help || strlen(row->help) < 8)
                fail_msg("%s: option %zu has no name or no help", who, i);
            if (row->help[strlen(row->help) - 1] == '.')
                fail_msg("%s: the help of --%s ends with a full stop", who, row->name);
            for (size_t h = 0; h <= g; h++) {
                for (size_t j = 0; j < (h == g ? i : groups[h].count); j++) {
                    const struct option_row *other = &groups[h].rows[j];
                    if (strcmp(other->name, row->name) == 0 ||
                        (row->letter && row->letter == other->letter))
                        fail_msg("%s: --%s and --%s have a name in common", who, row->name,
                                 other->name);
                }
            }
        }
    }
}

static void every_command_and_option_has_help_and_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        const struct command *c = commands[i];
        const struct option_group groups[] = {{global_options, global_option_count, NULL, NULL},
                                              {c->options, c->option_count, NULL, NULL}};
        check_rows(c->name, groups, 2);
        assert_true(strlen(c->summary) > 8 && strlen(c->summary) < 66);
        assert_true(strlen(c->help) > 40);
        assert_non_null(c->run);
        assert_non_null(c->arguments);
        assert_true(c->option_count == 0 || c->set);
        assert_ptr_equal(command_find(c->name), c);
    }
    const struct option_group plugin = {plugin_options, plugin_option_count, NULL, NULL};
    check_rows("check_repmon", &plugin, 1);
}

static void nearest_command_is_offered_and_nonsense_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *word, *nearest;
    } rows[] = {{"chekc", "check"},   {"chck", "check"},
                {"ch", "check"},      {"checks", "check"},
                {"frobnicate", NULL}, {"", NULL},
                {"x", NULL},          {"cccccccccccccccccccccccccccccccccccccccccccccc", NULL}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *nearest = command_nearest(rows[i].word);
        if (!nearest != !rows[i].nearest || (nearest && strcmp(nearest, rows[i].nearest) != 0))
            fail_msg("%s: %s", rows[i].word, nearest ? nearest : "none");
    }
}

struct seen {
    char text[128];
};

static bool record(void *data, size_t row, const char *value, struct error *err)
{
    struct seen *seen = data;
    size_t len = strlen(seen->text);
    snprintf(seen->text + len, sizeof seen->text - len, "%zu%s%s;", row, value ? "=" : "",
             value ? value : "");
    return !value || strcmp(value, "bad") != 0 || error_set(err, ERR_USAGE, "bad value");
}

static void options_parse_short_long_and_between_words(void **state)
{
    (void)state;
    static const struct option_row own[] = {{'o', "only", "X", "some help"},
                                            {0, "long", NULL, "some help"}};
    static const struct option_row common[] = {{'v', "verbose", NULL, "some help"}};
    static const struct {
        const char *line;
        bool stop;
        const char *seen_own, *seen_common, *words, *error;
    } rows[] = {
        {"", false, "", "", "", NULL},
        {"-o a -v", false, "0=a;", "0;", "", NULL},
        {"-voa", false, "0=a;", "0;", "", NULL},
        {"--only=a --long x", false, "0=a;1;", "", "x", NULL},
        {"x --only a y -v z", false, "0=a;", "0;", "x y z", NULL},
        {"-v x -o a", true, "", "0;", "x -o a", NULL},
        {"-v -- -o a", false, "", "0;", "-o a", NULL},
        {"--lo", false, "1;", "", "", NULL}, /* unambiguous beginnings will do */
        {"-o", false, NULL, NULL, NULL, "-o needs an argument"},
        {"--only", false, NULL, NULL, NULL, "--only needs an argument"},
        {"--long=3", false, NULL, NULL, NULL, "--long takes no argument"},
        {"--nope=secret", false, NULL, NULL, NULL, "unknown option --nope"},
        {"-vx", false, NULL, NULL, NULL, "unknown option -x"},
        {"-o bad", false, NULL, NULL, NULL, "bad value"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[64] = "repmon ", *argv[16], words[64] = "";
        int argc = 0;
        strcat(line, rows[i].line);
        for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
            argv[argc++] = word;
        argv[argc] = NULL;
        struct seen seen[2] = {0};
        struct error err = {0};
        const struct option_group groups[] = {{own, COUNT(own), record, &seen[0]},
                                              {common, COUNT(common), record, &seen[1]}};
        int first = options_parse(groups, 2, argc, argv, rows[i].stop, &err);
        if (rows[i].error) {
            assert_int_equal(first, -1);
            assert_int_equal(err.class, ERR_USAGE);
            assert_string_equal(err.text, rows[i].error);
            continue;
        }
        assert_true(first > 0);
        for (int j = first; j < argc; j++) {
            strcat(words, j > first ? " " : "");
            strcat(words, argv[j]);
        }
        assert_string_equal(words, rows[i].words);
        assert_string_equal(seen[0].text, rows[i].seen_own);
        assert_string_equal(seen[1].text, rows[i].seen_common);
    }
}

static void targets_are_addresses_blocks_or_host_names(void **state)
{
    (void)state;
    static const struct {
        const char *word, *block, *host, *error;
    } rows[] = {
        {"203.0.113.5", "203.0.113.5", NULL, NULL},
        {"203.0.113.0/24", "203.0.113.0/24", NULL, NULL},
        {"2001:db8::/48", "2001:db8::/48", NULL, NULL},
        {"MX1.Example.org.", NULL, "mx1.example.org", NULL},
        {"example.org2.", NULL, "example.org2", NULL},
        {"localhost", NULL, "localhost", NULL},
        {"1and1.example", NULL, "1and1.example", NULL},
        {"_dmarc.example.org", NULL, "_dmarc.example.org", NULL},
        {"300.1.1.1", NULL, NULL, "300.1.1.1 holds 300: each number"},
        {"1.2.3", NULL, NULL, "1.2.3 has 3 of four numbers: for the block write 1.2.3.0/24"},
        {"10.0.0.0/4", NULL, NULL, "10.0.0.0/4: host bits are set"},
        {"2001:db8::g", NULL, NULL, "not an IPv4 or IPv6 address"},
        {"mx.example.org/24", NULL, NULL, "mx.example.org/24 has a length"},
        {"", NULL, NULL, "an empty word"},
        {".", NULL, NULL, "not an IPv4"},
        {"192.0.2.4.", "192.0.2.4", NULL, NULL}, /* as mail logs write it */
        {"[192.0.2.4]", "192.0.2.4", NULL, NULL},
        {"[IPv6:2001:db8::25].", "2001:db8::25", NULL, NULL},
        {"[mx1.example.org]", NULL, NULL, "write mx1.example.org"},
        {"203.0.113.5:25", NULL, NULL, "203.0.113.5:25 has a port: write 203.0.113.5"},
        {"5.113.0.203.IN-ADDR.ARPA.", NULL, NULL, "reverse DNS name: write 203.0.113.5"},
        {"a..b", NULL, NULL, "neither an address, a block nor a host name"},
        {"a b", NULL, NULL, "neither"},
        {"-", NULL, NULL, "neither"},
        {"a-.example", NULL, NULL, "neither"},
        {"a.-b", NULL, NULL, "neither"},
        {"a-b.example", NULL, "a-b.example", NULL},
        {"a\033[31mb", NULL, NULL, "a?[31mb: neither"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", NULL, NULL,
         "neither"}, /* a label of 64 */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct targets_arg targets = {0};
        struct error err = {0};
        bool ok = targets_arg_add(&targets, rows[i].word, &err);
        if (ok == (rows[i].error != NULL))
            fail_msg("%s: %s", rows[i].word, err.text);
        if (rows[i].error && (!strstr(err.text, rows[i].error) || err.class != ERR_USAGE))
            fail_msg("%s: %s", rows[i].word, err.text);
        assert_int_equal(targets.block_count, rows[i].block != NULL);
        assert_int_equal(targets.host_count, rows[i].host != NULL);
        if (rows[i].block) {
            char text[CIDR_TEXT_MAX];
            cidr_format(&targets.blocks[0], text);
            assert_string_equal(text, rows[i].block);
        }
        if (rows[i].host)
            assert_string_equal(targets.hosts[0], rows[i].host);
        targets_arg_fini(&targets);
    }
}

static void a_command_finds_ready_what_it_declared_to_need(void **state)
{
    (void)state;
    char folder[] = "/tmp/repmon-test-XXXXXX", path[64], file[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/repmon.conf", folder);
    snprintf(file, sizeof file, "%s/state.db", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("[repmon]\nstate = state.db\n[targets]\nip = 203.0.113.5\n", f);
    fclose(f);

    struct error err = {0};
    struct context ctx = {.config_path = path};
    assert_true(context_open(&ctx, NEED_CONFIG, &err));
    assert_string_equal(ctx.conf.state, file);
    assert_null(ctx.store);
    context_close(&ctx);

    /* A state that was never made is missing, not empty. */
    assert_false(context_open(&ctx, NEED_CONFIG | NEED_STATE, &err));
    assert_int_equal(err.class, ERR_INPUT);
    context_close(&ctx);

    struct store *store = NULL;
    struct store_lock lock;
    time_t since = 0;
    err = (struct error){0};
    if (!store_open(file, STORE_CREATE, NULL, &store, &err))
        fail_msg("%s", err.text);
    store_close(store);
    assert_true(context_open(&ctx, NEED_CONFIG | NEED_STATE_WRITE | NEED_LOCK, &err));
    assert_non_null(ctx.store);
    assert_true(ctx.has_lock);
    context_close(&ctx);

    assert_true(store_lock(file, NULL, &lock, &since, &err));
    assert_false(context_open(&ctx, NEED_CONFIG | NEED_LOCK, &err));
    assert_int_equal(err.class, ERR_BUSY);
    assert_true(ctx.quiet_exit);
    context_close(&ctx);
    struct context verbose = {.config_path = path, .verbose = 1};
    err = (struct error){0};
    assert_false(context_open(&verbose, NEED_CONFIG | NEED_LOCK, &err));
    assert_false(verbose.quiet_exit);
    context_close(&verbose);
    store_unlock(&lock);

    struct context lost = {.config_path = "/nonexistent/repmon.conf"};
    err = (struct error){0};
    assert_false(context_open(&lost, NEED_CONFIG_OR_NONE, &err));
    assert_int_not_equal(err.class, ERR_NONE);
    context_close(&lost);

    unlink(path);
    unlink(file);
    snprintf(path, sizeof path, "%s/state.db.lock", folder);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_and_option_has_help_and_a_name_of_its_own),
        cmocka_unit_test(nearest_command_is_offered_and_nonsense_is_not),
        cmocka_unit_test(options_parse_short_long_and_between_words),
        cmocka_unit_test(targets_are_addresses_blocks_or_host_names),
        cmocka_unit_test(a_command_finds_ready_what_it_declared_to_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
