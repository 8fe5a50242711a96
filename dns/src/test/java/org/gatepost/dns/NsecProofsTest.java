// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.dns.TestKey.name;

import java.util.stream.Stream;
import org.gatepost.dns.ValidationReason.Kind;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Type;

/// RFC 4035 §5.4 and RFC 6840 §4 over hand-made chains.
class NsecProofsTest {
    /// @param records `owner next types`
    private static NsecProofs proofs(String... records) {
        return new NsecProofs(
                name("test."),
                Stream.of(records)
                        .map(text -> (NSECRecord) TestKey.rr(text.replaceFirst(" ", " NSEC ")))
                        .toList());
    }

    private static void assertProven(Proof proof) {
        assertThat(proof).isInstanceOf(Proof.Proven.class);
    }

    private static void assertUnproven(Proof proof) {
        assertThat(proof).isInstanceOf(Proof.Unproven.class);
    }

    @Test
    void aNameErrorNeedsTheNameAndItsWildcardCovered() {
        assertProven(proofs("test. c.test. SOA NS", "c.test. e.test. A").nameError(name("d.test.")));
        assertProven(proofs("test. z.test. SOA NS").nameError(name("d.test.")));
        assertUnproven(proofs("c.test. e.test. A").nameError(name("d.test.")));
        assertUnproven(proofs("test. c.test. SOA NS").nameError(name("d.test.")));
    }

    @Test
    void aRecordWhoseNextNameLeavesTheZoneProvesNothing() { // RFC 4034 §4.1.1
        assertUnproven(proofs("test. c.test. SOA NS", "c.test. a.zest. A").nameError(name("d.test.")));
        assertUnproven(proofs("c.test. a.zest. A").noData(name("c.test."), Type.MX));
    }

    @Test
    void theWildcardIsThatOfTheClosestEncloser() { // pitfall 6
        NsecProofs proofs = proofs("a.b.test. c.b.test. A", "b.test. a.b.test. A");

        assertProven(proofs.nameError(name("x.y.b.b.test.")));
        assertUnproven(proofs("a.b.test. c.b.test. A", "test. a.test. SOA").nameError(name("x.y.b.b.test.")));
    }

    @Test
    void theLastRecordOfTheChainWrapsAroundToTheApex() {
        assertProven(proofs("m.test. test. A", "test. a.test. SOA").nameError(name("z.test.")));
        assertUnproven(proofs("m.test. a.test. A", "test. a.test. SOA").nameError(name("z.test.")));
        assertUnproven(proofs("m.test. test. A").nameError(name("z.other.")));
    }

    @Test
    void anEmptyNonTerminalExists() {
        NsecProofs proofs = proofs("a.test. x.b.test. A", "test. a.test. SOA");

        assertUnproven(proofs.nameError(name("b.test.")));
        assertProven(proofs.noData(name("b.test."), Type.A));
        assertThat(proofs.delegation(name("b.test."))).isEqualTo(new Delegation.None());
    }

    @Test
    void noDataNeedsABitmapWithoutTheTypeAndWithoutAnAlias() {
        assertProven(proofs("a.test. b.test. MX RRSIG NSEC").noData(name("a.test."), Type.A));
        assertUnproven(proofs("a.test. b.test. A RRSIG NSEC").noData(name("a.test."), Type.A));
        assertUnproven(proofs("a.test. b.test. CNAME RRSIG NSEC").noData(name("a.test."), Type.A)); // RFC 6840 §4.3
    }

    @Test
    void wildcardNoDataNeedsTheNameCoveredAndTheWildcardsBitmap() {
        assertProven(proofs("*.test. b.test. MX", "a.test. test. A").noData(name("x.test."), Type.A));
        assertUnproven(proofs("*.test. b.test. A", "a.test. test. A").noData(name("x.test."), Type.A));
        assertUnproven(proofs("a.test. test. A").noData(name("x.test."), Type.A));
    }

    @Test
    void theParentsSideOfACutSaysNothingOfTheChild() { // RFC 6840 §4.1
        NsecProofs cut = proofs("child.test. d.test. NS RRSIG NSEC", "test. child.test. SOA");

        assertUnproven(cut.noData(name("child.test."), Type.A));
        assertUnproven(cut.noData(name("x.child.test."), Type.A));
        assertUnproven(cut.nameError(name("x.child.test.")));
        assertProven(cut.noData(name("child.test."), Type.DS));
        assertUnproven(proofs("d.test. e.test. DNAME", "test. d.test. SOA").nameError(name("x.d.test.")));
    }

    @Test
    void theChildsSideOfACutDoesNotDenyItsDs() {
        NsecProofs apex = proofs("test. a.test. NS SOA RRSIG NSEC DNSKEY");

        assertUnproven(apex.noData(name("test."), Type.DS));
        assertThat(apex.delegation(name("test."))).isEqualTo(new Delegation.Unproven());
    }

    @Test
    void aWildcardAppliesWhenNoCloserNameExists() {
        assertProven(proofs("*.w.test. x.test. A").noCloserMatch(name("q.w.test."), name("*.w.test.")));
        assertUnproven(proofs("a.w.test. c.w.test. A").noCloserMatch(name("q.w.test."), name("*.w.test.")));
        // A closer encloser exists, whose own wildcard would have to answer.
        assertUnproven(proofs("a.b.w.test. x.test. A").noCloserMatch(name("q.b.w.test."), name("*.w.test.")));
    }

    @Test
    void delegationsAreToldFromOrdinaryAndMissingNames() {
        NsecProofs proofs = proofs("child.test. d.test. NS RRSIG NSEC", "host.test. i.test. A", "m.test. test. A");

        assertThat(proofs.delegation(name("child.test."))).isEqualTo(new Delegation.Unsigned(Kind.UNSIGNED_DELEGATION));
        assertThat(proofs.delegation(name("host.test."))).isEqualTo(new Delegation.None());
        assertThat(proofs.delegation(name("z.test."))).isEqualTo(new Delegation.NothingBelow());
        assertThat(proofs.delegation(name("b.test."))).isEqualTo(new Delegation.Unproven());
        assertThat(proofs("s.test. t.test. NS DS RRSIG").delegation(name("s.test.")))
                .isEqualTo(new Delegation.Unproven());
    }
}
