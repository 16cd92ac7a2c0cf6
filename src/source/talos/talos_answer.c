/* SPDX-License-Identifier: ISC */
/*
 * The page of HTML. libxml2 repairs whatever it is given, so a page counts only when it is
 * complete, names the address, and shows one value beside one of the labels. Words outside the
 * vocabulary are not taken as values here, because any sentence may follow a label.
 */
#include "talos_answer.h"

#include "repmon/limits.h"

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 255 /* nested elements; beyond it libxml2 gives up, and so do we */
#define NODES_MAX 16  /* places where one label may occur */

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ:"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define LABEL(text)                                                                                \
    "//*[not(*)][translate(normalize-space(.), '" UPPER "', '" LOWER "') = '" text "']"

static const char *const level_labels[] = {LABEL("email reputation"), LABEL("sender ip reputation"),
                                           LABEL("sender reputation"),
                                           LABEL("senderbase reputation")};
static const char *const owner_labels[] = {LABEL("network owner"), LABEL("organization")};
static const char *const change_labels[] = {LABEL("volume change")};

/* Deep trees kill through recursion, as in libxml2's own XPath: they are turned away first. */
static bool talos_too_deep(const xmlNode *root)
{
    size_t depth = 0;
    for (const xmlNode *n = root; n;) {
        if (n->type == XML_ELEMENT_NODE && n->children) {
            n = n->children;
            if (++depth > DEPTH_MAX)
                return true;
            continue;
        }
        while (n && n != root && !n->next) {
            n = n->parent;
            depth--;
        }
        n = n == root || !n ? NULL : n->next;
    }
    return false;
}

static char *talos_text_of(const xmlNode *node)
{
    xmlChar *raw = xmlNodeGetContent(node);
    struct buf clean;
    buf_init(&clean, 1024);
    const char *s = raw ? (const char *)raw : "";
    s += strspn(s, " \t\r\n");
    size_t len = strlen(s);
    while (len && strchr(" \t\r\n", s[len - 1]))
        len--;
    buf_clean(&clean, s, len, 256);
    xmlFree(raw);
    char *text = buf_take(&clean);
    buf_fini(&clean);
    return text;
}

static const xmlNode *talos_next_element(const xmlNode *n)
{
    do {
        n = n->next;
    } while (n && n->type != XML_ELEMENT_NODE);
    return n;
}

/* The element beside a label: its next sibling, or that of the element around it. */
static const xmlNode *talos_beside(const xmlNode *label)
{
    const xmlNode *n = talos_next_element(label);
    if (!n && label->parent && label->parent->type == XML_ELEMENT_NODE)
        n = talos_next_element(label->parent);
    return n;
}

/* Calls take() with the text beside each occurrence of these labels. */
static void talos_each_value(xmlXPathContext *ctx, const char *const *labels, size_t count,
                             void (*take)(void *arg, const char *text), void *arg)
{
    for (size_t i = 0; i < count; i++) {
        xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)labels[i], ctx);
        int places = found && found->nodesetval ? found->nodesetval->nodeNr : 0;
        for (int p = 0; p < places && p < NODES_MAX; p++) {
            const xmlNode *value = talos_beside(found->nodesetval->nodeTab[p]);
            char *text = value ? talos_text_of(value) : NULL;
            if (text)
                take(arg, text);
            free(text);
        }
        xmlXPathFreeObject(found);
    }
}

struct talos_found {
    char word[TALOS_LEVEL_MAX]; /* "": none yet */
    bool no_data, clash;
};

static void talos_take_level(void *arg, const char *text)
{
    struct talos_found *f = arg;
    char word[TALOS_LEVEL_MAX];
    bool no_data = false;
    if (!talos_word(text, strlen(text), word, &no_data) || !word[0] ||
        (!no_data && !talos_word_is_known(word)))
        return;
    f->clash |= f->word[0] && strcmp(f->word, word) != 0;
    f->no_data = no_data;
    memcpy(f->word, word, sizeof word);
}

static void talos_take_owner(void *arg, const char *text)
{
    struct talos_reading *out = arg;
    if (!out->organisation[0] && strlen(text) < TALOS_TEXT_MAX)
        snprintf(out->organisation, sizeof out->organisation, "%s", text);
}

static void talos_take_change(void *arg, const char *text)
{
    struct talos_reading *out = arg;
    char *end;
    double value = strtod(text, &end);
    if (end != text && (*end == '\0' || *end == '%' || *end == ' '))
        out->change = (struct talos_number){true, value};
}

/* Whether the page is about this address: it stands alone in a text node or in the form's field. */
static bool talos_names_address(xmlXPathContext *ctx, const struct ip *ip)
{
    char address[IP_TEXT_MAX], path[4 * IP_TEXT_MAX + 128];
    ip_format(ip, address);
    snprintf(path, sizeof path, "//*[text()[normalize-space(.) = '%s']] | //input[@value = '%s']",
             address, address);
    xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)path, ctx);
    bool yes = found && found->nodesetval && found->nodesetval->nodeNr > 0;
    xmlXPathFreeObject(found);
    return yes;
}

static void talos_ignore_error(void *ctx, const char *fmt, ...)
{
    (void)ctx;
    (void)fmt;
}

static void talos_read_page(xmlDoc *doc, const struct ip *ip, struct talos_reading *out)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    xmlXPathContext *ctx = NULL;
    struct talos_found found = {0};
    if (!root || talos_too_deep(root) || !(ctx = xmlXPathNewContext(doc)))
        return;
    if (talos_names_address(ctx, ip)) {
        talos_each_value(ctx, level_labels, sizeof level_labels / sizeof *level_labels,
                         talos_take_level, &found);
        talos_each_value(ctx, owner_labels, sizeof owner_labels / sizeof *owner_labels,
                         talos_take_owner, out);
        talos_each_value(ctx, change_labels, sizeof change_labels / sizeof *change_labels,
                         talos_take_change, out);
        if (found.word[0] && !found.clash)
            talos_settle(out, found.word, strlen(found.word), true);
    }
    xmlXPathFreeContext(ctx);
}

/* In a page that was cut off, half a word looks like a whole one. */
static bool talos_is_complete(const char *text, size_t len)
{
    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    return len >= 7 && strncasecmp(text + len - 7, "</html>", 7) == 0;
}

void talos_html(const char *text, size_t len, const struct ip *ip, struct talos_reading *out)
{
    *out = (struct talos_reading){.cause = CAUSE_BAD_FORMAT};
    if (len > LIMIT_HTTP_BODY || memchr(text, '\0', len) || !talos_is_complete(text, len))
        return;
    xmlSetGenericErrorFunc(NULL, talos_ignore_error);
    xmlDoc *doc = htmlReadMemory(text, (int)len, NULL, "UTF-8",
                                 HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                     HTML_PARSE_RECOVER);
    if (doc)
        talos_read_page(doc, ip, out);
    xmlFreeDoc(doc);
}
