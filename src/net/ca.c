/* SPDX-License-Identifier: ISC */
#include "ca.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static bool ca_append(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    char chunk[16384];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, chunk, n);
    bool ok = !ferror(f) && !out->failed;
    fclose(f);
    return ok;
}

bool ca_load(struct buf *out, const char *path, struct error *err)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    struct buf extra;
    buf_init(&extra, CA_FILE_MAX);
    bool ok = ca_append(path, &extra);
    if (!ok)
        error_set(err, ERR_CONFIG, "ca_file %s can't be read", path);
    else if (!strstr(buf_text(&extra), "-----BEGIN CERTIFICATE-----"))
        ok = error_set(err, ERR_CONFIG, "ca_file %s holds no PEM certificate", path);
    if (ok) {
        /* No system bundle is no error: then only the extra ones are trusted. */
        if (info->cainfo && !ca_append(info->cainfo, out))
            buf_clear(out);
        buf_char(out, '\n');
        buf_add(out, buf_text(&extra), extra.len);
    }
    buf_fini(&extra);
    return ok;
}
