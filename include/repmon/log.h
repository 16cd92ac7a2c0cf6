/* SPDX-License-Identifier: ISC */
/*
 * Messages for the administrator, on stderr, one line each, "repmon: " first. Text from outside
 * goes through buf_clean() before it gets here; secrets never do.
 */
#ifndef REPMON_LOG_H
#define REPMON_LOG_H

enum log_level { LOG_QUIET = -1, LOG_NORMAL = 0, LOG_VERBOSE = 1, LOG_DEBUG = 2 };

void log_set(enum log_level level);
enum log_level log_get(void);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* always */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* unless -q */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* with -v */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* with -vv */

/*
 * While it lives, no line shows this text (borrowed): it is replaced by "***", in any case of
 * letters. A second line of defence: what is logged should hold no secret in the first place,
 * except the names asked with -vv, of which a key is a part. Shorter ones than three bytes are no
 * secrets.
 */
void log_hide(const char *secret);
void log_unhide(const char *secret); /* that pointer, before it is freed */

/* Called before a line is written, so that a progress line on the terminal can step aside. */
void log_before(void (*hook)(void));

#endif
