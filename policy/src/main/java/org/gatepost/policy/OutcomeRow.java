// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.gatepost.policy.OutcomeRow.NextStep.RETRY;
import static org.gatepost.policy.OutcomeRow.NextStep.RETURN_AT_ONCE;
import static org.gatepost.policy.OutcomeRow.Owner.GATEWAY_OPERATOR;
import static org.gatepost.policy.OutcomeRow.Owner.RECIPIENT_DNS;
import static org.gatepost.policy.OutcomeRow.Owner.RECIPIENT_POSTMASTER;
import static org.gatepost.policy.OutcomeRow.Owner.SENDER;

import java.util.Optional;
import org.gatepost.tlsrpt.ResultType;

/// One row of the outcome table: what a failure means for the message, the reports and the people.
///
/// A few outcomes have several rows, because their TLS report or their repair differs by sub-reason. The
/// texts are those of the final report; `<…>` is filled in by [OutcomeTable].
public enum OutcomeRow {
    STS_STARTTLS_MISSING(
            new Cause(
                    "C1",
                    "MTA-STS enforce, STARTTLS not offered or refused",
                    "The recipient's domain demands encryption (MTA-STS), and its mail server offered none."),
            new Reply(551, "5.7.4", "STARTTLS is required by recipient domain's MTA-STS policy"),
            Effect.policy(ResultType.STARTTLS_NOT_SUPPORTED),
            RECIPIENT_POSTMASTER,
            "Switch STARTTLS on at the MX host, or take the host out of the MX records."),
    STS_TLS_TOO_OLD(
            new Cause(
                    "C2",
                    "MTA-STS enforce, server below TLS 1.2",
                    "The recipient's domain demands encryption (MTA-STS), and its mail server knows only "
                            + "versions of TLS that are no longer safe."),
            new Reply(551, "5.7.6", "MTA-STS requires TLS 1.2 or higher. TLS Version: <observed TLS version>"),
            Effect.policy(ResultType.VALIDATION_FAILURE),
            RECIPIENT_POSTMASTER,
            "Enable TLS 1.2 or TLS 1.3 at the MX host."),
    STS_MX_NOT_LISTED(
            new Cause(
                    "C3",
                    "MTA-STS enforce, no MX host matches the policy",
                    "The recipient's domain lists the mail servers that may take its mail (MTA-STS), and DNS "
                            + "named none of them. That happens after a change that was made in one place only, or when "
                            + "somebody forges DNS answers."),
            new Reply(551, "5.4.8", "MX hosts of '<domain>' failed MTA-STS validation."),
            Effect.policy(ResultType.VALIDATION_FAILURE),
            RECIPIENT_POSTMASTER,
            "List every MX host name in the MTA-STS policy as the MX records spell it, then change the policy id."),
    STS_NAME_MISMATCH(
            new Cause(
                    "C4",
                    "MTA-STS enforce, certificate name differs from MX host",
                    "The recipient's domain demands a mail server that proves its name (MTA-STS), and the "
                            + "server's certificate names another."),
            new Reply(
                    551,
                    "5.7.5",
                    "Remote certificate MUST have a subject alternative name matching the hostname (MTA-STS)"),
            Effect.policy(ResultType.CERTIFICATE_HOST_MISMATCH),
            RECIPIENT_POSTMASTER,
            "Install a certificate whose subject alternative names include the MX host name."),
    STS_CERTIFICATE_EXPIRED(
            new Cause(
                    "C5",
                    "MTA-STS enforce, certificate expired",
                    "The recipient's domain demands a mail server that proves its name (MTA-STS), and the "
                            + "server's certificate has expired."),
            Reply.stsCertificate(),
            Effect.policy(ResultType.CERTIFICATE_EXPIRED),
            RECIPIENT_POSTMASTER,
            "Renew the certificate of the MX host."),
    STS_CERTIFICATE_NOT_TRUSTED(
            new Cause(
                    "C5",
                    "MTA-STS enforce, certificate not trusted, not yet valid, revoked or its chain broken",
                    "The recipient's domain demands a mail server that proves its name (MTA-STS), and the "
                            + "server's certificate cannot be trusted."),
            Reply.stsCertificate(),
            Effect.policy(ResultType.CERTIFICATE_NOT_TRUSTED),
            RECIPIENT_POSTMASTER,
            "Install a certificate from a public authority at the MX host, with all intermediate certificates."),
    STS_HANDSHAKE_FAILED(
            new Cause(
                    "C5",
                    "MTA-STS enforce, TLS handshake fails otherwise",
                    "The recipient's domain demands encryption (MTA-STS), and encryption with its mail server "
                            + "could not be set up."),
            Reply.stsCertificate(),
            Effect.policy(ResultType.VALIDATION_FAILURE),
            RECIPIENT_POSTMASTER,
            "Repair TLS at the MX host: the handshake does not complete."),
    DANE_STARTTLS_MISSING(
            new Cause(
                    "C6",
                    "DANE, no STARTTLS",
                    "The recipient's domain demands encryption (DANE), and its mail server offered none."),
            Reply.daneTls(),
            Effect.policy(ResultType.STARTTLS_NOT_SUPPORTED),
            RECIPIENT_POSTMASTER,
            "Switch STARTTLS on at the MX host, or withdraw its TLSA records."),
    DANE_HANDSHAKE_FAILED(
            new Cause(
                    "C6",
                    "DANE, TLS handshake fails or server below TLS 1.2",
                    "The recipient's domain demands encryption (DANE), and encryption with its mail server "
                            + "could not be set up."),
            Reply.daneTls(),
            Effect.policy(ResultType.VALIDATION_FAILURE),
            RECIPIENT_POSTMASTER,
            "Repair TLS 1.2 or TLS 1.3 at the MX host: the handshake does not complete."),
    DANE_CERTIFICATE_EXPIRED(
            new Cause(
                    "C7",
                    "DANE-TA, certificate expired",
                    "The recipient's domain publishes which authority vouches for its mail server (DANE), and "
                            + "the server's certificate has expired."),
            new Reply(550, "5.7.322", "certificate-expired: Destination mail server's certificate is expired."),
            Effect.policy(ResultType.CERTIFICATE_EXPIRED),
            RECIPIENT_POSTMASTER,
            "Renew the certificate of the MX host, or the authority's that the TLSA record names."),
    DANE_MISMATCH(
            new Cause(
                    "C8",
                    "DANE, no TLSA record matches",
                    "The recipient's domain publishes which certificate its mail server must show (DANE), and "
                            + "the server showed another. It may be an impostor, or the certificate was changed without "
                            + "the DNS records."),
            new Reply(550, "5.7.323", "tlsa-invalid: The domain failed DANE validation."),
            Effect.policy(ResultType.TLSA_INVALID),
            RECIPIENT_POSTMASTER,
            "Publish TLSA records that match the certificates the MX host sends, or install the matching ones."),
    DNSSEC_BOGUS(
            new Cause(
                    "C9",
                    "DNSSEC bogus for MX, address or TLSA",
                    "The recipient's domain signs its DNS records, and the signatures are wrong. The records "
                            + "may be forged, so nobody can say where the message should go."),
            new Reply(550, "5.7.324", "dnssec-invalid: Destination domain returned invalid DNSSEC records"),
            new Effect(RETRY, Severity.BOGUS, Optional.of(ResultType.DNSSEC_INVALID)),
            RECIPIENT_DNS,
            "Sign the zone again, and make the DS records at the parent match its keys."),
    DANE_NAME_MISMATCH(
            new Cause(
                    "C10",
                    "DANE-TA, name mismatch",
                    "The recipient's domain publishes which authority vouches for its mail server (DANE), and "
                            + "the server's certificate names another server."),
            new Reply(
                    550,
                    "5.7.325",
                    "certificate-host-mismatch: Remote certificate MUST have a common name or subject alternative name"
                            + " matching the hostname (DANE)"),
            Effect.policy(ResultType.CERTIFICATE_HOST_MISMATCH),
            RECIPIENT_POSTMASTER,
            "Install a certificate that names the MX host, or publish TLSA records of usage 3."),
    DNS_LOOKUP_FAILED(
            new Cause(
                    "C11",
                    "DNS lookup failed (not bogus)",
                    "DNS gave no answer about the recipient's domain, so it is not known where the message "
                            + "should go."),
            Reply.dnsQuery(),
            new Effect(RETRY, Severity.LOOKUP, Optional.empty()),
            RECIPIENT_DNS,
            "Make every name server of the domain answer; if many domains fail, the gateway's upstreams are at fault."),
    TLSA_LOOKUP_FAILED(
            new Cause(
                    "C11",
                    "TLSA lookup failed (not bogus) below a signed MX host",
                    "DNS gave no answer about the certificates of the recipient's mail server (DANE), so it "
                            + "cannot be told from an impostor."),
            Reply.dnsQuery(),
            new Effect(RETRY, Severity.LOOKUP, Optional.of(ResultType.DNSSEC_INVALID)),
            RECIPIENT_DNS,
            "Make the name servers of the MX host answer TLSA questions, if only with a signed denial."),
    MX_HOST_WITHOUT_ADDRESS(
            new Cause(
                    "C11",
                    "the MX host has no address",
                    "The recipient's domain names a mail server that has no address."),
            Reply.dnsQuery(),
            new Effect(RETRY, Severity.LOOKUP, Optional.empty()),
            RECIPIENT_DNS,
            "Publish A or AAAA records for the MX host, or take it out of the MX records."),
    CONNECTION_REFUSED(
            new Cause("C12", "connection refused", "The recipient's mail server does not accept connections."),
            new Reply(550, "5.4.316", "Connection refused"),
            new Effect(RETRY, Severity.CONNECTION, Optional.empty()),
            RECIPIENT_POSTMASTER,
            "Let the MX host accept connections to port 25."),
    CONNECTION_TIMED_OUT(
            new Cause("C12", "connection timed out", "The recipient's mail server does not answer."),
            new Reply(550, "5.4.315", "Connection timed out"),
            new Effect(RETRY, Severity.CONNECTION, Optional.empty()),
            RECIPIENT_POSTMASTER,
            "Make the MX host reachable at port 25; if many hosts time out, the gateway's own network is at fault."),
    CONNECTION_CLOSED(
            new Cause(
                    "C12",
                    "connection closed",
                    "The recipient's mail server ended the connection before it had taken the message."),
            new Reply(550, "5.4.318", "Connection was closed abruptly"),
            new Effect(RETRY, Severity.CONNECTION, Optional.empty()),
            RECIPIENT_POSTMASTER,
            "Find out in the logs of the MX host why it closes connections in the middle of a session."),
    NULL_MX(
            new Cause("C13", "null MX (RFC 7505)", "The recipient's domain declares that it receives no mail."),
            new Reply(556, "5.1.10", "Recipient address has null MX"),
            new Effect(RETURN_AT_ONCE, Severity.FINAL, Optional.empty()),
            SENDER,
            "Use another address: the domain declares that it receives no mail."),
    REQUIRETLS_UNSUPPORTED(
            new Cause(
                    "C14",
                    "REQUIRETLS cannot be honoured (RFC 8689)",
                    "You asked for protection on the whole way (REQUIRETLS), and the recipient's mail server "
                            + "cannot promise it."),
            new Reply(550, "5.7.30", "REQUIRETLS support required"),
            new Effect(RETURN_AT_ONCE, Severity.FINAL, Optional.empty()),
            SENDER,
            "Send without REQUIRETLS, or have the recipient's postmaster support it."),
    REQUIRETLS_UNPROVEN(
            new Cause(
                    "C14",
                    "REQUIRETLS, and no TLS with a host that proves who it is",
                    "You asked for protection on the whole way (REQUIRETLS), and the recipient's mail server "
                            + "did not prove over an encrypted connection that it is the right one."),
            new Reply(550, "5.7.10", "Encryption needed"),
            new Effect(RETRY, Severity.POLICY, Optional.empty()),
            RECIPIENT_POSTMASTER,
            "Give the MX host STARTTLS with a certificate for its name from a public authority, or send without "
                    + "REQUIRETLS."),
    REQUIRETLS_SWITCHED_OFF(
            new Cause(
                    "C14",
                    "REQUIRETLS, and this gateway's configuration switches MTA-STS off for a domain whose MX records are not signed",
                    "You asked for protection on the whole way (REQUIRETLS), and your organization's gateway is set "
                            + "not to ask what this destination promises."),
            new Reply(550, "5.7.10", "Encryption needed"),
            new Effect(RETRY, Severity.POLICY, Optional.empty()),
            GATEWAY_OPERATOR,
            "Take `mta-sts = \"none\"` away from the connector for the domain, or from `policy`, or have the message "
                    + "sent without REQUIRETLS."),
    MESSAGE_EXPIRED(
            new Cause(
                    "C15",
                    "queue lifetime over, other cause",
                    "The message was tried until its time in the queue was over."),
            new Reply(550, "4.4.7", "Message expired"),
            new Effect(RETURN_AT_ONCE, Severity.EXPIRED, Optional.empty()),
            RECIPIENT_POSTMASTER,
            "Remove the last cause, which the diagnostics name, then have the message sent again."),
    NO_SUCH_DOMAIN(
            new Cause(
                    "C16",
                    "recipient domain does not exist, or has neither MX nor address",
                    "There is no such domain, or nothing in it that could receive mail."),
            new Reply(550, "5.4.310", "DNS domain '<domain>' does not exist"),
            new Effect(RETURN_AT_ONCE, Severity.FINAL, Optional.empty()),
            SENDER,
            "Check the spelling of the domain in the address."),
    PEER_REJECTED_FOR_NOW(
            new Cause(
                    "G1",
                    "the peer answered with a 4yz reply",
                    "The recipient's mail server asked to be tried again later."),
            Reply.ofPeer(450, "4.0.0"),
            new Effect(RETRY, Severity.PEER, Optional.empty()),
            RECIPIENT_POSTMASTER,
            "Do what the peer's own reply asks for; until then the message is retried."),
    PEER_REJECTED(
            new Cause("G2", "the peer answered with a 5yz reply", "The recipient's mail server refused the message."),
            Reply.ofPeer(550, "5.0.0"),
            new Effect(RETURN_AT_ONCE, Severity.FINAL, Optional.empty()),
            SENDER,
            "Do what the peer's own reply asks for, then send again."),
    EXTENSION_MISSING(
            new Cause(
                    "G3",
                    "the message needs an SMTP extension that the destination does not offer",
                    "The message uses international addresses, and the recipient's mail server does not know "
                            + "them."),
            new Reply(550, "5.6.7", "The message needs SMTPUTF8, which the destination does not offer"),
            new Effect(RETURN_AT_ONCE, Severity.FINAL, Optional.empty()),
            SENDER,
            "Send to and from ASCII addresses, with ASCII header fields."),
    LOOP_DETECTED(
            new Cause(
                    "G4", "the message travels in circles (RFC 5321 §6.3)", "The message was passed round in circles."),
            new Reply(554, "5.4.6", "Routing loop detected: too many Received fields"),
            new Effect(RETURN_AT_ONCE, Severity.FINAL, Optional.empty()),
            GATEWAY_OPERATOR,
            "Break the loop: one of the hosts in the Received fields sends the message back to where it came from."),
    INTERNAL_DEFECT(
            new Cause("G5", "a defect of Gatepost", "The gateway itself has a defect; the message is kept."),
            new Reply(450, "4.3.0", "Internal error; the message stays in the queue"),
            new Effect(RETRY, Severity.DEFECT, Optional.empty()),
            GATEWAY_OPERATOR,
            "Report the defect with the log lines around it; the message is kept and tried again."),
    CONNECTOR_TLS_MISSING(
            new Cause(
                    "G6",
                    "a connector demands TLS, and there is no STARTTLS, the handshake fails or the server is below TLS 1.2",
                    "Your organization sends mail to this destination only over an encrypted connection, and the mail "
                            + "server there offered none."),
            new Reply(550, "5.7.4", "TLS is required by a connector of the sending gateway"),
            Effect.connector(),
            GATEWAY_OPERATOR,
            "Have STARTTLS with TLS 1.2 or higher switched on at the host, or change `tls` of the connector."),
    CONNECTOR_CERTIFICATE_INVALID(
            new Cause(
                    "G7",
                    "a connector demands a trusted certificate or a name in it, and the host has it not",
                    "Your organization sends mail to this destination only if the mail server there proves who it is, "
                            + "and its certificate does not."),
            new Reply(550, "5.7.320", "Certificate validation failed. Reason: <reason>"),
            Effect.connector(),
            GATEWAY_OPERATOR,
            "Have a valid certificate installed at the host, or change `tls` and `tls-name` of the connector."),
    CONNECTOR_DANE_MISSING(
            new Cause(
                    "G8",
                    "a connector demands DANE, and there is none to satisfy",
                    "Your organization sends mail to this destination only if its mail server can be authenticated by "
                            + "DNS (DANE), and the destination does not offer that."),
            new Reply(550, "5.7.1", "DANE is required by a connector of the sending gateway, '<domain>' has none"),
            Effect.connector(),
            GATEWAY_OPERATOR,
            "Have the zones signed and TLSA records published for the MX hosts, or change `dane` of the connector."),
    CONNECTOR_STS_MISSING(
            new Cause(
                    "G9",
                    "a connector demands MTA-STS, and there is no policy in mode enforce",
                    "Your organization sends mail to this destination only if it enforces a security policy (MTA-STS), "
                            + "and it does not."),
            new Reply(
                    550,
                    "5.7.1",
                    "MTA-STS is required by a connector of the sending gateway, '<domain>' enforces none"),
            Effect.connector(),
            GATEWAY_OPERATOR,
            "Have an MTA-STS policy in mode enforce published, or change `mta-sts` of the connector."),
    SMART_HOST_UNUSABLE(
            new Cause(
                    "G10",
                    "the smart host of a connector does not exist or takes no mail",
                    "The gateway is told to hand mail for this destination to a relay that cannot be found."),
            new Reply(550, "5.4.4", "Unable to route: smart host '<domain>' cannot be used"),
            Effect.connector(),
            GATEWAY_OPERATOR,
            "Correct `smart-hosts` of the connector, or the DNS records of the smart host."),
    REMOVED_BY_OPERATOR(
            new Cause(
                    "G11",
                    "the gateway's operator dropped the message from the queue",
                    "The operator of the gateway that held the message removed it undelivered."),
            new Reply(554, "5.3.0", "Message removed from the queue by the operator"),
            new Effect(RETURN_AT_ONCE, Severity.FINAL, Optional.empty()),
            GATEWAY_OPERATOR,
            "Ask the operator of the gateway why; send the message again if it is still wanted.");

