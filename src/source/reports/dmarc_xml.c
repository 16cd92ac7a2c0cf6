/* SPDX-License-Identifier: ISC */
#include "dmarc_xml.h"

#include "dmarc_bytes.h"
#include "dmarc_names.h"
#include "dmarc_record.h"
#include "report_text.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORGIVEN_MAX 1000 /* a normal report has a few; each takes as long as an element */
#define HELD_MAX                                                                                   \
    (256L << 10) /* bytes the parser may hold back: it scans all of them again each time */
#define SLICE    (16u << 10) /* bytes given to the parser at once */
#define TEXT_MAX 1024        /* of one element; a domain has at most 253 */

struct element {
    enum dmarc_role role;
    const xmlChar *name; /* borrowed from the parser's dictionary */
};

struct dmarc_xml {
    xmlParserCtxt *parser; /* owned */
    struct dmarc_bytes bytes;
    struct buf clean;
    struct dmarc_record record;
    struct element stack[REPORT_DEPTH_MAX];
    int depth;
    char text[TEXT_MAX];
    size_t text_len;
    bool text_over; /* longer than any valid value */
    bool begun;     /* a feedback element was seen */
    bool whole;     /* its end was seen too */
    bool no_report;
    int forgiven;        /* errors */
    bool last;           /* the parser knows that there are no more bytes */
    char *ends;          /* owned: the name of an end tag that does not match the open element */
    const xmlChar *root; /* namespace of the feedback element, borrowed; NULL: none */
    int problem_line;
    const char *problem; /* static */
};

static bool dmarc_xml_is_over(const struct dmarc_xml *x)
{
    return x->whole || x->no_report || x->problem;
}

static void dmarc_xml_fail(struct dmarc_xml *x, const char *problem)
{
    if (dmarc_xml_is_over(x))
        return;
    x->problem = problem;
    x->problem_line = xmlSAX2GetLineNumber(x->parser);
    xmlStopParser(x->parser);
}

static void dmarc_xml_stop(struct dmarc_xml *x)
{
    x->no_report = true;
    xmlStopParser(x->parser);
}

/* Bad XML is a bad report only if it began as a report. */
static void dmarc_xml_give_up(struct dmarc_xml *x, const char *problem)
{
    if (x->begun)
        dmarc_xml_fail(x, problem);
    else if (!dmarc_xml_is_over(x))
        dmarc_xml_stop(x);
}

/* Called before any of a DTD is read. HTML has a DOCTYPE too, but is not a report. */
static void dmarc_xml_on_doctype(void *context, const xmlChar *name, const xmlChar *id,
                                 const xmlChar *uri)
{
    struct dmarc_xml *x = context;
    (void)id;
    (void)uri;
    if (dmarc_xml_is_over(x))
        return;
    if (name && xmlStrcasecmp(name, (const xmlChar *)"html") == 0)
        dmarc_xml_stop(x);
    else
        dmarc_xml_fail(x, "it has a DOCTYPE, which no report has");
}

static bool dmarc_xml_is_ours(const struct dmarc_xml *x, const xmlChar *uri)
{
    return dmarc_is_namespace((const char *)uri) || (x->root && xmlStrEqual(uri, x->root));
}

/*
 * The role of an element, and how many of the open elements then remain open: one whose end tag is
 * missing ends where a child of an enclosing element begins.
 */
static enum dmarc_role dmarc_xml_place(const struct dmarc_xml *x, const char *name, int *depth)
{
    for (*depth = x->depth; *depth > 0; (*depth)--) {
        enum dmarc_role parent = x->stack[*depth - 1].role;
        if (parent == DMARC_UNKNOWN)
            break;
        enum dmarc_role role = dmarc_role_of(parent, name);
        if (role != DMARC_UNKNOWN)
            return role;
    }
    *depth = x->depth;
    return DMARC_UNKNOWN;
}

static void dmarc_xml_close_to(struct dmarc_xml *x, int depth)
{
    while (x->depth > depth && !x->problem) {
        enum dmarc_role role = x->stack[--x->depth].role;
        if (dmarc_is_text(role))
            dmarc_record_text(&x->record, role, x->text, x->text_over ? 0 : x->text_len);
        else
            dmarc_record_end(&x->record, role);
        x->text_len = 0;
        x->text_over = false;
        if (role == DMARC_FEEDBACK)
            x->whole = true;
    }
    if (x->record.problem)
        dmarc_xml_fail(x, x->record.problem);
}

