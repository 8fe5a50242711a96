// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestWorld.ask;
import static org.gatepost.dns.TestWorld.failure;
import static org.gatepost.dns.TestWorld.name;
import static org.gatepost.dns.TestWorld.records;

import java.time.Duration;
import java.util.List;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.names.DomainName;
import org.gatepost.zones.Asked;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.SigningAlgorithm;
import org.gatepost.zones.Tampering;
import org.gatepost.zones.Tampering.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The four statuses of RFC 4033 §5, for every type asked and every way of going wrong.
class ValidationTest {
    private final TestWorld world = new TestWorld();
    private final ValidatingResolver resolver = world.resolver();

    @AfterEach
    void close() {
        resolver.close();
        world.close();
    }

    private void tamper(String question, Tampering tampering) {
        String[] words = question.split(" ", 2);
        world.server.tamper(name(words[0]), words[1], tampering);
    }

    @ParameterizedTest
    @CsvSource({
        "good.test MX, 10 mx.good.test",
        "mx.good.test A, 127.0.0.5",
        "mx.good.test AAAA, 0:0:0:0:0:0:0:1",
        "_25._tcp.mx.good.test TLSA, 3 1 1 abababababababababababababababababababababababababababababababab",
        "_mta-sts.good.test TXT, '\"v=STSv1; id=1;\"'",
        "alias.good.test CNAME, mx.good.test",
        "alias.good.test A, 127.0.0.5",
        "nullmx.good.test MX, 0 .",
        "any.wild.good.test A, 127.0.0.6",
        "walias.good.test A, 127.0.0.6",
        "latin.good.test TXT, '\"caf\u00e9\"'",
    })
    void recordsOfASignedZoneAreSecure(String question, String data) {
        Answer<?> answer = ask(resolver, question);

        assertThat(answer.status()).as("%s", answer).isEqualTo(DnssecStatus.SECURE);
        assertThat(records(answer)).containsExactly(data);
    }

    @ParameterizedTest
    @CsvSource({
        "plain.test MX, 10 mx.plain.test",
        "mx.plain.test A, 127.0.0.7",
        "_25._tcp.mx.plain.test TLSA, 3 1 1 cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "_mta-sts.plain.test TXT, '\"v=STSv1; id=2;\"'",
        "alias.plain.test CNAME, mx.plain.test",
    })
    void recordsOfAnUnsignedZoneAreInsecure(String question, String data) {
        Answer<?> answer = ask(resolver, question);

        assertThat(answer.status()).as("%s", answer).isEqualTo(DnssecStatus.INSECURE);
        assertThat(records(answer)).containsExactly(data);
    }

    @ParameterizedTest
    @CsvSource({
        "mx.good.test TLSA, SECURE, NO_DATA",
        "_25._tcp.none.good.test TLSA, SECURE, NAME_ERROR",
        "none.good.test MX, SECURE, NAME_ERROR",
        "good.test A, SECURE, NO_DATA",
        "mx.good.test CNAME, SECURE, NO_DATA",
        "any.wild.good.test MX, SECURE, NO_DATA",
        "dangling.good.test A, SECURE, NAME_ERROR",
        "alias.good.test TXT, SECURE, NO_DATA",
        "none.test MX, SECURE, NAME_ERROR",
        "mx.plain.test TLSA, INSECURE, NO_DATA",
        "none.plain.test A, INSECURE, NAME_ERROR",
        "away.good.test TXT, INSECURE, NO_DATA",
    })
    void whatDoesNotExistIsDeniedWithItsStatus(String question, DnssecStatus status, Answer.Denial denial) {
        Answer<?> answer = ask(resolver, question);

        assertThat(answer.status()).as("%s", answer).isEqualTo(status);
        assertThat(answer)
                .isInstanceOfSatisfying(
                        Answer.Denied.class,
                        denied -> assertThat(denied.denial()).isEqualTo(denial));
    }

    private static final String SIGNED = "good.test MX, mx.good.test A, _25._tcp.mx.good.test TLSA, "
            + "_mta-sts.good.test TXT, alias.good.test CNAME, mx.good.test TLSA, none.good.test A";

    @ParameterizedTest
    @ValueSource(strings = {"stripped", "corrupted", "expired"})
    void recordsAndDenialsWithSpoiltSignaturesAreBogus(String how) {
        Tampering tampering = switch (how) {
            case "stripped" -> new Tampering.SignaturesStripped();
            case "corrupted" -> new Tampering.SignaturesCorrupted();
            default -> new Tampering.SignaturesExpired();
        };
        for (String question : List.of(SIGNED.split(", "))) {
            tamper(question, tampering);

            DnsFailure failure = failure(ask(resolver, question));

            assertThat(failure.reason())
                    .as("%s: %s", question, failure.detail())
                    .isEqualTo(Reason.BOGUS);
            assertThat(failure.detail()).contains(".good.test. ".substring(1)).matches("[ -~]{20,400}");
        }
    }

