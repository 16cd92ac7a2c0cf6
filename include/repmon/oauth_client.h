/* SPDX-License-Identifier: ISC */
/*
 * Who asks an OAuth server for tokens, and what it answers (RFC 6749, 7523, 7636): either a person
 * logged in once and a refresh token is kept (oauth_token.h), or a service account signs for
 * itself and nothing is kept.
 */
#ifndef REPMON_OAUTH_CLIENT_H
#define REPMON_OAUTH_CLIENT_H

#include "repmon/buf.h"
#include "repmon/error.h"
#include "repmon/oauth_token.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* What all clients of a server have in common. Constant text. */
struct oauth_server {
    const char *name;  /* "Microsoft" */
    const char *extra; /* of the address a person opens, besides what RFC 6749 names: "a=b&c=d" */
    const char *scope;
    bool repeats_scope; /* each request to the token endpoint names it too */
    bool describes;     /* its error_description is meant for people, and is shown */
};

/* Zero is none. Strings owned; secret, key and what holds them are wiped by oauth_client_fini(). */
struct oauth_client {
    const struct oauth_server *server; /* borrowed */
    char *account;                     /* the name of its section */
    char *token_path;                  /* where its login is kept */
    char *authorize_url, *token_url;
    char *id;
    char *secret; /* NULL: a public client */
    /* A service account, else all NULL: */
    char *email, *key_id, *subject; /* the latter two may be NULL */
    char *key;                      /* PEM */
};

void oauth_client_fini(struct oauth_client *c);

/* Whether no login is needed. */
bool oauth_client_signs(const struct oauth_client *c);

/*
 * Reads the JSON that Google's console gives for a client ("installed", "web") or for a service
 * account, into what is empty yet. Pure. The error says what is missing and never repeats a value.
 */
bool oauth_client_read(const char *text, size_t len, struct oauth_client *c, struct error *err);

/* Appends "&key=value" (without & when `out` is empty), percent-encoded. */
void oauth_form_add(struct buf *out, const char *key, const char *value);

/* The form of a refresh, or of a service account's request at `now`. Holds a secret. False: the
 * key can't sign. */
bool oauth_request_form(const struct oauth_client *c, const struct oauth_token *t, time_t now,
                        struct buf *out, struct error *err);

/* The form that exchanges the code of a login, and the address a person opens to get one. */
struct oauth_proof {
    const char *redirect, *state, *verifier, *challenge; /* borrowed */
};
void oauth_code_form(const struct oauth_client *c, const struct oauth_proof *p, const char *code,
                     struct buf *out);
void oauth_authorize_url(const struct oauth_client *c, const struct oauth_proof *p,
                         struct buf *out);

enum oauth_reply {
    OAUTH_NEW = 0, /* *t holds it; *rotated: also another refresh token */
    OAUTH_REFUSED, /* a person has to log in again, or to look at the service account */
    OAUTH_TROUBLE  /* anything else; the token may still be good */
};
#define OAUTH_ERROR_MAX 64
struct oauth_body {
    int status;
    const char *text; /* borrowed */
    size_t len;
};
/* Reads a reply of the token endpoint. `err` says what was wrong, without secrets; `code` is the
 * server's word for it ("invalid_grant"), "" when it gave none. */
enum oauth_reply oauth_reply_read(const struct oauth_server *server, const struct oauth_body *body,
                                  time_t now, struct oauth_token *t, bool *rotated,
                                  char code[static OAUTH_ERROR_MAX], struct error *err);

#define OAUTH_JWT_MAX 8192
/* A JSON Web Token of the service account, valid for an hour from `now` (RFC 7519, RS256). */
bool oauth_jwt(const struct oauth_client *c, time_t now, struct buf *out, struct error *err);

#endif
