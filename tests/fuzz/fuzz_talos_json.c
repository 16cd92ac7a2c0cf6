/* SPDX-License-Identifier: ISC */
#include "fuzz_talos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct talos_reading r;
    struct ip ip;
    ip_parse("192.0.2.10", &ip);
    talos_json((const char *)data, size, &ip, &r);
    check_reading(&r);
    return 0;
}
