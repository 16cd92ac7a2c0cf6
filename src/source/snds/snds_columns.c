/* SPDX-License-Identifier: ISC */
#include "snds_fields.h"

#include "repmon/ip.h"

#include <ctype.h>
#include <string.h>

/* Names seen in the portal's headings, in JSON, and in other people's readers and samples. */
static const char *const data_names[SNDS_DATA_COLUMNS][6] = {
    {"ipaddress", "ip", "beginningipaddress"},
    {"activitystart", "activityperiodstart", "activitystarttime", "activityperiod"},
    {"activityend", "activityperiodend", "activityendtime"},
    {"rcptcommands"},
    {"datacommands", "messagecount", "emailvolume", "mailvolume", "data"},
    {"messagerecipients"},
    {"filterresult", "filterresults", "overallstatus", "ipstatus", "status"},
    {"complaintrate", "complaintpercent", "complaints"},
    {"trapmessageperiodstart", "trapperiodstart", "trapmessagestart", "trapmessageperiod"},
    {"trapmessageperiodend", "trapperiodend", "trapmessageend"},
    {"traphits", "spamtraphits", "trapcount", "trapmessages"},
    {"samplehelo", "helo"},
    {"samplemailfrom", "jmrp1sender", "jmrpp1sender", "mailfrom"},
    {"comments"},
};
static const bool data_needed[SNDS_DATA_COLUMNS] = {[0] = true, [6] = true};

static const char *const status_names[SNDS_STATUS_COLUMNS][6] = {
    {"beginningipaddress", "firstip", "firstipaddress", "startip", "ipstart"},
    {"endingipaddress", "lastip", "lastipaddress", "endip", "ipend"},
    {"blocked", "isblocked"},
    {"reason", "details", "status"},
};
static const bool status_needed[SNDS_STATUS_COLUMNS] = {true, true, true, false};

const struct snds_columns snds_data_columns = {SNDS_DATA_COLUMNS, SNDS_DATA_COLUMNS - 1, data_names,
                                               data_needed};
const struct snds_columns snds_status_columns = {SNDS_STATUS_COLUMNS, SNDS_STATUS_COLUMNS,
                                                 status_names, status_needed};

bool snds_name_is(const char *name, const char *known)
{
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name))
            continue;
        if (tolower((unsigned char)*name) != *known)
            return false;
        known++;
    }
    return *known == '\0';
}

/* How good the name is for a column: 1 the best, 0 none of its names. */
static size_t snds_name_rank(const struct snds_columns *columns, size_t column, const char *name)
{
    for (size_t i = 0; i < 6 && columns->names[column][i]; i++) {
        if (snds_name_is(name, columns->names[column][i]))
            return i + 1;
    }
    return 0;
}

/* Headings name the first column and hold no address; a data row may end in any text at all. */
static bool snds_is_header(const struct snds_columns *columns, const char *const *fields,
                           size_t count)
{
    struct ip ip;
    bool named = false;
    for (size_t i = 0; i < count; i++) {
        if (ip_parse(fields[i], &ip))
            return false;
        named = named || snds_name_rank(columns, 0, fields[i]) > 0;
    }
    return named;
}

static bool snds_find_column(const struct snds_columns *columns, size_t column,
                             const char *const *fields, size_t count, size_t *at, struct error *err)
{
    size_t best = 0;
    *at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t rank = snds_name_rank(columns, column, fields[i]);
        if (rank && rank == best)
            return error_set(err, ERR_INPUT, "the header has two columns for the %s",
                             columns->names[column][rank - 1]);
        if (rank && (best == 0 || rank < best)) {
            best = rank;
            *at = i + 1;
        }
    }
    return *at > 0 || !columns->needed[column] ||
           error_set(err, ERR_INPUT, "the header has no column %s", columns->names[column][0]);
}

bool snds_layout_read(const struct snds_columns *columns, const char *const *fields, size_t count,
                      struct snds_layout *out, struct error *err)
{
    *out = (struct snds_layout){.count = columns->count, .least = columns->least};
    for (size_t i = 0; i < columns->count; i++)
        out->at[i] = i + 1;
    if (!snds_is_header(columns, fields, count))
        return true;
    if (count >= SNDS_COLUMNS_MAX)
        return error_set(err, ERR_INPUT, "the header has %d columns or more", SNDS_COLUMNS_MAX);
    out->header = true;
    out->count = count;
    out->least = count - (columns->count - columns->least);
    for (size_t i = 0; i < columns->count; i++) {
        if (!snds_find_column(columns, i, fields, count, &out->at[i], err))
            return false;
    }
    return true;
}