    private final String id;
    private final String cause;
    private final String inWords;
    private final int replyCode;
    private final String enhancedCode;
    private final String text;
    private final NextStep nextStep;
    private final Severity severity;
    private final Optional<ResultType> resultType;
    private final Owner owner;
    private final String fix;

    OutcomeRow(Cause cause, Reply reply, Effect effect, Owner owner, String fix) {
        this.id = cause.id();
        this.cause = cause.description();
        this.inWords = cause.inWords();
        this.replyCode = reply.code();
        this.enhancedCode = reply.enhancedCode();
        this.text = reply.text();
        this.nextStep = effect.nextStep();
        this.severity = effect.severity();
        this.resultType = effect.result();
        this.owner = owner;
        this.fix = fix;
    }

    /// C1 to C16 for the outcomes of the product's specification, G1 and on for further ones; the rows of one
    /// outcome share it.
    public String id() {
        return id;
    }

    /// What happened, as a sentence part.
    public String cause() {
        return cause;
    }

    /// What happened, in a sentence or two for people who know nothing of mail servers.
    public String inWords() {
        return inWords;
    }

    /// The reply code of the final report; while the message is retried it is 450.
    public int replyCode() {
        return replyCode;
    }

    /// The enhanced status code of the final report (RFC 3463).
    public String enhancedCode() {
        return enhancedCode;
    }

