// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// What an operator's connector demands of TLS, whatever the receiver publishes. Ordered by strictness; each
/// level includes those before it.
public sealed interface TlsDemand {
    /// TLS is not used, even where it is offered.
    record Never() implements TlsDemand {}

    /// TLS is used where it can be had (RFC 7435).
    record Opportunistic() implements TlsDemand {}

    /// TLS 1.2 or higher, whatever the certificate: no protection from somebody in between.
    record Encryption() implements TlsDemand {}

    /// A certificate that leads to a trusted authority, whatever its names.
    record CertificateValidation() implements TlsDemand {}

    /// A certificate that leads to a trusted authority and bears this name.
    ///
    /// @param name a DNS-ID that the certificate must bear; a wildcard stands for exactly one label
    record DomainValidation(MxPattern name) implements TlsDemand {}

    /// The place in the order of strictness, 0 for [Never].
    default int strictness() {
        return switch (this) {
            case Never _ -> 0;
            case Opportunistic _ -> 1;
            case Encryption _ -> 2;
            case CertificateValidation _ -> 3;
            case DomainValidation _ -> 4;
        };
    }

    /// Whether a connection without TLS is refused.
    default boolean needsTls() {
        return strictness() > new Opportunistic().strictness();
    }
}
