/* SPDX-License-Identifier: ISC */
/*
 * What the files of this room share: the table of sections and keys, the parsers it names, and the
 * state of one reading. Nothing here is known outside src/conf.
 */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "repmon/conf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_reader;
struct conf_key;

/* A section: a file conf_WORD.c of this folder has one, written with conf_section.h. */
struct conf_section {
    const char *word;
    const char *shown;           /* as people write it: talos, mail "NAME" */
    const struct conf_key *keys; /* at most CONF_SECTION_KEYS */
    size_t key_count;
    bool named;   /* needs a name in quotes; each one is a row of an array */
    bool channel; /* a channel, which receives messages */
    struct {
        size_t list, count; /* offsets in struct conf: of the array, and of its number of rows */
        size_t size;        /* of a row */
        size_t name, at;    /* offsets in it: owned text, struct conf_place */
    } rows;
    /* Reads the name; on false `err` says what would be accepted. NULL: letters and digits. */
    bool (*name)(const char *given, char out[static CONF_NAME_MAX], struct error *err);
    /* Further work when it begins (r->base, with defaults set). NULL: nothing. */
    void (*open)(struct conf_reader *r);
    /* Checks keys that need or exclude each other, once the section (without a name: the file) is
     * complete; then, after all of these, sections that do so. NULL: none. */
    void (*check)(struct conf_reader *r);
    void (*settle)(struct conf_reader *r);
    void (*free)(void *row); /* all but its name; NULL: nothing else is owned */
};
#define SECTIONS_MAX 24
#define SECTION_NONE SIZE_MAX /* no section */
extern const struct conf_section *const conf_sections[];
extern const size_t conf_section_count;

/* A word and its value; ends with a NULL word. */
struct conf_word {
    const char *word;
    int value;
};

/*
 * Reads `value` into `field`. On false `err` says what would be accepted, without the value and
 * without the name of the key. Lists append.
 */
typedef bool conf_parser(struct conf_reader *r, const struct conf_key *k, void *field,
                         const char *value, struct error *err);

struct conf_key {
    struct conf_key_info info; /* its section is filled in by conf_keys() */
    conf_parser *parse;
    size_t field;  /* offset in the struct of the section; of the plain sections: in struct conf */
    size_t has;    /* offset of the bool that says whether it was set; 0: none */
    int64_t least; /* of numbers and durations (ms); a parser may use both as it likes */
    int64_t most;
    const struct conf_word *words;
    bool prose; /* default_text describes the default, it is not a value */
};
#define CONF_KEYS_MAX     160 /* of all sections */
#define CONF_SECTION_KEYS 32

/* What a secret file has to hold, in conf_key.least. */
enum secret_kind {
    SECRET_ANY = 0,
    SECRET_URL,
    SECRET_LABEL,    /* of a DNS name */
    SECRET_WORD,     /* visible ASCII: it goes into a header or JSON */
    SECRET_DOCUMENT, /* several lines of text */
    SECRET_SIGNING,  /* a key of Standard Webhooks */
};

/* A secret whose file is read when everything else is. Arrays move, so the place is relative. */
struct conf_pending {
    void *const *base; /* borrowed from the struct conf: pointer to the array, or NULL: the conf */
    size_t offset;     /* of the struct secret */
    char *path;        /* owned */
    char *section;     /* owned: as errors show it */
    const struct conf_key *key;
    int line;
};

struct conf_reader {
    struct conf *c;
    char *dir; /* owned: absolute folder of the file */
    struct errors *errors, *warnings;

    size_t section;
    char name[CONF_NAME_MAX]; /* of a named section; "": none, or an invalid one */
    bool skip;                /* in an unknown section: its keys are not checked */
    size_t meant;             /* which section was probably meant; SECTION_NONE: unknown */
    int section_line;
    void *base;                                /* what key offsets count from */
    void *const *array;                        /* base lies in *array; NULL: base is the conf */
    int seen[SECTIONS_MAX][CONF_SECTION_KEYS]; /* line of each key; 0: not given */
    int plain[SECTIONS_MAX];                   /* line of each section without name; 0: not there */
    int line;                                  /* of the value being read */
    bool open_to_others;                       /* by the modes of file and folder */
    bool shard_by_index;                       /* the number is that of a pod, whose name changes */