static void dmarc_xml_begin_root(struct dmarc_xml *x, const char *name, const xmlChar *uri)
{
    if (strcmp(name, "feedback") == 0) {
        x->begun = true;
        x->root = uri;
    } else if (strcmp(name, "schema") != 0 && strcmp(name, "xs:schema") != 0) {
        dmarc_xml_stop(
            x); /* a stray xs:schema around or before a report occurs; anything else is no report */
    }
}

static void dmarc_xml_on_start(void *context, const xmlChar *local, const xmlChar *prefix,
                               const xmlChar *uri, int namespaces, const xmlChar **namespace,
                               int attributes, int defaulted, const xmlChar **attribute)
{
    struct dmarc_xml *x = context;
    const char *name = (const char *)local;
    (void)prefix, (void)namespaces, (void)namespace;
    (void)attributes, (void)defaulted, (void)attribute;
    if (dmarc_xml_is_over(x))
        return;
    if (!x->begun)
        dmarc_xml_begin_root(x, name, uri);
    if (!x->begun)
        return;
    int depth = x->depth;
    enum dmarc_role role = DMARC_UNKNOWN;
    if (x->depth == 0)
        role = dmarc_role_of(DMARC_DOCUMENT, name);
    else if (dmarc_xml_is_ours(x, uri))
        role = dmarc_xml_place(x, name, &depth);
    dmarc_xml_close_to(x, depth);
    if (dmarc_xml_is_over(x))
        return;
    if (x->depth == REPORT_DEPTH_MAX) {
        dmarc_xml_fail(x, "its elements are nested deeper than 16");
        return;
    }
    x->stack[x->depth++] = (struct element){role, local};
    x->text_len = 0;
    x->text_over = false;
    dmarc_record_begin(&x->record, role);
    if (x->record.problem)
        dmarc_xml_fail(x, x->record.problem);
}

static void dmarc_xml_on_end(void *context, const xmlChar *local, const xmlChar *prefix,
                             const xmlChar *uri)
{
    struct dmarc_xml *x = context;
    (void)prefix, (void)uri;
    const xmlChar *name = x->ends ? (const xmlChar *)x->ends : local;
    int depth = x->depth;
    if (!dmarc_xml_is_over(x) && x->begun) {
        while (depth > 0 && !xmlStrEqual(x->stack[depth - 1].name, name))
            depth--;
        if (depth > 0)
            dmarc_xml_close_to(x, depth - 1);
        else if (!x->last)
            dmarc_xml_fail(x, "an element ends that never began");
    }
    free(x->ends);
    x->ends = NULL;
}

static void dmarc_xml_on_text(void *context, const xmlChar *text, int len)
{
    struct dmarc_xml *x = context;
    if (dmarc_xml_is_over(x) || x->depth == 0 || !dmarc_is_text(x->stack[x->depth - 1].role))
        return;
    size_t n = (size_t)len;
    if (n > sizeof x->text - x->text_len) {
        x->text_over = true;
        return;
    }
    memcpy(x->text + x->text_len, text, n);
    x->text_len += n;
}

/* Errors that cost a letter of text at most: "AT&T", "&nbsp;", a prefix that was never declared. */
static bool dmarc_xml_is_forgiven(int code)
{
    return code == XML_ERR_NAME_REQUIRED || code == XML_ERR_ENTITYREF_SEMICOL_MISSING ||
           code == XML_ERR_UNDECLARED_ENTITY || code == XML_ERR_INVALID_CHARREF ||
           code == XML_ERR_INVALID_CHAR;
}

static void dmarc_xml_on_error(void *context, xmlError *e)
{
    struct dmarc_xml *x = context;
    if (dmarc_xml_is_over(x) || e->level < XML_ERR_FATAL)
        return;
    if (dmarc_xml_is_forgiven(e->code) && x->forgiven++ < FORGIVEN_MAX)
        return;
    if (e->code == XML_ERR_TAG_NAME_MISMATCH && e->str2) {
        const char *colon = strchr(e->str2, ':');
        free(x->ends);
        x->ends = mem_dup(colon ? colon + 1 : e->str2);
        return;
    }
    if (x->last) /* dmarc_xml_end() will say what is missing */
        return;
    dmarc_xml_give_up(x, "it is not well-formed XML");
}

