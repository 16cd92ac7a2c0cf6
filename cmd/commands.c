/* SPDX-License-Identifier: ISC */
#include "command.h"

#include "repmon/suggest.h"

#include <string.h>

const struct command *const commands[] = {
    &command_check,    &command_run,     &command_status, &command_history, &command_page,
    &command_targets,  &command_deliver, &command_ack,    &command_lists,   &command_login,
    &command_accounts, &command_explain, &command_intake, &command_doctor,  NULL};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return strcmp(name, command_complete.name) == 0 ? &command_complete : NULL;
}

const char *command_nearest(const char *word)
{
    struct suggestion s = {.typed = word};
    for (size_t i = 0; commands[i]; i++)
        suggest_offer(&s, commands[i]->name);
    return s.word;
}

int command_exit_code(const struct command *command, enum error_class class)
{
    return command->error_code ? command->error_code : error_exit_code(class);
}
