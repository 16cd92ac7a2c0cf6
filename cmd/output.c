/* SPDX-License-Identifier: ISC */
#include "output.h"

#include "repmon/buf.h"
#include "repmon/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH          78 /* of mail and of files */
#define TERMINAL_WIDTH 80
#define MIN_WIDTH      40 /* narrower than that, wrapping only hurts */
#define MAX_WIDTH      120
#define MARGIN         1 /* a full line and its end are two lines on some terminals and pagers */

const struct renderer *output_format(const char *name, struct error *err)
{
    const struct renderer *found = render_find(name);
    if (found)
        return found;
    struct buf names;
    buf_init(&names, 512);
    for (const struct renderer *const *r = render_all(); *r; r++)
        buf_fmt(&names, "%s%s", names.len ? ", " : "", (*r)->name);
    error_set(err, ERR_USAGE, "unknown format; the formats are %s", buf_text(&names));
    buf_fini(&names);
    return NULL;
}

unsigned output_table_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    unsigned columns = known ? size.ws_col : TERMINAL_WIDTH;
    return (columns < MIN_WIDTH ? MIN_WIDTH : columns) - MARGIN;
}

void output_terminal(struct render_options *options)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    struct winsize size;
    options->width = WIDTH;
    options->color = false;
    if (!isatty(STDOUT_FILENO))
        return;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= MIN_WIDTH)
        options->width = (size.ws_col < MAX_WIDTH ? size.ws_col : MAX_WIDTH) - MARGIN;
    options->color = term && term[0] && strcmp(term, "dumb") != 0 && !(no_color && no_color[0]);
}

bool output_write(const char *text, size_t len, struct error *err)
{
    progress_stop();
    bool ok = fflush(stdout) == 0;
    while (ok && len > 0) {
        ssize_t n = write(STDOUT_FILENO, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        ok = n > 0;
        text += ok ? n : 0;
        len -= ok ? (size_t)n : 0;
    }
    return ok || error_set(err, ERR_IO, "can't write to standard output: %s", strerror(errno));
}
