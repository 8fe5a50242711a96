// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What most likely lies behind a failure of a report, in words for whoever reads the report: the one table of
/// these.
///
/// @param cause a sentence without its full stop
/// @param fix what to do about it, a sentence without its full stop
public record FailureAdvice(String cause, String fix, Owner owner) {
    /// Who can mend it.
    public enum Owner {
        MAIL("the domain's mail operator"),
        DNS("whoever runs the domain's DNS"),
        POLICY_HOST("whoever runs the domain's MTA-STS policy host"),
        SENDER("the sender");

        private final String words;

        Owner(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /// Words of reason codes that senders' software writes: OpenSSL's error names, TLS alerts, our own.
    private record Reason(List<String> words, FailureAdvice advice) {}

    private static final List<Reason> REASONS = List.of(
            reason(
                    "The certificate was not valid yet: it was put in place early, or the sender's clock is wrong",
                    "Put the certificate in place only when it is valid",
                    Owner.MAIL,
                    "not-yet-valid"),
            reason(
                    "The server does not send its intermediate certificate, so no sender can build the chain",
                    "Configure the full chain: the certificate first, then each intermediate",
                    Owner.MAIL,
                    "unable-to-get-issuer-cert",
                    "unable-to-verify-leaf",
                    "missing-intermediate",
                    "issuer-not-found"),
            reason(
                    "The server has a self-signed certificate or one of a private authority",
                    "Get a certificate from a public authority",
                    Owner.MAIL,
                    "self-signed",
                    "unknown-ca"),
            reason(
                    "The domain's MX record names a host that its MTA-STS policy does not list",
                    "Add the host to the policy and change the id of the record, or correct the MX record",
                    Owner.POLICY_HOST,
                    "mx-not-listed",
                    "mx-mismatch"),
            reason("The certificate is revoked", "Get a new certificate and put it in place", Owner.MAIL, "revoked"),
            reason(
                    "The key of the server is another one than the TLSA records announce, most often after a renewal",
                    "Publish the TLSA record of the key in use, and in future that of the next key two TTLs before the switch",
                    Owner.DNS,
                    "key-mismatch",
                    "ee-certificate-mismatch"),
            reason(
                    "The server does not send the certificate that the TLSA record names as trust anchor",
                    "Send the whole chain, or publish a record of the authority in use",
                    Owner.MAIL,
                    "ta-not-in-chain"),
            reason(
                    "Server and sender have no TLS version or cipher in common; MTA-STS and DANE want TLS 1.2 or later",
                    "Switch on TLS 1.2 and 1.3 with current cipher suites on port 25",
                    Owner.MAIL,
                    "tls-version-too-old",
                    "protocol-version",
                    "no-shared-cipher",
                    "handshake-failure",
                    "insufficient-security",
                    "unsupported-protocol"));

    private static Reason reason(String cause, String fix, Owner owner, String... words) {
        return new Reason(List.of(words), new FailureAdvice(cause, fix, owner));
    }

    /// Types of which the reason code cannot tell more: it is about another certificate than the mail server's,
    /// if any.
    private static final Set<String> WITHOUT_REASON = Set.of(
            ResultType.STARTTLS_NOT_SUPPORTED.toString(),
            ResultType.DNSSEC_INVALID.toString(),
            ResultType.STS_POLICY_FETCH_ERROR.toString(),
            ResultType.STS_POLICY_INVALID.toString(),
            ResultType.STS_WEBPKI_INVALID.toString());

    /// The advice for a failure, also for types that nobody has defined.
    public static FailureAdvice of(String resultType, String policyType, Optional<String> reasonCode) {
        String code =
                reasonCode.orElse("").toLowerCase(Locale.ROOT).replace('_', '-').replace(' ', '-');
        return REASONS.stream()
                .filter(reason -> !WITHOUT_REASON.contains(resultType))
                .filter(reason -> reason.words().stream().anyMatch(code::contains))
                .map(Reason::advice)
                .findFirst()
                .or(() -> Arrays.stream(ResultType.values())
                        .filter(type -> type.toString().equals(resultType))
                        .map(type -> of(type, policyType.equals(PolicyType.TLSA.toString())))
                        .findFirst())
                .orElseGet(FailureAdvice::unknown);
    }

    private static FailureAdvice of(ResultType type, boolean dane) {
        return switch (type) {
            case STARTTLS_NOT_SUPPORTED ->
                new FailureAdvice(
                        "The host did not offer STARTTLS, or something between strips it, or an attacker does",
                        "Offer STARTTLS on port 25 to everyone, on every MX host; look at filters and mail gateways in front",
                        Owner.MAIL);
            case CERTIFICATE_HOST_MISMATCH ->
                new FailureAdvice(
                        "The certificate has not the name of the MX host",
                        "Get a certificate with the name in the MX record as subject alternative name",
                        Owner.MAIL);
            case CERTIFICATE_EXPIRED ->
                new FailureAdvice(
                        "The certificate has expired",
                        "Renew it, make the mail server load the new one, and watch the date",
                        Owner.MAIL);
            case CERTIFICATE_NOT_TRUSTED ->
                new FailureAdvice(
                        "The certificate is of an authority that senders do not trust, or an intermediate is not sent",
                        "Get a certificate from a public authority and configure the full chain",
                        Owner.MAIL);
            case VALIDATION_FAILURE ->
                dane
                        ? new FailureAdvice(
                                "The server's certificate fits no TLSA record, or the handshake failed otherwise",
                                "Compare the TLSA records with the certificates of every MX host",
                                Owner.DNS)
                        : new FailureAdvice(
                                "Something else went wrong: a host outside the policy, a handshake that failed, a time-out",
                                "Compare the MX records with the mx lines of the policy; then look at the reason code and the server's log",
                                Owner.MAIL);
            case TLSA_INVALID ->
                new FailureAdvice(
                        "No TLSA record matches the server's certificate or key, or the records are malformed",
                        "Publish the record of the key in use (3 1 1), and in future the next key's before the switch",
                        Owner.DNS);
            case DNSSEC_INVALID ->
                new FailureAdvice(
                        "The domain's DNSSEC signatures did not validate: expired, or the DS record does not fit",
                        "Have the zone signed anew and compare its keys with the DS record at the parent",
                        Owner.DNS);
            case DANE_REQUIRED ->
                new FailureAdvice(
                        "The sender demands DANE for this domain, and the domain has no TLSA records it can use",
                        "Publish TLSA records in a signed zone, or ask the sender why it demands them",
                        Owner.SENDER);
            case STS_POLICY_FETCH_ERROR ->
                new FailureAdvice(
                        "The policy could not be fetched: the policy host does not answer, is slow, redirects, or has no such page",
                        "Serve https://mta-sts.<domain>/.well-known/mta-sts.txt with status 200 as text/plain, without redirects",
                        Owner.POLICY_HOST);
            case STS_POLICY_INVALID ->
                new FailureAdvice(
                        "The policy was fetched and is malformed",
                        "Correct the policy: version, mode, mx and max_age, each on a line (RFC 8461 §3.2)",
                        Owner.POLICY_HOST);
            case STS_WEBPKI_INVALID ->
                new FailureAdvice(
                        "The policy host's certificate is not valid for mta-sts.<domain>",
                        "Give the policy host a certificate of a public authority with that name, and renew it in time",
                        Owner.POLICY_HOST);
        };
    }

    private static FailureAdvice unknown() {
        return new FailureAdvice(
                "The report does not say in the terms of RFC 8460",
                "Look at the reason code and the additional information, or ask the sender at its contact address",
                Owner.SENDER);
    }
}
