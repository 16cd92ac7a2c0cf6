/* SPDX-License-Identifier: ISC */
/* What doctor says of Cisco Talos. */
#include "talos_exam.h"

void talos_examine(const struct source_look *look)
{
    static const char *const methods[] = {"off", "cloud_intel", "html", "dns", "command"};
    enum talos_method method = look->conf->talos.method;
    if (method == TALOS_OFF)
        source_say(look, DOCTOR_OK, "", "", "not configured");
    else if (look->offline)
        source_say(look, DOCTOR_OK, "", "", "configured: method = %s", methods[method]);
    else
        look->say_answer(look->ctx, "try another method = in [talos]");
}
