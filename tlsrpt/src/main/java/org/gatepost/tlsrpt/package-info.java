// SPDX-License-Identifier: Apache-2.0

/// TLS reports (RFC 8460): what a sending server tells a domain about the TLS sessions with its mail hosts.
///
/// The gateway makes a [SessionResult] of each attempt and each policy that was judged; they are summed by UTC day,
/// and become a [TlsReport] for each domain that asks for reports. The same [TlsReport] is what reading a received
/// report gives. No sockets, no clocks, no logs.
@NullMarked
package org.gatepost.tlsrpt;

import org.jspecify.annotations.NullMarked;
