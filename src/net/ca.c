/* SPDX-License-Identifier: ISC */
#include "ca.h"

#include "repmon/file.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

bool ca_load(struct buf *out, const char *path, struct error *err)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    struct buf extra;
    buf_init(&extra, CA_FILE_MAX);
    bool ok = file_read(path, &extra, NULL) == 0;
    if (!ok)
        error_set(err, ERR_CONFIG, "ca_file %s can't be read", path);
    else if (!strstr(buf_text(&extra), "-----BEGIN CERTIFICATE-----"))
        ok = error_set(err, ERR_CONFIG, "ca_file %s holds no PEM certificate", path);
    if (ok) {
        /* A missing system bundle is not an error: then only the extra certificates are trusted. */
        if (info->cainfo && file_read(info->cainfo, out, NULL) != 0)
            buf_clear(out);
        buf_char(out, '\n');
        buf_add(out, buf_text(&extra), extra.len);
    }
    buf_fini(&extra);
    return ok;
}
