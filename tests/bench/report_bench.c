/* SPDX-License-Identifier: ISC */
/*
 * Reads every mail of a folder, as repmon does or as plainly as GMime can: parse, walk, decode each
 * part. usage: report_bench repmon|gmime FOLDER. Prints mails, rows, the sum of their counts
 * (gmime: mails, parts, bytes), CPU seconds and peak KiB.
 */
#include "source/reports/report_mail.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef HAVE_GMIME
#include <archive.h>
#include <archive_entry.h>
#include <gmime/gmime.h>
#include <libxml/xmlreader.h>
#endif

static uint64_t things, sum;

static void read_repmon(int fd)
{
    static const char *const trust[] = {"mx1.example.org"};
    struct report_settings settings = {.trust = trust, .trust_count = 1, .received = 1800000000};
    struct mail_report r;
    struct error err = {0};
    if (!report_mail_read(fd, &settings, &r, &err) || r.kind != REPORT_DMARC ||
        r.proof != REPORT_PROVEN) {
        fprintf(stderr, "report_bench: %s %s\n", err.text, r.problem);
        exit(1);
    }
    things += r.row_count;
    for (size_t i = 0; i < r.row_count; i++)
        sum += r.rows[i].count;
    report_mail_fini(&r);
}

#ifdef HAVE_GMIME
static bool with_xml;

static void read_xml(const void *data, size_t len)
{
    xmlTextReader *x = xmlReaderForMemory(data, (int)len, NULL, NULL, XML_PARSE_NONET);
    while (x && xmlTextReaderRead(x) == 1) {
        sum++;
        if (xmlTextReaderNodeType(x) == XML_READER_TYPE_ELEMENT &&
            strcmp((const char *)xmlTextReaderConstName(x), "record") == 0)
            things++;
    }
    xmlFreeTextReader(x);
}

static void unpack_and_read(void *data, size_t len)
{
    static char text[1u << 20];
    struct archive *a = archive_read_new();
    struct archive_entry *entry;
    archive_read_support_filter_gzip(a);
    archive_read_support_format_raw(a);
    archive_read_support_format_zip(a);
    if (archive_read_open_memory(a, data, len) == ARCHIVE_OK &&
        archive_read_next_header(a, &entry) == ARCHIVE_OK) {
        la_ssize_t n = archive_read_data(a, text, sizeof text);
        if (n > 0)
            read_xml(text, (size_t)n);
    }
    archive_read_free(a);
}

static void decode(GMimeObject *parent, GMimeObject *part, gpointer context)
{
    (void)parent;
    (void)context;
    if (!GMIME_IS_PART(part) || !g_mime_part_get_content(GMIME_PART(part)))
        return;
    GMimeStream *mem = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(part)), mem);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
    if (with_xml) {
        unpack_and_read(bytes->data, bytes->len);
    } else {
        things++;
        sum += bytes->len;
    }
    g_object_unref(mem);
}

static void read_plain(int fd)
{
    GMimeStream *stream = g_mime_stream_fs_new(dup(fd));
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_mime_message_foreach(message, decode, NULL);
    g_object_unref(message);
    g_object_unref(parser);
    g_object_unref(stream);
}
#else
static void read_plain(int fd)
{
    (void)fd;
}
#endif

/* ru_maxrss survives fork and exec: it would be that of the program that started this one. */
static long peak_kib(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "VmHWM: %ld", &kib);
    if (f)
        fclose(f);
    return kib;
}

int main(int argc, char **argv)
{
    DIR *dir = argc == 3 ? opendir(argv[2]) : NULL;
    if (!dir)
        return perror("report_bench"), 2;
    bool plain = strcmp(argv[1], "repmon") != 0;
    uint64_t mails = 0;
#ifdef HAVE_GMIME
    g_mime_init();
    with_xml = strcmp(argv[1], "xml") == 0;
#endif
    for (struct dirent *e; (e = readdir(dir));) {
        int fd = e->d_name[0] == '.' ? -1 : openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        mails++;
        if (plain)
            read_plain(fd);
        else
            read_repmon(fd);
        close(fd);
    }
    closedir(dir);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("%llu %llu %llu %.3f %ld\n", (unsigned long long)mails, (unsigned long long)things,
           (unsigned long long)sum,
           (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
               (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6,
           peak_kib());
    return 0;
}
