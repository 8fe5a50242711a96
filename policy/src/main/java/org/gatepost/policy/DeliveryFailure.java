// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;
import java.util.Optional;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.Question;
import org.gatepost.names.DomainName;

/// Why a message could not be handed to a destination now, with the evidence. [OutcomeTable] says what each means:
/// codes, text, who must act and how.
public sealed interface DeliveryFailure {
    SubReason subReason();

    /// One printable line of evidence for administrators: names, dates, record data, what was seen.
    String evidence();

    /// MTA-STS enforce, and the host offers no STARTTLS or refuses it (C1).
    record StsStartTlsMissing(DomainName policyDomain, DomainName mxHost, SubReason subReason, String evidence)
            implements DeliveryFailure {}

    /// MTA-STS enforce, and the host speaks only TLS below 1.2 (C2).
    ///
    /// @param observedVersion as TLS names it, such as `TLSv1.1`
    record StsTlsTooOld(DomainName policyDomain, DomainName mxHost, String observedVersion, String evidence)
            implements DeliveryFailure {
        @Override
        public SubReason subReason() {
            return SubReason.TLS_VERSION_TOO_OLD;
        }
    }

    /// MTA-STS enforce, and no MX host matches the policy (C3).
    record StsMxNotListed(DomainName policyDomain, List<DomainName> mxHosts, List<MxPattern> patterns)
            implements DeliveryFailure {
        public StsMxNotListed {
            mxHosts = List.copyOf(mxHosts);
            patterns = List.copyOf(patterns);
        }

        @Override
        public SubReason subReason() {
            return SubReason.MX_NOT_LISTED;
        }

        @Override
        public String evidence() {
            return "MX in DNS: " + mxHosts + "; mx in the policy: " + patterns;
        }
    }

    /// MTA-STS enforce, and the certificate does not name the MX host (C4).
    record StsNameMismatch(DomainName policyDomain, DomainName mxHost, List<String> certificateNames)
            implements DeliveryFailure {
        public StsNameMismatch {
            certificateNames = List.copyOf(certificateNames);
        }

        @Override
        public SubReason subReason() {
            return SubReason.NAME_MISMATCH;
        }

        @Override
        public String evidence() {
            return "names in the certificate: " + certificateNames + "; MX host: " + mxHost;
        }
    }

    /// MTA-STS enforce, and the certificate is not trusted, or the handshake fails otherwise (C5).
    record StsCertificateInvalid(DomainName policyDomain, DomainName mxHost, SubReason subReason, String evidence)
            implements DeliveryFailure {}

