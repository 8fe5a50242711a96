// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.net.InetAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.OutcomeTable;
import org.gatepost.policy.TlsObservation;
import org.gatepost.policy.TransportVerdict;

/// One try at one host, with what it showed: what queue history, logs and non-delivery reports print.
///
/// @param address empty when the host was not connected to
/// @param tls empty when the connection did not get as far as TLS
/// @param verdict empty when there was nothing to judge
/// @param failure empty when the host took over the message
public record AttemptRecord(
        Instant time,
        String host,
        Optional<InetAddress> address,
        Optional<TlsObservation> tls,
        Optional<TransportVerdict> verdict,
        Optional<DeliveryFailure> failure) {

    /// One printable line: `2026-11-23T22:00:00Z mx.example.com[192.0.2.1] TLSv1.3: 450 4.7.323 … [ee-key-
    /// mismatch]`.
    public String line() {
        return time.truncatedTo(ChronoUnit.SECONDS) + " " + host
                + address.map(a -> "[" + a.getHostAddress() + "]").orElse("")
                + tls.map(t -> " " + describe(t)).orElse("")
                + ": " + failure.map(AttemptRecord::describe).orElse("delivered");
    }

    /// What TLS came to, in a word or two.
    public static String describe(TlsObservation tls) {
        return switch (tls) {
            case TlsObservation.NotOffered notOffered -> "no STARTTLS";
            case TlsObservation.SwitchedOff _ -> "TLS switched off";
            case TlsObservation.Refused refused -> "STARTTLS refused";
            case TlsObservation.HandshakeFailed failed -> "TLS handshake failed";
            case TlsObservation.Established established -> established.facts().protocol();
        };
    }

    private static String describe(DeliveryFailure failure) {
        return OutcomeTable.temporary(failure) + " [" + failure.subReason() + "]";
    }
}