    struct conf_pending *pending; /* owned */
    size_t pending_count;
};

/* conf_parse() of a file that others may or may not read. */
bool conf_read(const char *path, const char *text, size_t len, bool open_to_others,
               struct conf *out, struct errors *errors, struct errors *warnings);

/* A section as errors show it, without brackets: by its name when it is the one being read. */
#define CONF_SECTION_SHOWN (CONF_NAME_MAX + 16)
void conf_show_section(const struct conf_reader *r, size_t section,
                       char out[static CONF_SECTION_SHOWN]);

/* Adds an error at `line` that begins with the section (by its name when it is the one being
 * read), and the key unless NULL. False. */
bool conf_complain(struct conf_reader *r, int line, size_t section, const char *key,
                   const char *what);

/*
 * Splits "HOST", "HOST:PORT", "[V6]:PORT" or a bare IPv6 address. `port` keeps its value when none
 * is written. False: neither.
 */
bool conf_split_port(const char *value, char *host, size_t size, uint16_t *port);

/* Line of a key of the present section; 0: it is not there. Aborts for a key that isn't one. */
int conf_given(const struct conf_reader *r, const char *key);

bool conf_has_key(size_t section, const char *word);

/* In a check: the section lacks a key; or `key` is given although it has no meaning here. */
void conf_missing(struct conf_reader *r, const char *key, const char *why);
void conf_useless(struct conf_reader *r, const char *key, const char *why);

/* The sections of a kind that has names. */
struct conf_list {
    char *rows; /* owned by the struct conf */
    size_t count;
};
struct conf_list conf_list_of(const struct conf *c, const struct conf_section *s);
void conf_list_set(struct conf *c, const struct conf_section *s, struct conf_list list);
char *conf_row_name(const struct conf_section *s, const void *row);

/* "main/data", owned by the caller. */
char *conf_list_name(const char *account, const char *what);

void conf_free_strings(char **list, size_t count);

/* Fills the defaults of every key of a section into `base`. */
void conf_defaults(struct conf_reader *r, size_t section, void *base);

/* What must hold when a section, or the file, is complete (conf_check.c). */
void conf_check_section(struct conf_reader *r);
void conf_check_file(struct conf_reader *r);

/*
 * Whether an error may repeat an unknown word of the file: one that looks like a word a person
 * typed, not like a piece of a secret that got onto a line of its own.
 */
bool conf_may_show(const char *word);

/* Adds the error for a section, or a key of the present one, that does not exist. */
struct conf_item;
void conf_unknown_section(struct conf_reader *r, const struct conf_item *item);
void conf_unknown_key(struct conf_reader *r, const struct conf_item *item);

/* Replaces `err` by what the value seems to be and what to write instead; false: not known. */
bool conf_mistaken(const char *value, struct error *err);

extern const struct conf_word conf_severity_words[], conf_webhook_formats[];

conf_parser value_text, value_instance, value_path, value_file, value_duration, value_uint,
    value_u64, value_real, value_bool, value_word, value_flag_word, value_flap, value_target_ip,
    value_target_name, value_target_file, value_spf_include, value_resolver, value_code,
    value_error, value_test, value_families, value_trust, value_reporter, value_percent, value_zone,
    value_link, value_base_url, value_cover, value_date, value_helo, value_mailbox, value_log_file,
    value_selectors, value_domain_name, value_senders, value_log_address, value_log_tag,
    value_log_smarthost, value_timezone, value_mailboxes, value_server, value_tls, value_only,
    value_shard, value_share, value_secret_file, value_secret_url, value_postmaster_domains;

/* conf_secret.c: reads a secret that the file named, once it is known whose it must be. */
void conf_read_secret(struct conf_reader *r, const struct conf_pending *p);

#endif
