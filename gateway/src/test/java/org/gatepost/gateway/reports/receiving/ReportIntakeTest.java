// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.gateway.reports.receiving.TestReports.gzip;
import static org.gatepost.gateway.reports.receiving.TestReports.json;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.dkim.DkimVerifier;
import org.gatepost.gateway.http.OctetBudget;
import org.gatepost.gateway.resolution.ScriptedResolver;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.Reply;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.ReceivedReport;
import org.gatepost.spool.ReceivedReports.Query;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of what comes as a report, and what its sender is told (RFC 8460 §3, §5.3; spec R3).
class ReportIntakeTest {
    private static final InetAddress CLIENT = InetAddress.ofLiteral("198.51.100.9");

    private final TestReports sender = new TestReports();
    private final ScriptedResolver resolver = sender.resolver();
    private final Instant now = TestReports.NOW;

    @TempDir
    private Path directory;

    private EmbeddedStore store;
    private boolean signatureNeeded = true;

    ReportIntakeTest() throws Exception {}

    @BeforeEach
    void open() {
        store = EmbeddedStore.open(directory);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private ReportIntake intake() {
        return new ReportIntake(
                new ReportIntake.Rules(
                        Set.of(DomainName.parse("example.com"), DomainName.parse("münchen.example")), signatureNeeded),
                store.receivedReports(),
                new DkimVerifier(resolver, () -> now),
                () -> now);
    }

    private String mailed(String message) {
        return reply(message, false).toString();
    }

    private Reply reply(String message, boolean fromNobody) {
        var mailbox = new ReportMailbox(Mailbox.parse("reports@example.com"), intake(), new OctetBudget(1 << 20));
        return mailbox.take(message.getBytes(StandardCharsets.ISO_8859_1), CLIENT, fromNobody);
    }

    private String signed(byte[] json) {
        return sender.signedMail(gzip(json));
    }

    private IntakeVerdict posted(byte[] body) {
        return intake().posted(body, CLIENT);
    }

    private int stored() {
        return store.receivedReports().list(Query.ALL, Long.MAX_VALUE, 100).size();
    }

    @Test
    void aSignedReportIsStoredWithWhoVouchesForIt() {
        assertThat(mailed(signed(json("id1", "sts", "example.com")))).isEqualTo("250 2.0.0 report stored as 1");
        ReceivedReport report = store.receivedReports().read(1).orElseThrow();
        assertThat(report.report().reportId()).isEqualTo("id1");
        assertThat(report.arrival().way()).isEqualTo(ReceivedReport.Way.MAIL);
        assertThat(report.arrival().source()).isEqualTo("198.51.100.9");
        assertThat(report.arrival().when()).isEqualTo(now);
        assertThat(report.arrival().signature().voucher()).contains(DomainName.parse("sender.example"));
    }

    @Test
    void aReportThatComesAgainIsKnown() {
        mailed(signed(json("id1", "sts", "example.com")));
        assertThat(mailed(signed(json("id1", "sts", "EXAMPLE.COM")))).isEqualTo("250 2.0.0 report known already as 1");
        assertThat(posted(json("id1", "sts", "example.com"))).isEqualTo(new IntakeVerdict.Duplicate(1));
        assertThat(stored()).isEqualTo(1);
    }

    /// RFC 8460 §3: those without are to be ignored; RFC 7372 has the codes.
    @Test
    void aReportWithoutAValidSignatureOfItsSenderIsRefused() {
        assertThat(mailed(TestReports.mail(gzip(json("id1", "sts", "example.com")))))
                .startsWith("550 5.7.20 ")
                .contains("not signed");
        assertThat(mailed(signed(json("id1", "sts", "example.com")).replace("A report.", "Another.")))
                .startsWith("550 5.7.20 ")
                .contains("the body was changed");
        String moved = signed(json("id1", "sts", "example.com"));
        resolver.forget("s1._domainkey.sender.example", RecordType.TXT);
        assertThat(mailed(moved)).startsWith("550 5.7.20 ").contains("no key");
        assertThat(stored()).isZero();
    }

    @Test
    void aSignatureThatCannotBeVerifiedNowMakesTheSenderTryAgain() {
        resolver.failed("s1._domainkey.sender.example", RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        assertThat(mailed(signed(json("id1", "sts", "example.com")))).startsWith("451 4.4.3 ");
        assertThat(stored()).isZero();
    }

    @Test
    void anotherDomainsSignatureIsNotWaitedFor() {
        String report = signed(json("id1", "sts", "example.com")).replace("sender.example", "list.example");
        resolver.failed("s1._domainkey.list.example", RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        assertThat(mailed(report.replace("d=list.example", "d=other.example"))).startsWith("550 5.7.20 ");
        resolver.failed("s1._domainkey.other.example", RecordType.TXT, DnsFailure.Reason.TIMED_OUT);
        assertThat(mailed(report.replace("d=list.example", "d=other.example"))).startsWith("550 5.7.20 ");
    }

    @Test
    void whereNoSignatureIsNeededItsResultIsKeptAllTheSame() {
        signatureNeeded = false;
        assertThat(mailed(TestReports.mail(gzip(json("id1", "sts", "example.com")))))
                .startsWith("250 ");
        assertThat(store.receivedReports()
                        .read(1)
                        .orElseThrow()
                        .arrival()
                        .signature()
                        .result())
                .isEqualTo(ReceivedReport.Signature.Result.NONE);
    }

    @Test
    void aReportAboutDomainsThatAreNotOursIsRefused() {
        assertThat(mailed(signed(json("id1", "sts", "other.example"))))
                .startsWith("550 5.7.1 ")
                .contains("other.example");
        assertThat(posted(json("id1", "sts", "sub.example.com")))
                .isEqualTo(new IntakeVerdict.NotOurs("sub.example.com"));
        assertThat(posted(json("id1", "sts", "example.com.evil.example"))).isInstanceOf(IntakeVerdict.NotOurs.class);
        assertThat(stored()).isZero();
    }

    @Test
    void domainsAreComparedAsNames() {
        assertThat(posted(json("id1", "sts", "xn--mnchen-3ya.EXAMPLE."))).isInstanceOf(IntakeVerdict.Stored.class);
        assertThat(posted(json("id2", "sts", "other.example", "example.com"))).isInstanceOf(IntakeVerdict.Stored.class);
    }

    /// RFC 8460 §4.4: the policy domain of DANE is the TLSA base domain's.
    @Test
    void aDaneReportMayNameTheMxHost() {
        assertThat(posted(json("id1", "tlsa", "mx.example.com"))).isInstanceOf(IntakeVerdict.Stored.class);
        assertThat(posted(json("id2", "tlsa", "mx.provider.example"))).isInstanceOf(IntakeVerdict.NotOurs.class);
        assertThat(mailed(signed(json("id2", "tlsa", "mx.provider.example")))).startsWith("250 ");
        assertThat(mailed(signed(json("id3", "sts", "mx.provider.example")))).startsWith("550 ");
    }

    @Test
    void whatCannotBeReadIsRefusedWithPlaceAndRule() {
        assertThat(posted("{\"a\": 1}".getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOfSatisfying(
                        IntakeVerdict.Unreadable.class,
                        unreadable -> assertThat(unreadable.problem()).contains("policies"));
        assertThat(mailed(signed("{ no json".getBytes(StandardCharsets.US_ASCII))))
                .startsWith("554 5.6.0 ");
        assertThat(posted(new byte[0])).isInstanceOf(IntakeVerdict.Unreadable.class);
        assertThat(stored()).isZero();
    }

    @Test
    void aGzipBombIsRefusedAtItsBound() {
        byte[] bomb = gzip(new byte[200_000_000]);
        assertThat(bomb).hasSizeLessThan(1 << 20);
        assertThat(posted(bomb)).isInstanceOf(IntakeVerdict.Unreadable.class);
        assertThat(mailed(sender.signedMail(bomb))).startsWith("554 5.6.0 ");
    }

    @Test
    void aReportAboutDaysToComeIsRefused() {
        byte[] future = new String(json("id1", "sts", "example.com"), StandardCharsets.UTF_8)
                .replace("2026-11-27", "2027-11-27")
                .getBytes(StandardCharsets.UTF_8);
        assertThat(posted(future)).isInstanceOf(IntakeVerdict.Unreadable.class);
    }

    @Test
    void aPersonsMailIsRefusedAndABounceDropped() {
        String mail = "From: a@b.example\r\nSubject: hello\r\n\r\nplease call me\r\n";
        assertThat(mailed(mail)).startsWith("554 5.6.0 this mailbox takes TLS reports only");
        assertThat(reply(mail, true).toString()).startsWith("250 2.0.0 dropped");
        assertThat(stored()).isZero();
    }

    @Test
    void aStoreThatCannotWorkMakesTheSenderTryAgain() {
        ReportIntake intake = intake();
        store.close();
        assertThat(intake.posted(json("id1", "sts", "example.com"), CLIENT))
                .isInstanceOf(IntakeVerdict.Unavailable.class);
    }

    @Test
    void textsOfStrangersCannotForgeLines() {
        IntakeVerdict verdict = posted(json("id1", "sts", "evil.example\r\n250 ok\u001b[31m"));
        assertThat(verdict.toString()).doesNotContain("\n").doesNotContain("\u001b");
        assertThat(verdict).isInstanceOf(IntakeVerdict.NotOurs.class);
    }

    @Test
    void oldReportsAreForgottenInTime() {
        posted(json("id1", "sts", "example.com"));
        Instant end = now.plus(Duration.ofDays(400));
        assertThat(ReportRetention.purge(store.receivedReports(), Duration.ofDays(400), () -> end))
                .isZero();
        assertThat(ReportRetention.purge(store.receivedReports(), Duration.ofDays(400), () -> end.plusSeconds(1)))
                .isEqualTo(1);
        assertThat(stored()).isZero();
    }
}
