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

enum conf_section_id {
    SECTION_REPMON = 0,
    SECTION_TARGETS,
    SECTION_DNS,
    SECTION_DNSBL,
    SECTION_ZONE,
    SECTION_SNDS,
    SECTION_POSTMASTER,
    SECTION_TALOS,
    SECTION_PTR,
    SECTION_LOG,
    SECTION_RECEIVER,
    SECTION_DOMAIN,
    SECTION_REPORTS,
    SECTION_MAIL,
    SECTION_WEBHOOK,
    SECTION_PROMETHEUS,
    SECTION_HTML,
    SECTION_PING,
    SECTION_COUNT
};

struct conf_section {
    const char *word;
    const char *shown; /* as people write it: talos, mail "NAME" */
    bool named;        /* needs a name in quotes */
    bool channel;      /* is one: told of what happens */
};
extern const struct conf_section conf_sections[SECTION_COUNT];

/* A word and what it stands for; ends with a NULL word. */
struct conf_word {
    const char *word;
    int value;
};

struct conf_key;
struct conf_reader;

/*
 * Reads `value` into `field`. On false `err` says what would be accepted, without the value and
 * without the name of the key. Lists append.
 */
typedef bool conf_parser(struct conf_reader *r, const struct conf_key *k, void *field,
                         const char *value, struct error *err);

struct conf_key {
    enum conf_section_id section;
    struct conf_key_info info;
    conf_parser *parse;
    size_t field;  /* offset in the struct of the section; of the plain sections: in struct conf */
    size_t has;    /* offset of the bool that tells that it was set; 0: none */
    int64_t least; /* of numbers and durations (ms); a parser may use both as it likes */
    int64_t most;
    const struct conf_word *words;
    bool prose; /* default_text describes the default, it is not a value */
};
#define CONF_KEYS_MAX 160
extern const struct conf_key conf_key_table[];
extern const size_t conf_key_count;

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

    enum conf_section_id section;
    char name[CONF_NAME_MAX];   /* of a section with a name; "": none, or not one that holds */
    bool skip;                  /* in a section that is not known: its keys are nobody's */
    enum conf_section_id meant; /* by such a section, as far as one can tell; SECTION_COUNT */
    int section_line;
    void *base;               /* what key offsets count from */
    void *const *array;       /* base lies in *array; NULL: base is the conf */
    int seen[CONF_KEYS_MAX];  /* line of each key of the table in the section; 0: not given */
    int plain[SECTION_COUNT]; /* line of each section without name; 0: not there */
    int line;                 /* of the value being read */
    bool open_to_others;      /* by the modes of file and folder */
    bool shard_by_index;      /* the number is that of a pod, whose name changes */

    struct conf_pending *pending; /* owned */
    size_t pending_count;
};

/* conf_parse() of a file that others may or may not read. */
bool conf_read(const char *path, const char *text, size_t len, bool open_to_others,
               struct conf *out, struct errors *errors, struct errors *warnings);

/* A section as errors show it, without brackets: by its name when it is the one being read. */
#define CONF_SECTION_SHOWN (CONF_NAME_MAX + 16)
void conf_show_section(const struct conf_reader *r, enum conf_section_id section,
                       char out[static CONF_SECTION_SHOWN]);

/* Adds an error at `line` that begins with the section (by its name when it is the one being
 * read), and the key unless NULL. False. */
bool conf_complain(struct conf_reader *r, int line, enum conf_section_id section, const char *key,
                   const char *what);

/*
 * Splits "HOST", "HOST:PORT", "[V6]:PORT" or a bare IPv6 address. `port` keeps its value when none
 * is written. False: neither.
 */
bool conf_split_port(const char *value, char *host, size_t size, uint16_t *port);

/* Line of a key of the present section; 0: it is not there. Aborts for a key that isn't one. */
int conf_given(const struct conf_reader *r, const char *key);

/* Fills the defaults of every key of a section into `base`. */
void conf_defaults(struct conf_reader *r, enum conf_section_id section, void *base);

/* What must hold when a section, or the file, is complete (conf_check.c). */
void conf_check_section(struct conf_reader *r);
void conf_check_file(struct conf_reader *r);
void conf_check_webhook(struct conf_reader *r);    /* conf_webhook.c */
void conf_check_postmaster(struct conf_reader *r); /* conf_postmaster.c */
void conf_settle_postmaster(struct conf_reader *r);

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

conf_parser value_text, value_instance, value_path, value_file, value_duration, value_uint, value_u64, value_real, value_bool,
    value_word, value_flag_word, value_flap, value_target_ip, value_target_name, value_target_file,
    value_spf_include, value_resolver, value_code, value_error, value_test, value_families,
    value_trust, value_reporter, value_percent, value_zone, value_link, value_base_url, value_cover,
    value_date, value_helo, value_mailbox, value_log_file, value_selectors, value_domain_name,
    value_senders, value_log_address, value_log_tag, value_log_smarthost, value_timezone,
    value_mailboxes, value_server, value_tls, value_only, value_shard, value_share,
    value_secret_file, value_secret_url, value_postmaster_domains;

/* conf_secret.c: reads a secret that the file named, once it is known whose it must be. */
void conf_read_secret(struct conf_reader *r, const struct conf_pending *p);

#endif
