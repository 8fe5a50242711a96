// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Optional;
import org.gatepost.tls.HandshakeFacts;

/// What a host did about TLS.
public sealed interface TlsObservation {
    /// EHLO was answered without STARTTLS.
    record NotOffered() implements TlsObservation {}

    /// The operator forbids TLS with this host, so it was not asked for; what the host offers is not known.
    record SwitchedOff() implements TlsObservation {}

    /// STARTTLS was offered, and the command answered with another reply than 220.
    record Refused(int replyCode, String text) implements TlsObservation {}

    /// The handshake did not complete.
    ///
    /// @param observedVersion what the server chose or put on its alert, such as `TLSv1.1`, when that was below TLS
    ///     1.2
    record HandshakeFailed(Optional<String> observedVersion, String detail) implements TlsObservation {}

    /// The connection is encrypted.
    record Established(HandshakeFacts facts) implements TlsObservation {}
}
