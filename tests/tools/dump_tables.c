/* SPDX-License-Identifier: ISC */
/*
 * Prints the tables of the program as JSON: commands and options, the plugin's options, keys of
 * the configuration, formats. Completion is made from it, manuals are checked against it.
 */
#include "command.h"
#include "registry.h"
#include "repmon/render.h"
#include "repmon/types.h"

#include <jansson.h>

static json_t *options(const struct option_row *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        const char letter[2] = {rows[i].letter, '\0'};
        json_array_append_new(array,
                              json_pack("{s:s, s:s, s:s?, s:s}", "letter", letter, "name",
                                        rows[i].name, "arg", rows[i].arg, "help", rows[i].help));
    }
    return array;
}

static json_t *all_commands(void)
{
    json_t *array = json_array();
    for (size_t i = 0; commands[i]; i++) {
        const struct command *c = commands[i];
        json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:o}", "name", c->name, "arguments",
                                               c->arguments, "summary", c->summary, "options",
                                               options(c->options, c->option_count)));
    }
    return array;
}

static json_t *all_keys(void)
{
    size_t count;
    const struct conf_key_info *keys = conf_keys(&count);
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array,
                              json_pack("{s:s, s:s, s:b, s:s, s:s}", "section", keys[i].section,
                                        "key", keys[i].key, "repeatable", keys[i].repeatable,
                                        "default", keys[i].default_text, "help", keys[i].help));
    return array;
}

int main(void)
{
    json_t *causes = json_array(), *changes = json_array(), *sources = json_array();
    json_t *formats = json_array();
    for (unsigned i = 0; i < CAUSE_COUNT; i++) {
        if (i != CAUSE_NONE)
            json_array_append_new(causes, json_string(cause_word((enum cause)i)));
    }
    for (unsigned i = CHANGE_NONE + 1; i < CHANGE_COUNT; i++)
        json_array_append_new(changes, json_string(change_word((enum change_kind)i)));
    for (size_t i = 0; i < registry_sources.count; i++)
        json_array_append_new(sources, json_string(registry_sources.items[i]->word));
    for (const struct renderer *const *r = render_all(); *r; r++)
        json_array_append_new(formats, json_string((*r)->name));
    json_t *all =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "global",
                  options(global_options, global_option_count), "commands", all_commands(),
                  "plugin", options(plugin_options, plugin_option_count), "keys", all_keys(),
                  "causes", causes, "changes", changes, "sources", sources, "formats", formats);
    if (!all || json_dumpf(all, stdout, JSON_INDENT(1)) != 0 || putchar('\n') == EOF)
        return 1;
    json_decref(all);
    return fflush(stdout) == 0 ? 0 : 1;
}
