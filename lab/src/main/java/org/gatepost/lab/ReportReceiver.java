// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Function;
import org.gatepost.names.DomainName;

/// Where the domains of a lab want their TLS reports (RFC 8460 §3). The receiver itself is not the lab's: whoever
/// starts the lab runs it, at the address given.
///
/// @param domain a zone of its own, unsigned, whose MX host is `mx.` and whose HTTPS host `reports.` below it, both at
///     the address
/// @param address on loopback, outside 127.80.0.0/12
/// @param rua what the reporting record of a domain, or of an MX host with TLSA records, names; empty for no record
public record ReportReceiver(DomainName domain, InetAddress address, Function<DomainName, Optional<String>> rua) {}
