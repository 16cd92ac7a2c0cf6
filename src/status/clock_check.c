/* SPDX-License-Identifier: ISC */
#include "repmon/clock_check.h"

#include "repmon/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLOCK_GAP_S  3600
#define REBOOT_GAP_S (30 * 86400)

void clock_check_stamp(struct stored_run *now)
{
    char *out = now->boot_id;
    out[0] = '\0';
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, out, sizeof now->boot_id - 1);
    out[len > 0 ? len : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (fd >= 0)
        close(fd);
    now->boot_s = clock_boot_s();
}

bool clock_check_is_ahead(const struct stored_run *run, time_t now)
{
    return run->id != 0 && run->ended - now > CLOCK_GAP_S;
}

bool clock_check(const struct stored_run *last, const struct stored_run *now)
{
    int64_t gap = now->started - last->ended;
    if (gap < 0)
        return true;
    if (last->boot_id[0] && strcmp(last->boot_id, now->boot_id) == 0 && last->boot_s >= 0 &&
        now->boot_s >= 0)
        return llabs(gap - (now->boot_s - last->boot_s)) > CLOCK_GAP_S;
    return gap > REBOOT_GAP_S;
}