    @Test
    void theDetailOfABogusAnswerNamesWhatIsWrong() {
        tamper("good.test MX", new Tampering.SignaturesExpired());
        tamper("mx.good.test A", new Tampering.SignaturesStripped());
        tamper("alias.good.test CNAME", new Tampering.SignaturesCorrupted());
        tamper("none.good.test A", new Tampering.DenialWithoutProof());

        assertThat(failure(resolver.mx(name("good.test"))).detail())
                .startsWith("good.test. MX: the signature over good.test. MX by zone good.test. key ")
                .contains("expired at 2026-11-2");
        assertThat(failure(resolver.a(name("mx.good.test"))).detail())
                .isEqualTo("mx.good.test. A: mx.good.test. A has no signature though its zone good.test. is signed");
        assertThat(failure(resolver.cname(name("alias.good.test"))).detail())
                .matches("alias\\.good\\.test\\. CNAME: the signature over alias\\.good\\.test\\. CNAME by zone"
                        + " good\\.test\\. key [0-9]+ \\(ECDSAP256SHA256\\) does not match the records");
        assertThat(failure(resolver.a(name("none.good.test"))).detail())
                .isEqualTo(
                        "none.good.test. A: zone good.test. does not prove that none.good.test. does not exist: it sent"
                                + " no signed NSEC or NSEC3 record");
    }

    @ParameterizedTest
    @ValueSource(strings = {"good.test MX", "mx.good.test A", "_25._tcp.mx.good.test TLSA", "_mta-sts.good.test TXT"})
    void forgedRecordsInASignedZoneAreBogus(String question) {
        String forged = switch (question) {
            case "good.test MX" -> "good.test. MX 1 mx.plain.test.";
            case "mx.good.test A" -> "mx.good.test. A 127.0.0.66";
            case "_25._tcp.mx.good.test TLSA" -> "_25._tcp.mx.good.test. TLSA 3 1 1 " + "00".repeat(32);
            default -> "_mta-sts.good.test. TXT \"v=none\"";
        };
        tamper(question, new Tampering.Forged(List.of(forged)));

        assertThat(failure(ask(resolver, question)).reason()).isEqualTo(Reason.BOGUS);
    }

