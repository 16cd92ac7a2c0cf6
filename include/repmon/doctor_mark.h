/* SPDX-License-Identifier: ISC */
/* Doctor's verdicts, for its own checks and for those of the sources. */
#ifndef REPMON_DOCTOR_MARK_H
#define REPMON_DOCTOR_MARK_H

/* RED is zero, so an unset result counts as a failure. */
enum doctor_mark {
    DOCTOR_RED = 0, /* must be fixed */
    DOCTOR_WARN,    /* to know */
    DOCTOR_OK,
    DOCTOR_MARK_COUNT
};

#endif
