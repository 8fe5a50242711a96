// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.INSECURE;
import static org.gatepost.policy.Answers.SECURE;
import static org.gatepost.policy.Answers.name;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.dns.RecordType;
import org.junit.jupiter.api.Test;

/// [TransportPolicy#decide] with a connector (O4, O6): what it demands over what is published, and what it
/// excuses.
final class OperatorDemandTest {
    private static final String DOMAIN = "example.com";
    private static final String HOST = "mx1.example.com";
    private static final Tlsa USABLE = new Tlsa(3, 1, 1, "ab".repeat(32));
    private static final Tlsa UNUSABLE = new Tlsa(1, 1, 1, "ab".repeat(32));
    private static final StsFacts NO_STS = new StsFacts.NoPolicy("no record", Optional.empty());
    private static final OperatorDemand MANDATORY_DANE = demand(MechanismUse.MANDATORY, MechanismUse.OPPORTUNISTIC);
    private static final OperatorDemand MANDATORY_STS = demand(MechanismUse.OPPORTUNISTIC, MechanismUse.MANDATORY);
    private static final OperatorDemand DANE_SUFFICES = new OperatorDemand(
            Optional.of("partner"),
            new TlsDemand.Opportunistic(),
            MechanismUse.OPPORTUNISTIC,
            MechanismUse.OPPORTUNISTIC,
            true);

    private NextHop.Kind kind = NextHop.Kind.RECIPIENT_DOMAIN;
    private DnssecStatus mxStatus = SECURE;
    private DnssecStatus addressStatus = SECURE;
    private List<Answer<Tlsa>> tlsa = List.of(Answers.tlsa(HOST, SECURE, USABLE));
    private StsFacts sts = NO_STS;

    private static OperatorDemand demand(MechanismUse dane, MechanismUse mtaSts) {
        return new OperatorDemand(Optional.of("partner"), new TlsDemand.Opportunistic(), dane, mtaSts, false);
    }

    private NextHop hop(OperatorDemand demand) {
        return new NextHop(name(DOMAIN), kind, Optional.of(2525), demand);
    }

    private DestinationDecision decide(OperatorDemand demand) {
        var host = new HostFacts(
                name(HOST),
                10,
                Answers.address(HOST, addressStatus, "192.0.2.1"),
                Answers.denied(HOST, RecordType.AAAA, addressStatus),
                Optional.empty(),
                addressStatus == SECURE ? tlsa : List.of());
        return TransportPolicy.decide(
                new DestinationFacts(hop(demand), Answers.mx(DOMAIN, mxStatus, HOST), List.of(host), sts));
    }

    private DestinationDecision decide(Answer<RecordData.Mx> mx, HostFacts... hosts) {
        return TransportPolicy.decide(new DestinationFacts(hop(OperatorDemand.USUAL), mx, List.of(hosts), NO_STS));
    }

    private static DeliveryFailure stopped(DestinationDecision decision) {
        return ((DestinationDecision.Stop) decision).failure();
    }

    private static HostDecision.Try tried(DestinationDecision decision) {
        return (HostDecision.Try)
                ((DestinationDecision.Proceed) decision).hosts().getFirst();
    }

    private static StsFacts inForce(StsPolicy.Mode mode, String mx) {
        var policy = new StsPolicy(mode, Duration.ofDays(1), List.of(new MxPattern(false, name(mx))));
        return new StsFacts.InForce(
                policy, "1", StsPolicyPrinter.print(policy), StsFacts.Source.FETCHED, Instant.MAX, "");
    }

    @Test
    void triedHostCarriesTheDemandAndThePort() { // O7: connections are shared for equal demands only
        HostDecision.Try host = tried(decide(MANDATORY_DANE));
        assertThat(host.operator()).isEqualTo(MANDATORY_DANE);
        assertThat(host.port()).contains(2525);
        assertThat(host).isNotEqualTo(tried(decide(OperatorDemand.USUAL)));
    }

    @Test
    void mandatoryDaneIsMetByAUsableRecordUnderSignedMxRecords() {
        assertThat(tried(decide(MANDATORY_DANE)).dane()).isInstanceOf(DaneDemand.Authenticate.class);
    }

