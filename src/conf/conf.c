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
    for (int i = 0; i < SECTION_COUNT; i++) {
        if (!conf_sections[i].named)
            conf_defaults(&r, (enum conf_section_id)i, c);
    }
}

/* ---- freeing ---- */

static void conf_free_strings(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static void conf_free_dnsbl(struct conf_dnsbl *d)
{
    for (size_t i = 0; i < d->code_count; i++) {
        free(d->codes[i].match);
        free(d->codes[i].name);
    }
    free(d->codes);
    conf_free_strings(d->errors, d->error_count);
    free(d->zone);
    free(d->test);
    free(d->zone6);
    free(d->url);
    free(d->delist);
    secret_free(d->key.text);
}

static void conf_free_snds(struct conf_snds *s)
{
    free(s->name);
    free(s->status_list);
    free(s->data_list);
    free(s->covers);
    free(s->api);
    free(s->authority);
    secret_free(s->data_url.text);
    secret_free(s->status_url.text);
}

static void conf_free_postmaster(struct conf_postmaster *p)
{
    conf_free_strings(p->domains, p->domain_count);
    free(p->name);
    free(p->spam_list);
    free(p->delivery_list);
    free(p->compliance_list);
    free(p->subject);
    free(p->api);
    free(p->authority);
    secret_free(p->client.text);
}

static void conf_free_channel(struct conf_channel *ch)
{
    conf_free_strings(ch->to, ch->to_count);
    free(ch->name);
    free(ch->from);
    free(ch->host);
    free(ch->user);
    free(ch->command);
    free(ch->room);
    secret_free(ch->password.text);
    secret_free(ch->url.text);
    secret_free(ch->secret.text);
    secret_free(ch->token.text);
    secret_free(ch->routing_key.text);
}

static void conf_free_domain(struct conf_domain *d)
{
    conf_free_strings(d->selectors, d->selector_count);
    free(d->senders);
    free(d->envelope);
    free(d->name);
}

static void conf_free_log(struct conf_log *l)
{
    for (size_t i = 0; i < l->tag_count; i++)
        free(l->tags[i].name);
    conf_free_strings(l->files, l->file_count);
    conf_free_strings(l->smarthosts, l->smarthost_count);
    free(l->tags);
    free(l->addresses);
    free(l->name);
    free(l->journal);
    free(l->timezone);
}

static void conf_free_reports(struct conf_reports *r)
{
    conf_free_strings(r->trust, r->trust_count);
    conf_free_strings(r->reporters, r->reporter_count);
    free(r->maildir);
    free(r->name);
}

void conf_fini(struct conf *c)
{
    for (size_t i = 0; i < c->target_count; i++) {
        free(c->targets[i].text);
        free(c->targets[i].label);
    }
    for (size_t i = 0; i < c->dnsbl_count; i++)
        conf_free_dnsbl(&c->dnsbls[i]);
    for (size_t i = 0; i < c->snds_count; i++)
        conf_free_snds(&c->snds[i]);
    for (size_t i = 0; i < c->postmaster_count; i++)
        conf_free_postmaster(&c->postmasters[i]);
    for (size_t i = 0; i < c->log_count; i++)
        conf_free_log(&c->logs[i]);
    for (size_t i = 0; i < c->receiver_count; i++)
        free(c->receivers[i].name);
    for (size_t i = 0; i < c->domain_count; i++)
        conf_free_domain(&c->domains[i]);
    for (size_t i = 0; i < c->reports_count; i++)
        conf_free_reports(&c->reports[i]);
    free(c->domains);
    free(c->reports);
    free(c->logs);
    free(c->receivers);
    for (size_t i = 0; i < c->channel_count; i++)
        conf_free_channel(&c->channels[i]);
    for (size_t i = 0; i < c->ptr.helo_count; i++)
        free(c->ptr.helo[i].name);
    free(c->targets);
    free(c->dnsbls);
    free(c->snds);
    free(c->postmasters);
    free(c->channels);
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
        cure = "; name one with -c FILE, or copy config.example there";
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

/* What stands in a folder that others can't enter is not open to them, whatever its own mode. */
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
    for (size_t i = 0; i < conf_key_count; i++)
        infos[i] = conf_key_table[i].info;
    *count = conf_key_count;
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
