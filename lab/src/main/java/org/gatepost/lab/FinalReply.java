// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

/// The final replies that Gatepost promises, written down here once more so that the lab does not
/// take the gateway's word for them. `<domain>` stands for the recipient domain, `<reason>` for any
/// text.
final class FinalReply {
    static final String STS_NO_STARTTLS = "551 5.7.4 STARTTLS is required by recipient domain's MTA-STS policy";
    static final String STS_TLS_1_1 = "551 5.7.6 MTA-STS requires TLS 1.2 or higher. TLS Version: TLSv1.1";
    static final String STS_MX = "551 5.4.8 MX hosts of '<domain>' failed MTA-STS validation.";
    static final String STS_NAME =
            "551 5.7.5 Remote certificate MUST have a subject alternative name matching the hostname (MTA-STS)";
    static final String STS_CERTIFICATE = "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: <reason>";
    static final String DANE_NO_TLS =
            "550 5.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail.";
    static final String DANE_EXPIRED =
            "550 5.7.322 certificate-expired: Destination mail server's certificate is expired.";
    static final String DANE_MISMATCH = "550 5.7.323 tlsa-invalid: The domain failed DANE validation.";
    static final String BOGUS = "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records";
    static final String DANE_NAME = "550 5.7.325 certificate-host-mismatch: Remote certificate MUST have a common name"
            + " or subject alternative name matching the hostname (DANE)";
    static final String DNS_FAILED = "550 5.4.312 DNS query failed";
    static final String REFUSED = "550 5.4.316 Connection refused";
    static final String TIMED_OUT = "550 5.4.315 Connection timed out";
    static final String CLOSED = "550 5.4.318 Connection was closed abruptly";
    static final String NULL_MX = "556 5.1.10 Recipient address has null MX";
    static final String MESSAGE_EXPIRED = "550 4.4.7 Message expired";
    static final String NO_DOMAIN = "550 5.4.310 DNS domain '<domain>' does not exist";
    static final String REQUIRETLS = "550 5.7.30 REQUIRETLS support required";
    static final String REQUIRETLS_NO_TLS = "550 5.7.10 Encryption needed";
    static final String PEER_RECIPIENT = "550 5.1.1 no such mailbox here";
    static final String PEER_MESSAGE = "554 5.7.1 message refused";

    private FinalReply() {}
}
