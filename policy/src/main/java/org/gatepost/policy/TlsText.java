// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Set;
import org.gatepost.tls.HandshakeFacts;

/// What a host did about TLS, as one line of evidence and as a sub-reason.
final class TlsText {
    /// RFC 8996 and RFC 9325 §3.1.1 leave these; RFC 8461 §7.2 and RFC 7671 §3 are read with them.
    private static final Set<String> GOOD_ENOUGH = Set.of("TLSv1.2", "TLSv1.3");

    private TlsText() {}

    static boolean isTooOld(HandshakeFacts facts) {
        return !GOOD_ENOUGH.contains(facts.protocol());
    }

    static String of(TlsObservation seen) {
        return switch (seen) {
            case TlsObservation.NotOffered _ -> "the server does not offer STARTTLS";
            case TlsObservation.SwitchedOff _ -> "TLS is switched off by a connector";
            case TlsObservation.Refused refused ->
                "the server refused STARTTLS: " + refused.replyCode() + " " + PrintableText.line(refused.text(), 300);
            case TlsObservation.HandshakeFailed failed ->
                "the TLS handshake failed: " + PrintableText.line(failed.detail(), 300)
                        + failed.observedVersion()
                                .map(version -> " (the server speaks " + version(version) + ")")
                                .orElse("");
            case TlsObservation.Established established ->
                PrintableText.line(established.facts().protocol(), 40) + ", "
                        + PrintableText.line(established.facts().cipherSuite(), 80);
        };
    }

    /// What is wrong with it, when there is no TLS that counts.
    static SubReason trouble(TlsObservation seen) {
        return switch (seen) {
            case TlsObservation.NotOffered _ -> SubReason.STARTTLS_NOT_OFFERED;
            case TlsObservation.SwitchedOff _ -> SubReason.TLS_SWITCHED_OFF;
            case TlsObservation.Refused _ -> SubReason.STARTTLS_REFUSED;
            case TlsObservation.HandshakeFailed failed ->
                failed.observedVersion().isPresent() ? SubReason.TLS_VERSION_TOO_OLD : SubReason.HANDSHAKE_FAILED;
            case TlsObservation.Established _ -> SubReason.TLS_VERSION_TOO_OLD;
        };
    }

    /// A protocol version as the server said it, made printable.
    static String version(String observed) {
        return PrintableText.line(observed, 40);
    }
}
