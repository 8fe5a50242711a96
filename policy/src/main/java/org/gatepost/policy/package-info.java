// SPDX-License-Identifier: Apache-2.0

/// What a receiving domain demands of a delivery, and whether a connection meets it: DANE (RFC 7672), MTA-STS
/// (RFC 8461), and the one decision made of both.
///
/// Everything here is a pure function over facts: no sockets, files, clocks or logs. The gateway gathers
/// [DestinationFacts], [TransportPolicy#decide] says what each MX host must show, the gateway connects, and
/// [TransportPolicy#judge] says whether what the host showed is enough. Delivery, `explain`, non-delivery reports
/// and the log all render the values these two return.
@NullMarked
package org.gatepost.policy;

import org.jspecify.annotations.NullMarked;
