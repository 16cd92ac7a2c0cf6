/* SPDX-License-Identifier: ISC */
/* The table of all sections. */
#include "conf_section.h"

/* Each in a file of its own; used only here. */
extern const struct conf_section conf_section_repmon, conf_section_targets, conf_section_dns,
    conf_section_dnsbl, conf_section_zone, conf_section_snds, conf_section_postmaster,
    conf_section_talos, conf_section_ptr, conf_section_log, conf_section_receiver,
    conf_section_domain, conf_section_reports, conf_section_mail, conf_section_webhook,
    conf_section_prometheus, conf_section_html, conf_section_ping;

/* In the order in which errors and the manual name them. */
const struct conf_section *const conf_sections[] = {
    &conf_section_repmon,     &conf_section_targets,  &conf_section_dns,
    &conf_section_dnsbl,      &conf_section_zone,     &conf_section_snds,
    &conf_section_postmaster, &conf_section_talos,    &conf_section_ptr,
    &conf_section_log,        &conf_section_receiver, &conf_section_domain,
    &conf_section_reports,    &conf_section_mail,     &conf_section_webhook,
    &conf_section_prometheus, &conf_section_html,     &conf_section_ping,
};
const size_t conf_section_count = sizeof conf_sections / sizeof conf_sections[0];
_Static_assert(sizeof conf_sections / sizeof conf_sections[0] <= SECTIONS_MAX, "SECTIONS_MAX");

const struct conf_word conf_severity_words[] = {{"critical", SEV_CRITICAL}, {"major", SEV_MAJOR},
                                                {"minor", SEV_MINOR},       {"info", SEV_INFO},
                                                {"off", SEV_OFF},           {NULL, 0}};
