// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import static org.gatepost.lab.ScenarioRow.row;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.gatepost.lab.Fault.Place;
import org.gatepost.zones.Tampering;
import org.gatepost.zones.Tampering.ErrorCode;

/// Every scenario of the lab, as a table; one row a scenario, so it is long and to be read by row.
public final class Scenarios {
    private Scenarios() {}

    /// All of them, each with an id of its own.
    public static List<Scenario> all() {
        return Stream.of(
                        plain(),
                        routing(),
                        mtaSts(),
                        policyHost(),
                        daneMatching(),
                        daneAttacked(),
                        together(),
                        oneSided(),
                        requireTls())
                .flatMap(List::stream)
                .toList();
    }

    /// Happy DANE domains for load: `bulk-001.test` and so on.
    public static List<Scenario> bulk(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> row("bulk-%03d".formatted(i), "One of many domains")
                        .dane(TlsaKind.EE_KEY)
                        .delivered(Protection.DANE))
                .toList();
    }

    private static List<Scenario> plain() {
        return List.of(
                row("plain-clear", "Plain domain without TLS")
                        .fault(StartTls.STRIPPED)
                        .delivered(Protection.CLEAR),
                row("plain-tls", "Plain domain with TLS").delivered(Protection.TLS),
                row("plain-self-signed", "Opportunistic TLS with a self-signed certificate")
                        .certificate(CertificateKind.SELF_SIGNED)
                        .delivered(Protection.TLS),
                row("plain-expired", "Opportunistic TLS with an expired certificate")
                        .certificate(CertificateKind.EXPIRED)
                        .delivered(Protection.TLS),
                row("plain-starttls-refused", "Plain domain, STARTTLS answered with 454")
                        .fault(StartTls.REFUSED)
                        .delivered(Protection.CLEAR),
                row("plain-handshake-broken", "Plain domain with a broken TLS stack")
                        .fault(StartTls.GARBAGE)
                        .delivered(Protection.CLEAR),
                row("plain-tls11", "Plain domain with TLS 1.1 only")
                        .fault(StartTls.ONLY_TLS_1_1)
                        .delivered(Protection.CLEAR),
                row("plain-forged-mx", "Plain domain, forged MX: nothing protects it")
                        .fault(new Fault.ForgedMx())
                        .deliveredTo(Protection.TLS, "attacker"));
    }

    private static List<Scenario> routing() {
        return List.of(
                row("null-mx", "Null MX").mx(MxPublication.NULL_MX).returnedAtOnce(FinalReply.NULL_MX),
                row("no-mx", "No MX, but an address").mx(MxPublication.IMPLICIT).delivered(Protection.TLS),
                row("no-mx-dane", "No MX, an address with TLSA records")
                        .mx(MxPublication.IMPLICIT)
                        .dane(TlsaKind.EE_KEY)
                        .delivered(Protection.DANE),
                row("no-mx-no-address", "Neither MX nor address")
                        .mx(MxPublication.NOTHING)
                        .returnedAtOnce(FinalReply.NO_DOMAIN),
                row("no-domain", "The domain does not exist")
                        .mx(MxPublication.NO_DOMAIN)
                        .returnedAtOnce(FinalReply.NO_DOMAIN),
                row("mx-alias", "Plain domain whose MX is an alias")
                        .mx(MxPublication.ALIAS)
                        .delivered(Protection.TLS),
                row("mx-servfail", "MX lookup fails")
                        .fault(Place.DOMAIN, "MX", new Tampering.ErrorReply(ErrorCode.SERVFAIL))
                        .heldThenReturned(FinalReply.DNS_FAILED),
                row("address-servfail", "Address lookup fails")
                        .fault(Place.FIRST_HOST, "A", new Tampering.ErrorReply(ErrorCode.SERVFAIL))
                        .heldThenReturned(FinalReply.DNS_FAILED),
                row("unreachable", "Nothing listens")
                        .fault(Reception.UNREACHABLE)
                        .heldThenReturned(FinalReply.REFUSED),
                row("closed", "The host closes at once")
                        .fault(Reception.CLOSES_AT_ONCE)
                        .heldThenReturned(FinalReply.CLOSED),
                row("closed-after-message", "The host closes before its last reply")
                        .fault(Reception.CLOSES_AFTER_MESSAGE)
                        .heldThenReturned(FinalReply.CLOSED),
                row("timeout", "The host never answers")
                        .fault(Reception.NEVER_ANSWERS)
                        .heldThenReturned(FinalReply.TIMED_OUT),
                row("no-mailbox", "The host does not know the recipient")
                        .fault(Reception.REFUSES_RECIPIENT)
                        .returnedAtOnce(FinalReply.PEER_RECIPIENT),
                row("message-refused", "The host refuses the message")
                        .fault(Reception.REFUSES_MESSAGE)
                        .returnedAtOnce(FinalReply.PEER_MESSAGE),
                row("greylisted", "The host refuses the first try")
                        .fault(Reception.GREYLISTS)
                        .delivered(Protection.TLS),
                row("greylisted-for-ever", "The host refuses every try")
                        .fault(Reception.GREYLISTS_FOR_EVER)
                        .heldThenReturned(FinalReply.MESSAGE_EXPIRED),
                row("second-mx", "First MX unreachable, second good")
                        .secondHost()
                        .fault(Reception.UNREACHABLE)
                        .deliveredTo(Protection.TLS, "mx2"));
    }

    private static List<Scenario> mtaSts() {
        return List.of(
                enforce("sts-good", "MTA-STS enforce").delivered(Protection.MTA_STS),
                enforce("sts-stripped", "MTA-STS enforce, STARTTLS stripped")
                        .fault(StartTls.STRIPPED)
                        .heldThenReturned(FinalReply.STS_NO_STARTTLS),
                enforce("sts-starttls-refused", "MTA-STS enforce, STARTTLS answered with 454")
                        .fault(StartTls.REFUSED)
                        .heldThenReturned(FinalReply.STS_NO_STARTTLS),
                enforce("sts-tls11", "MTA-STS enforce, TLS 1.1 only")
                        .fault(StartTls.ONLY_TLS_1_1)
                        .heldThenReturned(FinalReply.STS_TLS_1_1),
                enforce("sts-handshake-broken", "MTA-STS enforce, broken handshake")
                        .fault(StartTls.CLOSED)
                        .heldThenReturned(FinalReply.STS_CERTIFICATE),
                enforce("sts-mx-not-listed", "MTA-STS enforce, MX not listed")
                        .fault(new Fault.PolicyReplaced(StsMode.ENFORCE, Optional.of("mx.elsewhere.test")))
                        .heldThenReturned(FinalReply.STS_MX),
                enforce("sts-name-mismatch", "MTA-STS enforce, certificate for another name")
                        .certificate(CertificateKind.WRONG_NAME)
                        .heldThenReturned(FinalReply.STS_NAME),
                enforce("sts-expired", "MTA-STS enforce, certificate expired")
                        .certificate(CertificateKind.EXPIRED)
                        .heldThenReturned(FinalReply.STS_CERTIFICATE),
                enforce("sts-not-yet-valid", "MTA-STS enforce, certificate not yet valid")
                        .certificate(CertificateKind.NOT_YET_VALID)
                        .heldThenReturned(FinalReply.STS_CERTIFICATE),
                enforce("sts-untrusted", "MTA-STS enforce, untrusted authority")
                        .fault(CertificateKind.UNTRUSTED)
                        .heldThenReturned(FinalReply.STS_CERTIFICATE),
                enforce("sts-self-signed", "MTA-STS enforce, self-signed certificate")
                        .certificate(CertificateKind.SELF_SIGNED)
                        .heldThenReturned(FinalReply.STS_CERTIFICATE),
                enforce("sts-intermediate-expired", "MTA-STS enforce, intermediate expired")
                        .certificate(CertificateKind.EXPIRED_INTERMEDIATE)
                        .heldThenReturned(FinalReply.STS_CERTIFICATE),
                enforce("sts-cname-mx", "MTA-STS enforce, MX is an alias that the certificate does not name")
                        .mx(MxPublication.ALIAS)
                        .heldThenReturned(FinalReply.STS_NAME),
                enforce("sts-cname-mx-named", "MTA-STS enforce, MX is an alias that policy and certificate name")
                        .mx(MxPublication.NAMED_ALIAS)
                        .delivered(Protection.MTA_STS),
                enforce("sts-forged-mx", "MTA-STS enforce, forged MX")
                        .fault(new Fault.ForgedMx())
                        .heldThenReturned(FinalReply.STS_MX),
                enforce("sts-forged-address", "MTA-STS enforce, forged address")
                        .fault(new Fault.ForgedAddress())
                        .heldThenReturned(FinalReply.STS_NAME),
                enforce("sts-second-mx", "MTA-STS enforce, first MX untrusted, second good")
                        .secondHost()
                        .fault(CertificateKind.UNTRUSTED)
                        .deliveredTo(Protection.MTA_STS, "mx2"),
                testing("sts-testing-stripped", "MTA-STS testing, STARTTLS stripped")
                        .fault(StartTls.STRIPPED)
                        .delivered(Protection.CLEAR),
                testing("sts-testing-untrusted", "MTA-STS testing, untrusted authority")
                        .certificate(CertificateKind.UNTRUSTED)
                        .delivered(Protection.TLS),
                testing("sts-testing-not-listed", "MTA-STS testing, MX not listed")
                        .fault(new Fault.PolicyReplaced(StsMode.TESTING, Optional.of("mx.elsewhere.test")))
                        .delivered(Protection.TLS),
                row("sts-none", "MTA-STS mode none, STARTTLS stripped")
                        .sts(StsMode.NONE)
                        .fault(StartTls.STRIPPED)
                        .delivered(Protection.CLEAR));
    }

    private static ScenarioRow enforce(String id, String title) {
        return row(id, title).sts(StsMode.ENFORCE);
    }

    private static ScenarioRow testing(String id, String title) {
        return row(id, title).sts(StsMode.TESTING);
    }

    private static List<Scenario> policyHost() {
        return List.of(
                enforce("policy-down", "Policy host down, nothing remembered")
                        .fault(PolicyFault.DOWN)
                        .delivered(Protection.TLS),
                enforce("policy-down-cached", "Policy host down, policy remembered")
                        .primed()
                        .fault(PolicyFault.DOWN)
                        .fault(new Fault.NewPolicyId())
                        .delivered(Protection.MTA_STS),
                enforce("policy-down-stripped", "Policy host down, policy remembered, STARTTLS stripped")
                        .primed()
                        .fault(PolicyFault.DOWN)
                        .fault(new Fault.NewPolicyId())
                        .fault(StartTls.STRIPPED)
                        .heldThenReturned(FinalReply.STS_NO_STARTTLS),
                enforce("policy-replaced", "Attacker's policy of mode none, STARTTLS stripped")
                        .primed()
                        .fault(new Fault.NewPolicyId())
                        .fault(new Fault.PolicyReplaced(StsMode.NONE, Optional.empty()))
                        .fault(PolicyFault.UNTRUSTED_CERTIFICATE)
                        .fault(StartTls.STRIPPED)
                        .heldThenReturned(FinalReply.STS_NO_STARTTLS),
                enforce("policy-record-gone", "Attacker denies the policy record, STARTTLS stripped")
                        .primed()
                        .fault(new Fault.PolicyRecordDenied())
                        .fault(StartTls.STRIPPED)
                        .heldThenReturned(FinalReply.STS_NO_STARTTLS),
                enforce("policy-changed", "A new policy with a new id is honoured at once")
                        .primed()
                        .fault(new Fault.NewPolicyId())
                        .fault(new Fault.PolicyReplaced(StsMode.ENFORCE, Optional.of("mx.elsewhere.test")))
                        .heldThenReturned(FinalReply.STS_MX),
                enforce("policy-record-servfail", "Policy record lookup fails: waits, then goes as without a policy")
                        .fault(Place.POLICY_RECORD, "TXT", new Tampering.ErrorReply(ErrorCode.SERVFAIL))
                        .delivered(Protection.TLS),
                enforce("policy-404", "Policy host without a policy")
                        .fault(PolicyFault.NOT_FOUND)
                        .delivered(Protection.TLS),
                enforce("policy-redirect", "Policy host redirects")
                        .fault(PolicyFault.REDIRECT)
                        .delivered(Protection.TLS),
                enforce("policy-html", "Policy as text/html")
                        .fault(PolicyFault.WRONG_CONTENT_TYPE)
                        .delivered(Protection.TLS),
                enforce("policy-untrusted", "Policy host with an untrusted certificate")
                        .fault(PolicyFault.UNTRUSTED_CERTIFICATE)
                        .delivered(Protection.TLS),
                enforce("policy-wrong-name", "Policy host with a certificate for another name")
                        .fault(PolicyFault.WRONG_NAME)
                        .delivered(Protection.TLS),
                enforce("policy-expired", "Policy host with an expired certificate")
                        .fault(PolicyFault.EXPIRED_CERTIFICATE)
                        .delivered(Protection.TLS),
                enforce("policy-oversized", "Policy above 64 KiB")
                        .fault(PolicyFault.OVERSIZED)
                        .delivered(Protection.TLS));
    }

    private static ScenarioRow dane(String id, String title, TlsaKind... records) {
        return row(id, title).dane(records);
    }

    private static List<Scenario> daneMatching() {
        return List.of(
                dane("dane-311", "DANE 3 1 1", TlsaKind.EE_KEY).delivered(Protection.DANE),
                dane("dane-301", "DANE 3 0 1", TlsaKind.EE_CERTIFICATE).delivered(Protection.DANE),
                ownAuthority("dane-201", "DANE 2 0 1", TlsaKind.TA_CERTIFICATE).delivered(Protection.DANE),
                ownAuthority("dane-211", "DANE 2 1 1", TlsaKind.TA_KEY).delivered(Protection.DANE),
                dane("dane-200", "DANE 2 0 0, the authority only in the record", TlsaKind.TA_CERTIFICATE_IN_FULL)
                        .certificate(CertificateKind.UNTRUSTED_LEAF_ONLY)
                        .delivered(Protection.DANE),
                dane("dane-rollover", "DANE, old and new key published", TlsaKind.EE_KEY_OF_ANOTHER, TlsaKind.EE_KEY)
                        .delivered(Protection.DANE),
                dane("dane-mismatch", "DANE mismatch", TlsaKind.EE_KEY_OF_ANOTHER)
                        .heldThenReturned(FinalReply.DANE_MISMATCH),
                dane("dane-attacker-certificate", "DANE, another certificate", TlsaKind.EE_KEY)
                        .fault(CertificateKind.UNTRUSTED)
                        .heldThenReturned(FinalReply.DANE_MISMATCH),
                ownAuthority("dane-ta-mismatch", "DANE-TA mismatch", TlsaKind.TA_CERTIFICATE_OF_ANOTHER)
                        .heldThenReturned(FinalReply.DANE_MISMATCH),
                dane(
                                "dane-ta-not-sent",
                                "DANE-TA digest, the authority's certificate not sent",
                                TlsaKind.TA_CERTIFICATE)
                        .certificate(CertificateKind.UNTRUSTED_LEAF_ONLY)
                        .heldThenReturned(FinalReply.DANE_MISMATCH),
                dane("dane-ta-expired", "DANE-TA, certificate expired", TlsaKind.TA_CERTIFICATE)
                        .certificate(CertificateKind.UNTRUSTED_EXPIRED)
                        .heldThenReturned(FinalReply.DANE_EXPIRED),
                dane("dane-ta-name-mismatch", "DANE-TA, certificate for another name", TlsaKind.TA_CERTIFICATE)
                        .certificate(CertificateKind.UNTRUSTED_WRONG_NAME)
                        .heldThenReturned(FinalReply.DANE_NAME),
                dane("dane-ee-expired", "DANE 3 1 1, certificate expired: passes", TlsaKind.EE_KEY)
                        .certificate(CertificateKind.EXPIRED)
                        .delivered(Protection.DANE),
                dane("dane-ee-wrong-name", "DANE 3 1 1, certificate for another name: passes", TlsaKind.EE_KEY)
                        .certificate(CertificateKind.WRONG_NAME)
                        .delivered(Protection.DANE),
                unusable("dane-unusable", "DANE, all records unusable").delivered(Protection.TLS),
                unusable("dane-unusable-stripped", "DANE, all records unusable, STARTTLS stripped")
                        .fault(StartTls.STRIPPED)
                        .heldThenReturned(FinalReply.DANE_NO_TLS),
                row("dane-no-tlsa", "Signed, without TLSA records").signed().delivered(Protection.TLS),
                dane("dane-signed-host", "DANE for a signed host of an unsigned domain", TlsaKind.EE_KEY)
                        .signedHostsOnly()
                        .delivered(Protection.DANE),
                dane("dane-second-mx", "DANE, first MX bad, second good", TlsaKind.EE_KEY)
                        .secondHost()
                        .fault(CertificateKind.UNTRUSTED)
                        .deliveredTo(Protection.DANE, "mx2"));
    }

    private static ScenarioRow ownAuthority(String id, String title, TlsaKind record) {
        return dane(id, title, record).certificate(CertificateKind.UNTRUSTED);
    }

    private static ScenarioRow unusable(String id, String title) {
        return dane(id, title, TlsaKind.UNUSABLE_USAGE, TlsaKind.UNUSABLE_MATCHING_TYPE);
    }

    private static List<Scenario> daneAttacked() {
        return List.of(
                good("dane-stripped", "DANE, STARTTLS stripped")
                        .fault(StartTls.STRIPPED)
                        .heldThenReturned(FinalReply.DANE_NO_TLS),
                good("dane-starttls-refused", "DANE, STARTTLS answered with 454")
                        .fault(StartTls.REFUSED)
                        .heldThenReturned(FinalReply.DANE_NO_TLS),
                good("dane-tls11", "DANE, TLS 1.1 only")
                        .fault(StartTls.ONLY_TLS_1_1)
                        .heldThenReturned(FinalReply.DANE_NO_TLS),
                good("dane-handshake-broken", "DANE, broken handshake")
                        .fault(StartTls.GARBAGE)
                        .heldThenReturned(FinalReply.DANE_NO_TLS),
                good("dane-bogus-mx", "Bogus MX")
                        .fault(Place.DOMAIN, "MX", new Tampering.SignaturesCorrupted())
                        .heldThenReturned(FinalReply.BOGUS),
                good("dane-stripped-mx", "MX without its signatures")
                        .fault(Place.DOMAIN, "MX", new Tampering.SignaturesStripped())
                        .heldThenReturned(FinalReply.BOGUS),
                good("dane-forged-mx", "Forged MX for a signed domain")
                        .fault(new Fault.ForgedMx())
                        .heldThenReturned(FinalReply.BOGUS),
                good("dane-forged-address", "Forged address of a signed host")
                        .fault(new Fault.ForgedAddress())
                        .heldThenReturned(FinalReply.BOGUS),
                good("dane-bogus-tlsa", "Bogus TLSA")
                        .fault(Place.FIRST_HOST, "TLSA", new Tampering.SignaturesCorrupted())
                        .heldThenReturned(FinalReply.BOGUS),
                good("dane-expired-tlsa", "TLSA with expired signatures")
                        .fault(Place.FIRST_HOST, "TLSA", new Tampering.SignaturesExpired())
                        .heldThenReturned(FinalReply.BOGUS),
                good("dane-denied-tlsa", "TLSA denied without proof")
                        .fault(Place.FIRST_HOST, "TLSA", new Tampering.DenialWithoutProof())
                        .heldThenReturned(FinalReply.BOGUS),
                good("dane-tlsa-servfail", "TLSA SERVFAIL under a signed host")
                        .fault(Place.FIRST_HOST, "TLSA", new Tampering.ErrorReply(ErrorCode.SERVFAIL))
                        .heldThenReturned(FinalReply.DNS_FAILED),
                good("dane-tlsa-silence", "TLSA question without a reply")
                        .fault(Place.FIRST_HOST, "TLSA", new Tampering.Silence())
                        .heldThenReturned(FinalReply.DNS_FAILED),
                good("unsigned-host-servfail", "TLSA SERVFAIL under an unsigned host: never asked")
                        .signedDomainOnly()
                        .fault(Place.FIRST_HOST, "TLSA", new Tampering.ErrorReply(ErrorCode.SERVFAIL))
                        .delivered(Protection.TLS),
                row("unsigned-notimp", "TLSA NOTIMP under an unsigned host: never asked")
                        .fault(Place.FIRST_HOST, "TLSA", new Tampering.ErrorReply(ErrorCode.NOTIMP))
                        .delivered(Protection.TLS));
    }

    private static ScenarioRow good(String id, String title) {
        return dane(id, title, TlsaKind.EE_KEY);
    }

    private static List<Scenario> together() {
        return List.of(
                good("both-good", "DANE and MTA-STS enforce")
                        .sts(StsMode.ENFORCE)
                        .delivered(Protection.DANE_AND_MTA_STS),
                dane("both-dane-fails", "DANE fails while MTA-STS passes", TlsaKind.EE_KEY_OF_ANOTHER)
                        .sts(StsMode.ENFORCE)
                        .heldThenReturned(FinalReply.DANE_MISMATCH),
                good("both-sts-fails", "MTA-STS fails while DANE passes")
                        .sts(StsMode.ENFORCE)
                        .certificate(CertificateKind.UNTRUSTED)
                        .heldThenReturned(FinalReply.STS_CERTIFICATE),
                good("both-testing-fails", "MTA-STS testing fails while DANE passes")
                        .sts(StsMode.TESTING)
                        .certificate(CertificateKind.UNTRUSTED)
                        .delivered(Protection.DANE));
    }

    private static List<Scenario> oneSided() {
        return List.of(
                row("sender-side-only", "The sender checks, the domain asks for nothing")
                        .delivered(Protection.TLS),
                broken("receiver-side-only", "The domain asks, the sender checks nothing")
                        .sender(SenderSide.NOTHING)
                        .delivered(Protection.TLS),
                dane("sender-only-sts", "DANE fails, the sender honours only MTA-STS", TlsaKind.EE_KEY_OF_ANOTHER)
                        .sts(StsMode.ENFORCE)
                        .sender(SenderSide.ONLY_MTA_STS)
                        .delivered(Protection.MTA_STS),
                good("sender-only-dane", "MTA-STS fails, the sender honours only DANE")
                        .sts(StsMode.ENFORCE)
                        .certificate(CertificateKind.UNTRUSTED)
                        .sender(SenderSide.ONLY_DANE)
                        .delivered(Protection.DANE));
    }

    /// RFC 8689: a way that is proved, or none.
    private static List<Scenario> requireTls() {
        return List.of(
                demanded(dane("requiretls-dane", "REQUIRETLS to a domain with DANE", TlsaKind.EE_KEY))
                        .delivered(Protection.DANE),
                demanded(row("requiretls-sts", "REQUIRETLS to a domain with MTA-STS"))
                        .sts(StsMode.ENFORCE)
                        .delivered(Protection.MTA_STS),
                demanded(row("requiretls-signed", "REQUIRETLS, only the certificate proves the host"))
                        .signed()
                        .delivered(Protection.CERTIFICATE),
                demanded(row("requiretls-testing", "REQUIRETLS, an MTA-STS policy in testing names the host"))
                        .sts(StsMode.TESTING)
                        .delivered(Protection.CERTIFICATE),
                demanded(dane("requiretls-not-offered", "REQUIRETLS to a host that does not know it", TlsaKind.EE_KEY))
                        .fault(new Fault.Withholding("mx1", Extension.REQUIRETLS))
                        .returnedAtOnce(FinalReply.REQUIRETLS),
                demanded(row("requiretls-unsigned", "REQUIRETLS, and nothing proves which host is the domain's"))
                        .returnedAtOnce(FinalReply.REQUIRETLS),
                demanded(row("requiretls-stripped", "REQUIRETLS, and STARTTLS is stripped"))
                        .signed()
                        .fault(StartTls.STRIPPED)
                        .heldThenReturned(FinalReply.REQUIRETLS_NO_TLS),
                demanded(row("requiretls-untrusted", "REQUIRETLS, and nobody vouches for the certificate"))
                        .signed()
                        .certificate(CertificateKind.UNTRUSTED)
                        .heldThenReturned(FinalReply.REQUIRETLS_NO_TLS));
    }

    private static ScenarioRow demanded(ScenarioRow row) {
        return row.sender(SenderSide.REQUIRES_TLS);
    }

    private static ScenarioRow broken(String id, String title) {
        return dane(id, title, TlsaKind.EE_KEY_OF_ANOTHER)
                .sts(StsMode.ENFORCE)
                .certificate(CertificateKind.SELF_SIGNED);
    }
}
