// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.INSECURE;
import static org.gatepost.policy.Answers.SECURE;
import static org.gatepost.policy.Answers.address;
import static org.gatepost.policy.Answers.bogus;
import static org.gatepost.policy.Answers.cname;
import static org.gatepost.policy.Answers.denied;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.Answers.noTlsa;
import static org.gatepost.policy.Answers.servfail;
import static org.gatepost.policy.Answers.tlsa;

import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.policy.DaneEligibility.Eligibility;
import org.junit.jupiter.api.Test;

/// RFC 7672 §2.2.2.
final class DaneEligibilityTest {
    private static final String HOST = "mx.example.com";
    private static final String TARGET = "real.hosting.test";
    private static final Answer<RecordData.Address> NO_AAAA = denied(HOST, RecordType.AAAA, SECURE);
    private static final RecordData.Tlsa RECORD = new RecordData.Tlsa(3, 1, 1, "00".repeat(32));

    @Test
    void signedAddressesAllowTlsaAtTheHost() {
        assertThat(judge(address(HOST, SECURE, "192.0.2.1"), NO_AAAA)).isEqualTo(ask(HOST));
        assertThat(judge(denied(HOST, RecordType.A, SECURE), address(HOST, SECURE, "2001:db8::1")))
                .isEqualTo(ask(HOST));
    }

    @Test
    void unsignedAddressesAreNeverAskedForTlsa() { // pitfall 1
        assertThat(judge(address(HOST, INSECURE, "192.0.2.1"), denied(HOST, RecordType.AAAA, INSECURE)))
                .isEqualTo(new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE));
    }

    @Test
    void brokenFamilyDoesNotSpoilTheOther() { // pitfall 3
        assertThat(judge(address(HOST, SECURE, "192.0.2.1"), bogus(HOST, RecordType.AAAA)))
                .isEqualTo(ask(HOST));
        assertThat(judge(servfail(HOST, RecordType.A), address(HOST, INSECURE, "2001:db8::1")))
                .isEqualTo(new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE));
    }

    @Test
    void hostWithoutAddressIsAskedNothing() {
        assertThat(judge(bogus(HOST, RecordType.A), NO_AAAA))
                .isEqualTo(new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE));
    }

    @Test
    void secureAliasIsAskedExpandedNameFirst() {
        assertThat(judge(address(HOST, SECURE, "192.0.2.1", "hop.example.com", TARGET), NO_AAAA))
                .isEqualTo(ask(TARGET, HOST));
    }

    @Test
    void insecureAnswerThroughAnAliasNeedsTheAliasQuestion() { // pitfall 8
        assertThat(judge(address(HOST, INSECURE, "192.0.2.1", TARGET), denied(HOST, RecordType.AAAA, INSECURE)))
                .isEqualTo(new Eligibility.AskAlias(name(HOST)));
    }

    @Test
    void aliasQuestionDecides() { // pitfall 8
        assertThat(judgeAlias(cname(HOST, SECURE, TARGET))).isEqualTo(ask(HOST));
        assertThat(judgeAlias(cname(HOST, INSECURE, TARGET)))
                .isEqualTo(new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE));
        assertThat(judgeAlias(denied(HOST, RecordType.CNAME, SECURE)))
                .isEqualTo(new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE));
        assertThat(judgeAlias(servfail(HOST, RecordType.CNAME))).isInstanceOf(Eligibility.Unusable.class);
    }

    @Test
    void nameTooLongForTlsaHasNoTlsaRecords() {
        String host = ("a".repeat(60) + ".").repeat(4) + "example";
        assertThat(host).hasSize(251);
        assertThat(DaneEligibility.judge(name(host), address(host, SECURE, "192.0.2.1"), NO_AAAA, Optional.empty()))
                .isEqualTo(new Eligibility.NoDane(DaneDemand.Why.NO_TLSA_RECORDS));
    }

    @Test
    void secureRecordsAndFailuresEndTheSearch() { // pitfall 2
        var bases = List.of(name(TARGET), name(HOST));
        assertThat(DaneEligibility.nextBase(bases, List.of())).contains(name(TARGET));
        assertThat(DaneEligibility.nextBase(bases, List.of(noTlsa(TARGET, SECURE))))
                .contains(name(HOST));
        assertThat(DaneEligibility.nextBase(bases, List.of(noTlsa(TARGET, INSECURE))))
                .contains(name(HOST));
        assertThat(DaneEligibility.nextBase(bases, List.of(tlsa(TARGET, INSECURE, RECORD))))
                .contains(name(HOST));
        assertThat(DaneEligibility.nextBase(bases, List.of(tlsa(TARGET, SECURE, RECORD))))
                .isEmpty();
        assertThat(DaneEligibility.nextBase(bases, List.of(servfail("_25._tcp." + TARGET, RecordType.TLSA))))
                .isEmpty();
        assertThat(DaneEligibility.nextBase(bases, List.of(noTlsa(TARGET, SECURE), noTlsa(HOST, SECURE))))
                .isEmpty();
    }

    private static Eligibility judge(Answer<RecordData.Address> a, Answer<RecordData.Address> aaaa) {
        return DaneEligibility.judge(name(HOST), a, aaaa, Optional.empty());
    }

    private static Eligibility judgeAlias(Answer<RecordData.Cname> alias) {
        return DaneEligibility.judge(
                name(HOST),
                address(HOST, INSECURE, "192.0.2.1", TARGET),
                denied(HOST, RecordType.AAAA, INSECURE),
                Optional.of(alias));
    }

    private static Eligibility ask(String... bases) {
        return new Eligibility.Ask(List.of(bases).stream().map(Answers::name).toList());
    }
}