/* For errors that libxml2 raises without a parser context, which it would otherwise print. */
static void dmarc_xml_ignore(void *context, xmlError *e)
{
    (void)context;
    (void)e;
}

struct dmarc_xml *dmarc_xml_new(struct mail_report *out)
{
    xmlSetStructuredErrorFunc(NULL, dmarc_xml_ignore);
    struct dmarc_xml *x = mem_alloc(sizeof *x);
    xmlSAXHandler sax = {.internalSubset = dmarc_xml_on_doctype,
                         .startElementNs = dmarc_xml_on_start,
                         .endElementNs = dmarc_xml_on_end,
                         .characters = dmarc_xml_on_text,
                         .cdataBlock = dmarc_xml_on_text,
                         .serror = dmarc_xml_on_error,
                         .initialized = XML_SAX2_MAGIC};
    dmarc_bytes_init(&x->bytes);
    buf_init(&x->clean, 4 * SLICE);
    out->text = report_text_new();
    x->record.r = out;
    x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
    if (!x->parser)
        abort(); /* out of memory */
    /* RECOVER: we decide what can be forgiven, not the parser. */
    xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_RECOVER);
    return x;
}

void dmarc_xml_free(struct dmarc_xml *x)
{
    if (!x)
        return;
    xmlFreeParserCtxt(x->parser);
    dmarc_bytes_fini(&x->bytes);
    buf_fini(&x->clean);
    free(x->ends);
    free(x);
}

static void dmarc_xml_parse(struct dmarc_xml *x, const char *data, size_t len, bool last)
{
    x->last = last;
    if (!dmarc_xml_is_over(x))
        xmlParseChunk(x->parser, data, (int)len, last);
    const xmlParserInput *input = x->parser->input;
    if (!dmarc_xml_is_over(x) && input && input->end - input->cur > HELD_MAX)
        dmarc_xml_give_up(x, "a tag or an entity in it has no end");
}

static void dmarc_xml_slice(struct dmarc_xml *x, const char *data, size_t len)
{
    if (dmarc_bytes_plain(&x->bytes, data, len) == len) {
        dmarc_xml_parse(x, data, len, false);
        return;
    }
    dmarc_bytes_add(&x->bytes, data, len, &x->clean);
    if (x->bytes.begun)
        dmarc_xml_parse(x, buf_text(&x->clean), x->clean.len, false);
    buf_clear(&x->clean);
}

bool dmarc_xml_feed(struct dmarc_xml *x, const char *data, size_t len)
{
    for (size_t at = 0; at < len; at += SLICE)
        dmarc_xml_slice(x, data + at, len - at < SLICE ? len - at : SLICE);
    return !x->no_report && !x->problem;
}

void dmarc_xml_drop(struct mail_report *r)
{
    free(r->rows);
    free(r->auths);
    report_text_free(r->text);
    r->rows = NULL;
    r->auths = NULL;
    r->text = NULL;
    r->row_count = r->auth_count = r->skipped = 0;
    r->begin = r->end = 0;
    r->id[0] = r->reporter[0] = r->domain[0] = '\0';
}

enum dmarc_xml_end dmarc_xml_end(struct dmarc_xml *x)
{
    struct mail_report *r = x->record.r;
    dmarc_bytes_end(&x->bytes, &x->clean);
    dmarc_xml_parse(x, buf_text(&x->clean), x->clean.len, true);
    if (x->whole)
        return DMARC_XML_WHOLE;
    dmarc_xml_drop(r);
    if (!x->begun && !x->problem)
        return DMARC_XML_NO_REPORT;
    if (x->problem)
        snprintf(r->problem, sizeof r->problem, "the XML can't be used: %s (line %d)", x->problem,
                 x->problem_line);
    else
        snprintf(r->problem, sizeof r->problem, "the XML is cut off: its end is missing");
    return DMARC_XML_BAD;
}
