// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// The transport decision, in two pure steps around the connection.
///
/// DANE and MTA-STS are judged apart and both must be satisfied where both are published: MTA-STS never overrides a
/// failing DANE (RFC 8461 §2), and DANE passing does not excuse a failing enforce policy (RFC 8461 §5).
public final class TransportPolicy {
    private TransportPolicy() {}
}
