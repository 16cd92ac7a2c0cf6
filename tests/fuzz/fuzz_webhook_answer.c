/* SPDX-License-Identifier: ISC */
/* What a chat answered: its format in the first byte, its status in two more, then the body. */
#include "alert/webhook/webhook_answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delivery out = {0};
    struct buf body;
    if (size < 3)
        return 0;
    const struct http_response response = {
        .status = (data[1] << 8 | data[2]) % 700, .content_type = "", .retry_after_s = -1};
    buf_init(&body, 1u << 20);
    buf_add(&body, data + 3, size - 3);
    const struct webhook_answer answer = {REPLY_ANSWERED, &response, &body, "https://h.example/x"};
    webhook_answer(webhook_service_of(data[0] % WEBHOOK_FORMAT_COUNT), &answer, &out);
    if ((out.outcome == DELIVERY_SENT) != !out.reason[0])
        abort(); /* what was not taken has a reason */
    if (out.outcome == DELIVERY_SENT && (response.status < 200 || response.status > 299))
        abort();
    if (out.retry_after_s && out.outcome != DELIVERY_DEFERRED)
        abort();
    buf_fini(&body);
    return 0;
}
