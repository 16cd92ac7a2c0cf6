/* SPDX-License-Identifier: ISC */
/*
 * Connected UDP sockets to one resolver, each on a port that the kernel chose at random: an
 * attacker who can't see the questions has to guess which port a question was sent from (RFC 5452
 * section 9.2). A resolver on the loopback gets one socket: no other host can send from there, and
 * a single socket is drained in one go.
 */
#ifndef DNS_SOCKET_H
#define DNS_SOCKET_H

#include "repmon/conf.h"
#include "repmon/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define DNS_SOCKETS 16

struct dns_sockets {
    int fds[DNS_SOCKETS]; /* owned */
    unsigned count;
};

/*
 * The number of the interface that a scope names; systemd writes the number itself. 0: there is no
 * such interface, or no scope.
 */
unsigned dns_socket_scope(const struct conf_resolver *resolver);

/* False with ERR_UNAVAILABLE when not even one socket can be opened; a few are enough. */
bool dns_sockets_open(struct dns_sockets *s, const struct conf_resolver *resolver,
                      struct error *err);
void dns_sockets_close(struct dns_sockets *s);

/*
 * Sends or receives one datagram and never waits. NOBODY: a datagram sent earlier found a closed
 * port (ICMP); the present one has been sent all the same.
 */
enum dns_io { DNS_IO_NOTHING = 0, DNS_IO_DONE, DNS_IO_NOBODY };
enum dns_io dns_socket_send(int fd, const uint8_t *msg, size_t len);
enum dns_io dns_socket_receive(int fd, uint8_t *buf, size_t size, size_t *len);

#endif