    private DeliveryFailure daneMissing() {
        DeliveryFailure failure = stopped(decide(MANDATORY_DANE));
        assertThat(failure).isInstanceOf(DeliveryFailure.ConnectorPolicyMissing.class);
        assertThat(failure.subReason()).isEqualTo(SubReason.DANE_NOT_PUBLISHED);
        assertThat(OutcomeTable.row(failure).nextStep()).isEqualTo(OutcomeRow.NextStep.RETRY);
        assertThat(OutcomeTable.resultType(failure)).isEmpty();
        return failure;
    }

    @Test
    void mandatoryDaneWithoutRecordsRefusesTheHost() {
        tlsa = List.of(Answers.noTlsa(HOST, SECURE));
        assertThat(daneMissing().evidence())
                .isEqualTo("connector 'partner' demands DANE; host mx1.example.com: no-tlsa-records");
        tlsa = List.of(Answers.tlsa(HOST, INSECURE, USABLE));
        assertThat(daneMissing().evidence()).endsWith("tlsa-insecure");
    }

    @Test
    void mandatoryDaneWithUnusableRecordsRefusesTheHost() {
        tlsa = List.of(Answers.tlsa(HOST, SECURE, UNUSABLE));
        assertThat(daneMissing().evidence()).endsWith("none of its 1 TLSA records is usable");
    }

    @Test
    void mandatoryDaneNeedsSignedAddresses() {
        addressStatus = INSECURE;
        assertThat(daneMissing().evidence()).endsWith("host-insecure");
    }

    /// RFC 7672 §2.2.1: whoever forges an unsigned MX answer could name a host of his own that DANE
    /// authenticates.
    @Test
    void mandatoryDaneNeedsSignedMxRecords() {
        mxStatus = INSECURE;
        assertThat(daneMissing().evidence()).endsWith("unsigned MX records name it");
    }

    @Test
    void failedTlsaLookupStaysWhatItIs() { // D4
        tlsa = List.of(Answers.servfail("_25._tcp." + HOST, RecordType.TLSA));
        assertThat(stopped(decide(MANDATORY_DANE))).isInstanceOf(DeliveryFailure.DnsLookupFailed.class);
    }

    @Test
    void mandatoryStsIsMetByAnEnforcedPolicyOnly() {
        sts = inForce(StsPolicy.Mode.ENFORCE, HOST);
        assertThat(tried(decide(MANDATORY_STS)).sts()).isInstanceOf(StsDemand.Enforce.class);

        for (StsFacts insufficient : List.of(
                NO_STS,
                new StsFacts.SwitchedOff(),
                inForce(StsPolicy.Mode.TESTING, HOST),
                inForce(StsPolicy.Mode.NONE, HOST),
                new StsFacts.LookupFailed(new DnsFailure(DnsFailure.Reason.TIMED_OUT, "no answer"), true),
                new StsFacts.LookupFailed(new DnsFailure(DnsFailure.Reason.TIMED_OUT, "no answer"), false))) {
            sts = insufficient;
            DeliveryFailure failure = stopped(decide(MANDATORY_STS));
            assertThat(failure).as(insufficient.toString()).isInstanceOf(DeliveryFailure.ConnectorPolicyMissing.class);
            assertThat(failure.subReason()).isEqualTo(SubReason.STS_NOT_ENFORCED);
        }
    }

    @Test
    void switchedOffMechanismsDemandNothing() {
        sts = new StsFacts.SwitchedOff();
        HostDecision.Try host = tried(decide(demand(MechanismUse.NONE, MechanismUse.NONE)));
        assertThat(host.dane()).isEqualTo(new DaneDemand.Nothing(DaneDemand.Why.SWITCHED_OFF));
        assertThat(host.demandsNothing()).isTrue();
    }

