/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/buf.h"
#include "repmon/conf.h"

#include <stdio.h>
#include <stdlib.h>

static char *example;
static size_t example_len;

static int read_example(void **state)
{
    (void)state;
    static char text[1 << 16];
    FILE *f = fopen(TEST_DATA "/../../config.example", "r");
    if (!f)
        return -1;
    example_len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    example = text;
    return 0;
}

/* "[dnsbl \"x\"]" of the file as the table writes it: dnsbl "ZONE", snds "NAME". */
static void shown_section(const char *line, char out[64])
{
    char word[32] = "";
    sscanf(line, "[%31[a-z]", word);
    const char *name =
        strchr(line, '"') ? strcmp(word, "dnsbl") == 0 ? " \"ZONE\"" : " \"NAME\"" : "";
    snprintf(out, 64, "%s%s", word, name);
}

/* Key and value of "# key = value ; comment" or the same without #; prose is neither. */
static bool key_line(const char *line, char key[32], char value[256])
{
    int end = 0;
    line += strncmp(line, "# ", 2) == 0 ? 2 : 0;
    if (sscanf(line, "%31[a-z0-9_] =%n", key, &end) != 1 || end == 0)
        return false;
    const char *text = line + end + strspn(line + end, " ");
    const char *comment = strstr(text, " ;");
    size_t len = comment ? (size_t)(comment - text) : strlen(text);
    while (len && text[len - 1] == ' ')
        len--;
    snprintf(value, 256, "%.*s", (int)len, text);
    return true;
}

static void every_key_stands_in_it_and_no_other(void **state)
{
    (void)state;
    size_t count;
    const struct conf_key_info *keys = conf_keys(&count);
    bool found[256] = {false};
    char section[64] = "", key[32], value[256], line[512];
    assert_true(count < COUNT(found));
    for (const char *at = example; *at;) {
        size_t len = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)len, at);
        at += len + (at[len] == '\n');
        const char *bracket = strncmp(line, "# [", 3) == 0 ? line + 2 : line;
        if (*bracket == '[')
            shown_section(bracket, section);
        else if (key_line(line, key, value)) {
            size_t i = 0;
            while (i < count &&
                   (strcmp(keys[i].section, section) != 0 || strcmp(keys[i].key, key) != 0))
                i++;
            if (i == count)
                fail_msg("[%s] %s is in config.example but not in the table", section, key);
            found[i] = true;
            const char *def = keys[i].default_text;
            bool is_value = *def && !strchr(def, ' ') && *line == '#';
            if (is_value && strcmp(value, def) != 0)
                fail_msg("[%s] %s: config.example shows %s, the default is %s", section, key, value,
                         def);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!found[i])
            fail_msg("[%s] %s is not in config.example", keys[i].section, keys[i].key);
    }
}

static void loads_as_it_is(void **state)
{
    (void)state;
    struct conf c;
    struct errors errors = {0};
    assert_true(conf_load(TEST_DATA "/../../config.example", &c, &errors, &errors));
    assert_int_equal(errors.count, 0);
    assert_int_equal(c.target_count, 1);
    assert_int_equal(c.channel_count, 1);
    conf_fini(&c);
}

/* Uncommented line by line in a file of its own section, every key takes the value shown. */
static void every_value_shown_is_accepted(void **state)
{
    (void)state;
    char section[128] = "", key[32], value[256], line[512];
    for (const char *at = example; *at;) {
        size_t len = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)len, at);
        at += len + (at[len] == '\n');
        const char *bare = strncmp(line, "# ", 2) == 0 ? line + 2 : line;
        if (*bare == '[') {
            snprintf(section, sizeof section, "%.100s", bare);
        } else if (key_line(line, key, value) && strcmp(value, "HOST NAME") != 0) {
            char text[1024];
            struct conf c;
            struct errors errors = {0}, warnings = {0};
            snprintf(text, sizeof text, "%s\n%s\n", section, bare);
            if (conf_parse("/nonexistent/repmon.conf", text, strlen(text), &c, &errors, &warnings))
                conf_fini(&c);
            for (size_t i = 0; i < errors.count; i++) { /* not: what else the section needs */
                const char *what = errors.items[i].text;
                if (errors.items[i].line == 2 && !strstr(what, "without spf") &&
                    !strstr(what, "needs ") && !strstr(what, "for method ") &&
                    !strstr(what, "for the methods ") && !strstr(what, "is only for ") &&
                    !strstr(what, "complaint_warning"))
                    fail_msg("%s: %s", bare, what);
            }
            errors_fini(&errors);
            errors_fini(&warnings);
        }
    }
}

static void every_key_explains_itself_in_one_line(void **state)
{
    (void)state;
    size_t count;
    const struct conf_key_info *keys = conf_keys(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(keys[i].help) > 5 && strlen(keys[i].help) < 90);
        assert_null(strchr(keys[i].help, '\n'));
        for (size_t j = 0; j < i; j++)
            assert_false(strcmp(keys[i].section, keys[j].section) == 0 &&
                         strcmp(keys[i].key, keys[j].key) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_stands_in_it_and_no_other),
        cmocka_unit_test(loads_as_it_is),
        cmocka_unit_test(every_value_shown_is_accepted),
        cmocka_unit_test(every_key_explains_itself_in_one_line),
    };
    return cmocka_run_group_tests(tests, read_example, NULL);
}