    /// The text of the final report, with `<…>` where evidence is filled in.
    public String text() {
        return text;
    }

    /// Whether code and text are those of the peer's reply instead of this row's.
    public boolean rendersPeerReply() {
        return text.equals(Reply.OF_PEER);
    }

    public NextStep nextStep() {
        return nextStep;
    }

    public Severity severity() {
        return severity;
    }

    /// What TLS reports call it; empty when they do not count it (RFC 8460 §4.3).
    public Optional<ResultType> resultType() {
        return resultType;
    }

    /// Who can put it right.
    public Owner owner() {
        return owner;
    }

    /// One sentence for the owner.
    public String fix() {
        return fix;
    }

    private record Cause(String id, String description, String inWords) {}

    private record Reply(int code, String enhancedCode, String text) {
        private static final String OF_PEER = "<the peer's reply>";

        private static Reply stsCertificate() {
            return new Reply(551, "5.7.5", "Remote certificate failed MTA-STS validation. Reason: <reason>");
        }

        private static Reply daneTls() {
            return new Reply(
                    550,
                    "5.7.321",
                    "starttls-not-supported: Destination mail server must support TLS to receive mail.");
        }

        private static Reply dnsQuery() {
            return new Reply(550, "5.4.312", "DNS query failed");
        }

        private static Reply ofPeer(int code, String enhancedCode) {
            return new Reply(code, enhancedCode, OF_PEER);
        }
    }

