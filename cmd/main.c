/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "repmon/buf.h"
#include "repmon/log.h"
#include "startup.h"
#include "targets_arg.h"

#include <stdlib.h>
#include <string.h>

static void main_print_usage(FILE *out)
{
    fputs("Usage: repmon [-c FILE] [-v | -q] COMMAND ...\n\n"
          "Monitors the reputation of sending mail servers.\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; commands[i]; i++) {
        fprintf(out, "  %-10s ", commands[i]->name);
        help_words(out, 13, 13, commands[i]->summary);
    }
}

static void main_print_help(const struct option_group *global)
{
    main_print_usage(stdout);
    fputs("\nOptions:\n", stdout);
    options_help(stdout, global);
    fputs("\n`repmon COMMAND --help` explains a command.\n", stdout);
}

static void main_print_command_help(const struct command *command, const struct option_group *own,
                                    const struct option_group *global)
{
    printf("Usage: repmon %s [OPTION]...%s%s\n\n", command->name, command->arguments[0] ? " " : "",
           command->arguments);
    help_words(stdout, 0, 0, command->help);
    if (own->count) {
        fputs("\nOptions:\n", stdout);
        options_help(stdout, own);
    }
    fputs("\nGlobal options:\n", stdout);
    options_help(stdout, global);
}

static void main_tell(const struct error *err)
{
    char text[2048];
    if (!err->text[0])
        return;
    error_format(err, text, sizeof text);
    log_error("%s", text);
}

/* Prepares what the command needs, runs it, and takes everything down again. */
static int main_run_command(struct context *ctx, const struct command *command, void *data,
                            char **words, size_t count, struct error *err)
{
    int exit_code = 0;
    if ((!command->begin || command->begin(ctx, data, words, count, err)) &&
        context_open(ctx, command->needs, err)) {
        confine(ctx);
        exit_code = command->run(ctx, data, words, count, err);
    }
    if (err->class != ERR_NONE)
        exit_code = command_exit_code(command, err->class);
    name_cure(ctx, command, err);
    context_close(ctx);
    return exit_code;
}

static enum log_level main_log_level(const struct context *ctx)
{
    if (ctx->quiet)
        return LOG_QUIET;
    return ctx->verbose > 1 ? LOG_DEBUG : (enum log_level)ctx->verbose;
}

/* argv[0] is the name of the command. */
static int main_dispatch(struct context *ctx, const struct command *command, int argc, char **argv)
{
    struct error err = {0};
    void *data = mem_alloc(command->data_size);
    const struct option_group groups[] = {
        {command->options, command->option_count, command->set, data},
        {global_options, global_option_count, global_set, ctx}};
    int exit_code = 0;
    int first = options_parse(groups, 2, argc, argv, false, &err);
    if (first < 0) {
        log_error("%s; `repmon %s --help` lists the options", err.text, command->name);
        exit_code = command_exit_code(command, err.class);
    } else if (ctx->help) {
        main_print_command_help(command, &groups[0], &groups[1]);
    } else if (ctx->version) {
        puts("repmon " REPMON_VERSION);
    } else {
        log_set(main_log_level(ctx));
        exit_code =
            main_run_command(ctx, command, data, argv + first, (size_t)(argc - first), &err);
        if (err.class != ERR_NONE && !ctx->quiet_exit)
            main_tell(&err);
    }
    struct error lost = {0};
    if (!finish_output(&lost) && err.class != ERR_IO) {
        main_tell(&lost);
        exit_code = command_exit_code(command, lost.class);
    }
    free(data);
    return exit_code;
}

static int main_unknown_command(const char *word)
{
    struct buf shown;
    buf_init(&shown, 512);
    buf_clean(&shown, word, strlen(word), 40);
    const char *nearest = command_nearest(word);
    struct targets_arg target = {0};
    bool is_target = strpbrk(word, ".:") && targets_arg_add(&target, word, NULL);
    targets_arg_fini(&target);
    if (is_target)
        log_error("unknown command %s; did you mean: repmon check %s?", buf_text(&shown),
                  buf_text(&shown));
    else if (nearest)
        log_error("unknown command %s; did you mean %s?", buf_text(&shown), nearest);
    else
        log_error("unknown command %s; `repmon --help` lists all commands", buf_text(&shown));
    buf_fini(&shown);
    return error_exit_code(ERR_USAGE);
}

/* Of a wrong option before the command, which decides what its exit codes mean. */
static int main_usage_exit_code(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct command *command = command_find(argv[i]);
        if (command)
            return command_exit_code(command, ERR_USAGE);
    }
    return error_exit_code(ERR_USAGE);
}

static int main_repmon(int argc, char **argv)
{
    struct context ctx = {0};
    struct error err = {0};
    const struct option_group global = {global_options, global_option_count, global_set, &ctx};
    int first = options_parse(&global, 1, argc, argv, true, &err);
    if (first < 0) {
        log_error("%s; `repmon --help` lists the options", err.text);
        return main_usage_exit_code(argc, argv);
    }
    bool asks = first < argc && strcmp(argv[first], "help") == 0; /* what people try first */
    if (asks) {
        ctx.help = true;
        first++;
    }
    if (first < argc && (asks || !ctx.help) && !ctx.version) {
        const struct command *command = command_find(argv[first]);
        return command ? main_dispatch(&ctx, command, argc - first, argv + first)
                       : main_unknown_command(argv[first]);
    }
    if (ctx.help) {
        main_print_help(&global);
    } else if (ctx.version) {
        puts("repmon " REPMON_VERSION);
    } else {
        main_print_usage(stderr);
        return error_exit_code(ERR_USAGE);
    }
    if (!finish_output(&err)) {
        main_tell(&err);
        return error_exit_code(err.class);
    }
    return 0;
}

int main(int argc, char **argv)
{
    startup();
    const char *name = argc > 0 ? argv[0] : "repmon";
    const char *slash = strrchr(name, '/');
    if (slash)
        name = slash + 1;
    return strcmp(name, "check_repmon") == 0 ? plugin_main(argc, argv) : main_repmon(argc, argv);
}
