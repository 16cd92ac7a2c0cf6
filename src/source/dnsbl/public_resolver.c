/* SPDX-License-Identifier: ISC */
#include "repmon/public_resolver.h"

#include <stddef.h>

/* Service addresses as their operators publish them (2026). */
static const struct {
    const char *operator, * address;
} resolvers[] = {
    {"Google Public DNS", "8.8.8.8"},
    {"Google Public DNS", "8.8.4.4"},
    {"Google Public DNS", "2001:4860:4860::8888"},
    {"Google Public DNS", "2001:4860:4860::8844"},
    {"Google Public DNS", "2001:4860:4860::6464"},
    {"Google Public DNS", "2001:4860:4860::64"},
    {"Cloudflare", "1.1.1.1"},
    {"Cloudflare", "1.0.0.1"},
    {"Cloudflare", "1.1.1.2"},
    {"Cloudflare", "1.0.0.2"},
    {"Cloudflare", "1.1.1.3"},
    {"Cloudflare", "1.0.0.3"},
    {"Cloudflare", "2606:4700:4700::/48"},
    {"Quad9", "9.9.9.0/24"},
    {"Quad9", "149.112.112.0/24"},
    {"Quad9", "2620:fe::/48"},
    {"OpenDNS", "208.67.222.0/24"},
    {"OpenDNS", "208.67.220.0/24"},
    {"OpenDNS", "2620:119:35::/48"},
    {"OpenDNS", "2620:119:53::/48"},
    {"AdGuard DNS", "94.140.14.0/24"},
    {"AdGuard DNS", "94.140.15.0/24"},
    {"AdGuard DNS", "2a10:50c0::/32"},
    {"CleanBrowsing", "185.228.168.0/24"},
    {"CleanBrowsing", "185.228.169.0/24"},
    {"CleanBrowsing", "2a0d:2a00:1::/48"},
    {"CleanBrowsing", "2a0d:2a00:2::/48"},
    {"Level 3", "4.2.2.0/29"},
    {"Level 3", "209.244.0.3"},
    {"Level 3", "209.244.0.4"},
    {"Verisign Public DNS", "64.6.64.6"},
    {"Verisign Public DNS", "64.6.65.6"},
    {"Comodo Secure DNS", "8.26.56.26"},
    {"Comodo Secure DNS", "8.20.247.20"},
    {"Control D", "76.76.2.0/24"},
    {"Control D", "76.76.10.0/24"},
    {"Control D", "2606:1a40::/32"},
    {"DNS.WATCH", "84.200.69.80"},
    {"DNS.WATCH", "84.200.70.40"},
    {"DNS0.EU", "193.110.81.0"},
    {"DNS0.EU", "185.253.5.0"},
    {"DNS4EU", "86.54.11.0/24"},
    {"Mullvad DNS", "194.242.2.0/24"},
    {"NextDNS", "45.90.28.0/22"},
    {"NextDNS", "2a07:a8c0::/29"},
    {"Hurricane Electric", "74.82.42.42"},
    {"Hurricane Electric", "2001:470:20::2"},
    {"Yandex DNS", "77.88.8.0/24"},
    {"Yandex DNS", "2a02:6b8::feed:0/112"},
    {"AliDNS", "223.5.5.5"},
    {"AliDNS", "223.6.6.6"},
    {"AliDNS", "2400:3200::1"},
    {"AliDNS", "2400:3200:baba::1"},
    {"DNSPod", "119.29.29.29"},
    {"114DNS", "114.114.114.0/24"},
};

const char *public_resolver_name(const struct ip *ip)
{
    for (size_t i = 0; i < sizeof resolvers / sizeof resolvers[0]; i++) {
        struct cidr block;
        if (cidr_parse(resolvers[i].address, &block, NULL) && cidr_contains(&block, ip))
            return resolvers[i].operator;
    }
    return NULL;
}