    @ParameterizedTest
    @CsvSource({"SERVFAIL, SERVER_FAILURE", "REFUSED, REFUSED", "NOTIMP, REFUSED"})
    void anErrorCodeIsIndeterminateAndNeverBogusOrAbsent(ErrorCode code, Reason reason) { // pitfall 2
        for (String question : List.of(SIGNED.split(", "))) {
            tamper(question, new Tampering.ErrorReply(code));

            DnsFailure failure = failure(ask(resolver, question));

            assertThat(failure.reason()).as(question).isEqualTo(reason);
            assertThat(failure.status()).isEqualTo(DnssecStatus.INDETERMINATE);
            assertThat(failure.detail()).contains("answered " + code).contains(question.split(" ", 2)[0]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "test DNSKEY, mx.good.test A",
        "good.test DS, mx.good.test A",
        "good.test DNSKEY, mx.good.test A",
        "good.test DNSKEY, mx.good.test TLSA",
        "good.test DNSKEY, none.good.test TLSA",
        "good.test DS, _25._tcp.mx.good.test TLSA",
        "plain.test DS, mx.plain.test A",
        "plain.test DS, none.plain.test A",
    })
    void aKeyOrDelegationThatCannotBeFetchedIsIndeterminateAndNeverInsecure(String broken, String question) {
        tamper(broken, new Tampering.ErrorReply(ErrorCode.SERVFAIL));

        DnsFailure failure = failure(ask(resolver, question));

        assertThat(failure.reason()).as(failure.detail()).isEqualTo(Reason.SERVER_FAILURE);
        assertThat(failure.detail()).contains(broken.replace(" ", ". "));
    }

    @ParameterizedTest
    @CsvSource({
        "good.test DNSKEY, mx.good.test A",
        "good.test DNSKEY, mx.good.test TLSA",
        "mx.good.test A, mx.good.test A",
    })
    void silenceIsIndeterminate(String silent, String question) {
        tamper(silent, new Tampering.Silence());
        try (var impatient = new ValidatingResolver(world.impatient(Duration.ofMillis(150)))) {
            DnsFailure failure = failure(ask(impatient, question));

            assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"good.test DS", "good.test DNSKEY", "test DNSKEY"})
    void aBrokenChainIsBogusAndNamesTheZone(String broken) {
        tamper(broken, new Tampering.SignaturesStripped());

        DnsFailure failure = failure(resolver.mx(name("good.test")));

        assertThat(failure.reason()).isEqualTo(Reason.BOGUS);
        assertThat(failure.detail())
                .contains("the chain of trust breaks at zone " + broken.split(" ", 2)[0] + ".")
                .contains("has no signature");
    }

    @Test
    void theWrongTrustAnchorMakesEverythingBogus() {
        try (var other = new TestWorld()) {
            var options = new ResolverOptions(
                    List.of(world.server.address()),
                    other.anchor(),
                    TestWorld.PATIENT,
                    TestWorld.PATIENT,
                    10,
                    world.clock);
            var misled = new ValidatingResolver(options);

            for (String question : List.of("good.test MX", "plain.test MX", "none.good.test A")) {
                DnsFailure failure = failure(ask(misled, question));

                assertThat(failure.reason()).as(question).isEqualTo(Reason.BOGUS);
                assertThat(failure.detail()).contains("zone . - ");
            }
        }
    }

    @Test
    void signaturesExpireByTheInjectedClock() {
        assertThat(resolver.mx(name("good.test")).status()).isEqualTo(DnssecStatus.SECURE);

        world.clock.advance(Duration.ofHours(2));

        DnsFailure failure = failure(resolver.mx(name("good.test")));
        assertThat(failure.reason()).isEqualTo(Reason.BOGUS);
        assertThat(failure.detail()).contains("expired at 2026-11-23T12:30:00Z");
    }

    @Test
    void aSecureAliasIntoAnUnsignedZoneIsInsecureButTheAliasItselfIsSecure() { // pitfall 8, RFC 7672 §2.2.2
        var address = resolver.a(name("away.good.test"));
        var alias = resolver.cname(name("away.good.test"));

        assertThat(address).isInstanceOfSatisfying(Answer.Found.class, found -> {
            assertThat(found.status()).isEqualTo(DnssecStatus.INSECURE);
            assertThat(found.owner()).isEqualTo(name("mx.plain.test"));
        });
        assertThat(alias.status()).isEqualTo(DnssecStatus.SECURE);
        assertThat(records(alias)).containsExactly("mx.plain.test");
    }

    @Test
    void aliasesAreReportedInOrderAndAnInsecureLinkSpoilsASecureTarget() {
        Answer<?> back = resolver.a(name("back.plain.test"));

        assertThat(back.status()).isEqualTo(DnssecStatus.INSECURE);
        assertThat(aliases(back)).containsExactly(name("mx.good.test"));
        assertThat(aliases(resolver.a(name("dangling.good.test")))).containsExactly(name("nothing.good.test"));
    }

    private static List<DomainName> aliases(Answer<?> answer) {
        return switch (answer) {
            case Answer.Found<?> found -> found.aliases();
            case Answer.Denied<?> denied -> denied.aliases();
            case Answer.Failed<?> failed -> throw new AssertionError(failed);
        };
    }

    @Test
    void aBrokenTlsaOrAddressFamilySpoilsOnlyItself() { // pitfall 3
        tamper("mx.good.test AAAA", new Tampering.ErrorReply(ErrorCode.SERVFAIL));
        tamper("_25._tcp.mx.good.test TLSA", new Tampering.SignaturesStripped());

        assertThat(resolver.aaaa(name("mx.good.test"))).isInstanceOf(Answer.Failed.class);
        assertThat(resolver.tlsa(name("_25._tcp.mx.good.test"))).isInstanceOf(Answer.Failed.class);
        assertThat(resolver.a(name("mx.good.test")).status()).isEqualTo(DnssecStatus.SECURE);
    }

    @Test
    void namesThatNoHostCanHaveAreLeftOutOfTheExchangers() {
        assertThat(records(resolver.mx(name("odd.good.test")))).containsExactly("20 mx.good.test");
        assertThat(failure(resolver.mx(name("onlyodd.good.test"))).reason()).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void anAnswerTooLongForADatagramIsFetchedOverTcp() { // pitfall 5
        var answer = resolver.txt(name("big.good.test"));

        assertThat(answer.status()).isEqualTo(DnssecStatus.SECURE);
        assertThat(records(answer).getFirst()).hasSize(2002);
        assertThat(world.server.questions())
                .contains(new Asked("big.good.test", "TXT", false), new Asked("big.good.test", "TXT", true));
    }

    @ParameterizedTest
    @EnumSource(SigningAlgorithm.class)
    void everyAlgorithmInUseIsValidated(SigningAlgorithm algorithm) {
        var zones = SignedWorld.builder(world.clock)
                .algorithm(algorithm)
                .signedZone(name("good.test"))
                .add("good.test. IN MX 10 mx.good.test.")
                .build();
        try (var server = TestWorld.start(zones)) {
            var options = new ResolverOptions(
                    List.of(server.address()),
                    new TrustAnchor(List.of(zones.trustAnchor())),
                    TestWorld.PATIENT,
                    TestWorld.PATIENT,
                    10,
                    world.clock);
            try (var other = new ValidatingResolver(options)) {
                assertThat(other.mx(name("good.test")).status()).isEqualTo(DnssecStatus.SECURE);
            }
        }
    }

    @Test
    void anUnsignedMxHostCostsNoTlsaQuestion() { // pitfall 1: the resolver itself never asks ahead
        resolver.a(name("mx.plain.test"));

        assertThat(world.server.questions()).extracting(Asked::type).doesNotContain("TLSA");
    }
}