    /// DANE, and there is no STARTTLS or the handshake fails (C6).
    record DaneTlsMissing(DomainName tlsaBaseDomain, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// DANE-TA, and the certificate has expired (C7).
    record DaneCertificateExpired(DomainName tlsaBaseDomain, String evidence) implements DeliveryFailure {
        @Override
        public SubReason subReason() {
            return SubReason.EXPIRED;
        }
    }

    /// DANE, and no TLSA record matches (C8).
    record DaneMismatch(DomainName tlsaBaseDomain, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// DNSSEC says that an answer is forged or broken (C9).
    record DnssecBogus(Question question, SubReason subReason, DnsFailure failure) implements DeliveryFailure {
        @Override
        public String evidence() {
            String detail = failure.detail();
            return detail.startsWith(question.toString()) ? detail : question + ": " + detail;
        }
    }

    /// DANE-TA, and the certificate names neither the TLSA base domain nor the next-hop domain (C10).
    record DaneNameMismatch(DomainName tlsaBaseDomain, List<DomainName> referenceNames, List<String> certificateNames)
            implements DeliveryFailure {
        public DaneNameMismatch {
            referenceNames = List.copyOf(referenceNames);
            certificateNames = List.copyOf(certificateNames);
        }

        @Override
        public SubReason subReason() {
            return SubReason.NAME_MISMATCH;
        }

        @Override
        public String evidence() {
            return "names in the certificate: " + certificateNames + "; names it may have: " + referenceNames;
        }
    }

    /// A DNS lookup gave no usable answer (C11).
    record DnsLookupFailed(Question question, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// The host cannot be reached, or the connection ended before the reply (C12).
    ///
    /// @param host the MX host, or the address as text when the destination is a literal
    record ConnectionFailed(String host, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// The domain accepts no mail (RFC 7505, C13).
    record NullMx(DomainName domain) implements DeliveryFailure {
        @Override
        public SubReason subReason() {
            return SubReason.NULL_MX;
        }

        @Override
        public String evidence() {
            return domain + ". MX 0 .";
        }
    }

    /// The sender demands REQUIRETLS, and the host cannot honour it, or has not proved that it is the one that
    /// could (RFC 8689, C14).
    record RequireTlsUnsupported(DomainName mxHost, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// A connector of the operator's demands TLS, and the host has none that counts.
    record ConnectorTlsMissing(DomainName mxHost, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// A connector of the operator's demands a trusted certificate, perhaps with a name, and the host has it not.
    record ConnectorCertificateInvalid(DomainName mxHost, SubReason subReason, String evidence)
            implements DeliveryFailure {}

    /// A connector of the operator's demands DANE or an enforced MTA-STS policy, and there is none to satisfy.
    ///
    /// @param nextHop who does not publish it
    record ConnectorPolicyMissing(DomainName nextHop, SubReason subReason, String evidence)
            implements DeliveryFailure {}

    /// The smart host of a connector cannot be found in DNS, or takes no mail. That says nothing about the
    /// recipient, so it is never final at once.
    record SmartHostUnusable(DomainName smartHost, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// The queue lifetime is over, and the last trouble has no code of its own (C15).
    ///
    /// @param last what stopped the last attempt
    record Expired(Optional<DeliveryFailure> last) implements DeliveryFailure {
        @Override
        public SubReason subReason() {
            return SubReason.QUEUE_LIFETIME_OVER;
        }

        @Override
        public String evidence() {
            return last.map(DeliveryFailure::evidence).orElse("no attempt was made");
        }
    }

    /// The recipient domain does not exist, or has neither MX nor address (C16).
    record NoSuchDomain(DomainName domain, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// The peer answered a command with a failure reply.
    ///
    /// @param command what it answers: `banner`, `EHLO`, `MAIL`, `RCPT`, `DATA`, or `message` for the reply after
    ///     the final dot
    /// @param replyCode 400–599
    /// @param enhancedCode such as `5.1.1`; empty when the peer gave none
    record PeerRejected(String command, int replyCode, Optional<String> enhancedCode, String text)
            implements DeliveryFailure {
        public PeerRejected {
            if (replyCode < 400 || replyCode > 599) {
                throw new IllegalArgumentException("not a failure reply: " + replyCode);
            }
        }

        @Override
        public SubReason subReason() {
            return SubReason.PEER_REPLY;
        }

        @Override
        public String evidence() {
            return "reply to " + command + ": " + replyCode
                    + enhancedCode.map(c -> " " + PrintableText.line(c, 12)).orElse("") + " "
                    + PrintableText.line(text, 500);
        }
    }

    /// The message needs an extension that no host offers, such as SMTPUTF8 (RFC 6531 §3.5).
    record ExtensionMissing(DomainName mxHost, SubReason subReason, String evidence) implements DeliveryFailure {}

    /// The message has travelled in circles (RFC 5321 §6.3).
    record LoopDetected(int receivedCount) implements DeliveryFailure {
        @Override
        public SubReason subReason() {
            return SubReason.LOOP_DETECTED;
        }

        @Override
        public String evidence() {
            return receivedCount + " Received fields";
        }
    }

    /// The gateway's operator took the message out of the queue.
    record RemovedByOperator() implements DeliveryFailure {
        @Override
        public SubReason subReason() {
            return SubReason.REMOVED_BY_OPERATOR;
        }

        @Override
        public String evidence() {
            return "removed from the queue by hand";
        }
    }

    /// A defect of Gatepost itself: always deferred, never returned to the sender as if it were the peer's.
    record InternalDefect(String evidence) implements DeliveryFailure {
        @Override
        public SubReason subReason() {
            return SubReason.INTERNAL;
        }
    }
}