    private record Effect(NextStep nextStep, Severity severity, Optional<ResultType> result) {
        private static Effect policy(ResultType result) {
            return new Effect(RETRY, Severity.POLICY, Optional.of(result));
        }

        /// The operator's own demands are no policy of the receiver's, so no TLS report counts them.
        private static Effect connector() {
            return new Effect(RETRY, Severity.POLICY, Optional.empty());
        }
    }

    /// What becomes of the message.
    public enum NextStep {
        /// It stays in the queue until its lifetime ends (RFC 7672 §2.1.2, RFC 8461 §5.1: delayed, not refused).
        RETRY,
        /// It goes back to the sender now.
        RETURN_AT_ONCE
    }

    /// Which of several failures stands for all hosts of a destination: the first of these. What may pass by
    /// itself comes before what is final, so that a message returns at once only when every host says so.
    public enum Severity {
        /// Our own fault, which must never make mail bounce.
        DEFECT,
        /// Forged or broken DNSSEC.
        BOGUS,
        /// A demand of the recipient domain's, the sender's or the operator's was not met.
        POLICY,
        /// DNS told nothing usable.
        LOOKUP,
        /// The peer wants the message later.
        PEER,
        /// There was no session, or it broke.
        CONNECTION,
        /// Nothing will change by waiting.
        FINAL,
        /// The queue lifetime is over, which is said of messages, not of hosts.
        EXPIRED
    }

    /// Who can put it right.
    public enum Owner {
        RECIPIENT_POSTMASTER,
        RECIPIENT_DNS,
        SENDER,
        GATEWAY_OPERATOR;

        /// As people read it, such as `recipient's DNS`.
        @Override
        public String toString() {
            return switch (this) {
                case RECIPIENT_POSTMASTER -> "recipient's postmaster";
                case RECIPIENT_DNS -> "recipient's DNS";
                case SENDER -> "sender";
                case GATEWAY_OPERATOR -> "gateway operator";
            };
        }
    }
}
