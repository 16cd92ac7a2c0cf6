/* SPDX-License-Identifier: ISC */
/* [receiver "NAME"]: thresholds of a receiver that appears in a log. */
#include "conf_section.h"

#define RECEIVER(...) NAMED(conf_receiver, __VA_ARGS__)

static const struct conf_key receiver_keys[] = {
    {RECEIVER("severity", false, "critical", "severity of a refusal there", value_word, severity),
     .words = conf_severity_words},
    {RECEIVER("refused_min", false, "2", "refused messages in a day", value_uint, refused_min),
     .least = 1, .most = 100000},
    {RECEIVER("refused_share", false, "20", "percent of the messages, if there are 20 or more",
              value_uint, refused_share),
     .least = 0, .most = 100},
    {RECEIVER("throttled_min", false, "5", "deferred messages in each of two hours", value_uint,
              throttled_min),
     .least = 1, .most = 100000},
    {RECEIVER("throttled_share", false, "20", "percent of the messages in those hours", value_uint,
              throttled_share),
     .least = 0, .most = 100},
};

const struct conf_section conf_section_receiver = {
    .word = "receiver",
    .shown = "receiver \"NAME\"",
    CONF_KEYS(receiver_keys),
    CONF_ROWS(conf_receiver, receivers, receiver_count, name),
};
