/* SPDX-License-Identifier: ISC */
/* A row of the outbox, perhaps damaged: read, composed in every form, written and read again. */
#include "repmon/compose.h"
#include "repmon/message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message m, again = {0};
    if (!message_from_json((const char *)data, size, &m, NULL))
        return 0;
    struct buf b;
    buf_init(&b, 16u << 20);
    compose_subject(&m, &b);
    if (b.len > COMPOSE_SUBJECT_MAX + 3)
        abort();
    compose_text(&m, &b);
    buf_clear(&b);
    compose_short(&m, 2000, &b);
    if (b.len > 2000)
        abort();
    buf_clear(&b);
    if (message_to_json(&m, &b) && !message_from_json(buf_text(&b), b.len, &again, NULL))
        abort(); /* what repmon writes, it reads */
    message_fini(&again);
    message_fini(&m);
    buf_fini(&b);
    return 0;
}
