/* SPDX-License-Identifier: ISC */
#include "repmon/conf.h"

#include "conf_parse.h"
#include "repmon/buf.h"
#include "repmon/file.h"
#include "repmon/limits.h"
#include "repmon/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *conf_host_name(void)
{
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) != 0 || !*host)
        return mem_dup("localhost");
    return mem_dup(host);
}

void conf_init(struct conf *c)
{
    struct conf_reader r = {.c = c, .dir = ""};
    memset(c, 0, sizeof *c);
    c->instance = conf_host_name();
    for (size_t i = 0; i < conf_section_count; i++) {
        if (!conf_sections[i]->named)
            conf_defaults(&r, i, c);
    }
}

/* ---- freeing ---- */

void conf_free_strings(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static void conf_free_rows(struct conf *c, const struct conf_section *s)
{
    struct conf_list list = conf_list_of(c, s);
    for (size_t i = 0; i < list.count; i++) {
        char *row = list.rows + i * s->rows.size;
        if (s->free)
            s->free(row);
        free(conf_row_name(s, row));
    }
    free(list.rows);
    conf_list_set(c, s, (struct conf_list){0}); /* two sections share the array of channels */
}

void conf_fini(struct conf *c)
{
    for (size_t i = 0; i < c->target_count; i++) {
        free(c->targets[i].text);
        free(c->targets[i].label);
    }
    for (size_t i = 0; i < conf_section_count; i++) {
        if (conf_sections[i]->named)
            conf_free_rows(c, conf_sections[i]);
    }
    for (size_t i = 0; i < c->ptr.helo_count; i++)
        free(c->ptr.helo[i].name);
    free(c->targets);
    free(c->ptr.helo);
    free(c->resolvers);
    conf_free_strings(c->spf_includes, c->spf_include_count);
    char *const texts[] = {
        c->path,      c->state,           c->instance,   c->user,          c->group,
        c->ca_file,   c->talos.url,       c->talos.zone, c->talos.command, c->prometheus_textfile,
        c->html_file, c->dnsbl_catalogue, c->refusals};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        free(texts[i]);
    secret_free(c->ping_url.text);
    memset(c, 0, sizeof *c);
}

/* ---- loading ---- */

static bool conf_unreadable(const char *path, int code, struct errors *errors)
{
    bool denied = code == EACCES || code == EPERM;
    const char *cure = "";
    if (denied)
        cure = "; use sudo, or put this user into the file's group (as root: adduser USER repmon)";
    else if (code == ENOENT)
        cure = "; name one with --config FILE, or copy config.example there";
    return errors_add(errors, denied ? ERR_PERMISSION : ERR_INPUT, path, 0,
                      "can't read the configuration: %s%s", strerror(code), cure);
}

/* The whole file, at most LIMIT_CONF_FILE bytes. */
static bool conf_read_file(const char *path, struct buf *text, struct stat *st,
                           struct errors *errors)
{
    int problem = file_read(path, text, st);
    if (problem == EFBIG)
        return errors_add(errors, ERR_CONFIG, path, 0, "the configuration is larger than %u bytes",
                          LIMIT_CONF_FILE);
    return problem == 0 || conf_unreadable(path, problem, errors);
}

/* A file in a folder that others can't enter is not readable to them, whatever its mode. */
static bool conf_is_open_to_others(const char *path, const struct stat *st)
{
    struct stat folder;
    char *real = realpath(path, NULL); /* the folder of the file, not of a link to it */
    char *holds_it = file_folder(real ? real : path);
    free(real);
    bool shut = stat(holds_it, &folder) == 0 && !(folder.st_mode & S_IXOTH);
    free(holds_it);
    return st->st_mode & S_IROTH && !shut;
}

bool conf_load(const char *path, struct conf *out, struct errors *errors, struct errors *warnings)
{
    struct buf text;
    struct stat st;
    buf_init(&text, LIMIT_CONF_FILE);
    memset(out, 0, sizeof *out);
    bool ok = conf_read_file(path, &text, &st, errors);
    if (ok)
        ok = conf_read(path, buf_text(&text), text.len, conf_is_open_to_others(path, &st), out,
                       errors, warnings);
    if (text.data)
        explicit_bzero(text.data, text.cap);
    buf_fini(&text);
    return ok;
}

bool conf_parse(const char *path, const char *text, size_t len, struct conf *out,
                struct errors *errors, struct errors *warnings)
{
    return conf_read(path, text, len, false, out, errors, warnings);
}

/* ---- the table, for those outside ---- */

const struct conf_key_info *conf_keys(size_t *count)
{
    static struct conf_key_info infos[CONF_KEYS_MAX];
    *count = 0;
    for (size_t i = 0; i < conf_section_count; i++) {
        const struct conf_section *s = conf_sections[i];
        for (size_t k = 0; k < s->key_count; k++) {
            infos[*count] = s->keys[k].info;
            infos[(*count)++].section = s->shown;
        }
    }
    return infos;
}

enum error_class conf_exit_class(const struct errors *errors)
{
    for (size_t i = 1; i < errors->count; i++) {
        if (errors->items[i].class != errors->items[0].class)
            return ERR_CONFIG;
    }
    return errors->count ? errors->items[0].class : ERR_NONE;
}
