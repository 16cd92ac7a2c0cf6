/* SPDX-License-Identifier: ISC */
/*
 * A command of repmon: its row in the table, its options, what it needs before it runs. What is
 * declared here is prepared and taken down by main.c, so that a command does only its own work.
 *
 * To add a command: a file cmd/NAME.c with one `const struct command command_NAME`, its
 * declaration below, a row in commands.c, its file in cmd/meson.build, a line in the manual; JSON
 * through json_out_begin(), and a row in tests/cli/test_json.py.
 */
#ifndef REPMON_CMD_COMMAND_H
#define REPMON_CMD_COMMAND_H

#include "options.h"
#include "repmon/conf.h"
#include "repmon/error.h"
#include "repmon/privilege.h"
#include "repmon/store.h"

#include <stdbool.h>
#include <stddef.h>

/* What is open and loaded when run() is called. */
enum need {
    NEED_CONFIG = 1,         /* the configuration; a file must exist */
    NEED_CONFIG_OR_NONE = 2, /* the configuration, or its defaults when there is no file */
    NEED_STATE = 4,          /* the state, for reading; needs the configuration too */
    NEED_STATE_WRITE = 8,    /* the state, for writing; it must exist */
    NEED_LOCK = 16,          /* no run may be going on; taken before the state is opened */
    NEED_FOLDER = 32,        /* the folder of the state, made when it is missing */
};

struct context {
    const char *config_path; /* borrowed from argv; NULL: CONF_DEFAULT_PATH */
    int verbose;             /* -v counted */
    bool quiet;
    bool help, version;
    struct conf conf; /* with NEED_CONFIG or NEED_CONFIG_OR_NONE */
    bool has_conf;
    struct store *store;    /* owned; with NEED_STATE or NEED_STATE_WRITE */
    struct store_lock lock; /* with NEED_LOCK */
    bool has_lock;
    const char *writes;           /* set by begin(): a file that may be written, too; NULL */
    enum confinement confinement; /* what is in force */
    bool quiet_exit;              /* the error is no news: its exit code is enough */
    bool only_reads;              /* set by begin(): these words need NEED_STATE, no more */
    bool no_trace;                /* leave no folder behind, nor any sign of the lock */
};

struct command {
    const char *name;
    const char *arguments; /* "TARGET…"; "" */
    const char *summary;   /* one line for `repmon --help` */
    const char *help;      /* a paragraph or two for `repmon NAME --help` */
    const struct option_row *options;
    size_t option_count;
    size_t data_size; /* of what set() fills, zeroed */
    bool (*set)(void *data, size_t row, const char *value, struct error *err);
    unsigned needs;
    int error_code; /* every error exits with this; 0: as sysexits has it */

    /* Before anything is prepared: mistakes in the words; NULL: none are possible. */
    bool (*begin)(struct context *ctx, const void *data, char **words, size_t count,
                  struct error *err);

    /*
     * Does the work with the words after the options; returns the exit code. An error to report
     * goes to *err, and its class is then the exit code.
     */
    int (*run)(struct context *ctx, void *data, char **words, size_t count, struct error *err);
};

/* All commands in the order of the help; ends with NULL. */
extern const struct command *const commands[];
const struct command *command_find(const char *name);

/* The name that `word` was perhaps meant to be, or NULL. */
const char *command_nearest(const char *word);

/* -c, -v, -q, --help, --version: before and after the command. */
extern const struct option_row global_options[];
extern const size_t global_option_count;
bool global_set(void *context, size_t row, const char *value, struct error *err);

/*
 * Makes ready what `needs` names, in the order configuration, lock, state. After false, too,
 * context_close() must be called.
 */
bool context_open(struct context *ctx, unsigned needs, struct error *err);
void context_close(struct context *ctx);

/* Adds to a permission error what to type: the state's owner may do it. */
void name_cure(const struct context *ctx, const struct command *command, struct error *err);

/* Restricts writing to the folders of state and textfile, for good; see privilege.h. */
void confine(struct context *ctx);

/*
 * Root becomes the configured user; anybody else stays. context_open() does it with the
 * configuration.
 */
bool become_user(struct context *ctx, struct error *err);

/* Exit code of a command for an error of that class. */
int command_exit_code(const struct command *command, enum error_class class);

extern const struct command command_ack;
extern const struct command command_check;
extern const struct command command_complete; /* not in the table: for shells, not for people */
extern const struct command command_doctor;
extern const struct command command_explain;
extern const struct command command_deliver;
extern const struct command command_history;
extern const struct command command_intake;
extern const struct command command_lists;
extern const struct command command_login, command_accounts;
extern const struct command command_page;
extern const struct command command_run;
extern const struct command command_status;
extern const struct command command_targets;

/* The program under the name check_repmon: the plugin, with options of its own. */
extern const struct option_row plugin_options[];
extern const size_t plugin_option_count;
int plugin_main(int argc, char **argv);

#endif