    @Test
    void hostThatDaneAuthenticatesIsExcusedWhereDaneSuffices() { // O4
        for (String listed : List.of(HOST, "other.example.com")) {
            sts = inForce(StsPolicy.Mode.ENFORCE, listed);
            assertThat(tried(decide(DANE_SUFFICES)).sts())
                    .isInstanceOfSatisfying(
                            StsDemand.Excused.class,
                            excused -> assertThat(excused.mxListed()).isEqualTo(listed.equals(HOST)));
        }
        assertThat(stopped(decide(OperatorDemand.USUAL))).isInstanceOf(DeliveryFailure.StsMxNotListed.class);
    }

    /// Without DANE in full, MTA-STS is all there is.
    @Test
    void daneSufficesOnlyWhereItAuthenticatesInFull() {
        sts = inForce(StsPolicy.Mode.ENFORCE, HOST);
        mxStatus = INSECURE;
        assertThat(tried(decide(DANE_SUFFICES)).sts()).isInstanceOf(StsDemand.Enforce.class);
        mxStatus = SECURE;
        tlsa = List.of(Answers.tlsa(HOST, SECURE, UNUSABLE));
        assertThat(tried(decide(DANE_SUFFICES)).sts()).isInstanceOf(StsDemand.Enforce.class);
        tlsa = List.of(Answers.noTlsa(HOST, SECURE));
        assertThat(tried(decide(DANE_SUFFICES)).sts()).isInstanceOf(StsDemand.Enforce.class);
    }

    /// A relay that is not there says nothing about the recipient: the mail waits for the operator.
    @Test
    void missingSmartHostIsNeverFinalAtOnce() {
        Answer<RecordData.Mx> noDomain =
                Answers.denied(Answers.question(DOMAIN, RecordType.MX), SECURE, Answer.Denial.NAME_ERROR);
        HostFacts addressless = new HostFacts(
                name(DOMAIN),
                0,
                Answers.denied(DOMAIN, RecordType.A, SECURE),
                Answers.denied(DOMAIN, RecordType.AAAA, SECURE),
                Optional.empty(),
                List.of());
        kind = NextHop.Kind.SMART_HOST_DOMAIN;
        for (DestinationDecision decision : List.of(
                decide(noDomain),
                decide(Answers.mx(DOMAIN, SECURE, ".")),
                decide(Answers.denied(DOMAIN, RecordType.MX, SECURE), addressless))) {
            assertUnusable(decision);
        }
        kind = NextHop.Kind.SMART_HOST;
        assertUnusable(decide(Answers.mx(DOMAIN, SECURE, DOMAIN), addressless));
    }

    private static void assertUnusable(DestinationDecision decision) {
        assertThat(stopped(decision)).isInstanceOf(DeliveryFailure.SmartHostUnusable.class);
        assertThat(OutcomeTable.row(stopped(decision)).nextStep()).isEqualTo(OutcomeRow.NextStep.RETRY);
    }

    @Test
    void stricterOfTwoDemandsIsStricterInEachRespect() {
        var weak = new OperatorDemand(
                Optional.of("exception"), new TlsDemand.Encryption(), MechanismUse.NONE, MechanismUse.NONE, true);
        assertThat(weak.atLeast(MANDATORY_DANE))
                .isEqualTo(new OperatorDemand(
                        Optional.of("exception"),
                        new TlsDemand.Encryption(),
                        MechanismUse.MANDATORY,
                        MechanismUse.OPPORTUNISTIC,
                        false));
        var never = new OperatorDemand(
                Optional.of("exception"), new TlsDemand.Never(), MechanismUse.NONE, MechanismUse.NONE, false);
        assertThat(never.atLeast(OperatorDemand.USUAL).tls()).isEqualTo(new TlsDemand.Opportunistic());
    }

    @Test
    void sendersWaiverLeavesTheOperatorsOwnDemands() { // RFC 8689 §4.1
        assertThat(MANDATORY_DANE.withoutReceiversPolicies())
                .isEqualTo(demand(MechanismUse.MANDATORY, MechanismUse.NONE));
        assertThat(OperatorDemand.USUAL.withoutReceiversPolicies())
                .isEqualTo(OperatorDemand.usual(MechanismUse.NONE, MechanismUse.NONE));
    }
}
