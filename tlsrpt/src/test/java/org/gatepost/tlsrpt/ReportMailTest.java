// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.gatepost.tlsrpt.MailedReport.Found;
import org.gatepost.tlsrpt.MailedReport.NoReport;
import org.gatepost.tlsrpt.ReadReport.Accepted;
import org.gatepost.tlsrpt.ReadReport.Unreadable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// RFC 8460 §5.3, and the mails that are sent in its place.
final class ReportMailTest {
    private static final TlsReport REPORT =
            ((Accepted) ReportReader.read(Mails.JSON.getBytes(StandardCharsets.UTF_8))).report();

    @Test
    void mailToTheLetterIsReadWithoutDeviation() {
        assertThat(read(Mails.proper()))
                .isEqualTo(new Found(
                        Optional.of("example.com"),
                        Optional.of("sender.example"),
                        Optional.of(Mails.NAME),
                        new Accepted(REPORT, List.of())));
    }

    @Test
    void lineEndsMayBeBare() throws IOException {
        byte[] octets = Mails.proper().getBytes(StandardCharsets.UTF_8);
        assertThat(ReportMail.read(new ByteArrayInputStream(octets), ReadLimits.DEFAULT))
                .isEqualTo(read(Mails.proper()));
    }

    /// Each line: what is written in place of what, and the words of the deviation. The report is the same.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            report-type="tlsrpt"          | report-type=tlsrpt                       | ``
            report-type="tlsrpt"          | Report-Type=TLSRPT                       | ``
            report-type="tlsrpt";         | ``                                       | report-type
            report-type="tlsrpt"          | report-type=delivery-status              | report-type
            multipart/report              | multipart/mixed                          | not multipart/report (RFC 8460 §5.3) but multipart/mixed
            multipart/report              | Multipart/REPORT                         | ``
            application/tlsrpt+gzip       | Application/TLSRPT+gzip                  | ``
            application/tlsrpt+gzip       | application/tlsrpt+json                  | ``
            application/tlsrpt+gzip       | application/tlsrpt                       | the report is application/tlsrpt,
            application/tlsrpt+gzip       | application/gzip                         | the report is application/gzip,
            application/tlsrpt+gzip       | application/x-gzip                       | application/x-gzip
            application/tlsrpt+gzip       | application/octet-stream                 | application/octet-stream
            application/tlsrpt+gzip       | application/json                         | application/json
            application/tlsrpt+gzip       | text/plain                               | text/plain
            Content-Disposition: attachment; filename= | Content-Type: application/gzip; name= | application/gzip
            Content-Disposition: attachment; filename= | X-Name: x=              | no file name
            !r-1.json.gz                  | .json.gz                                 | ``
            !r-1.json.gz                  | !r-1.json                                | ``
            !r-1.json.gz                  | !r-1.xml                                 | file name
            text/plain; charset=us-ascii  | text/html                                | ``
            TLS-Report-Domain: example.com | X: y                                    | no TLS-Report-Domain
            TLS-Report-Submitter: sender.example | X: y                              | no TLS-Report-Submitter
            Subject: Report Domain: example.com | Subject: TLS report                | Subject
            """)
    void deviationsAreTakenForWhatTheyMean(String instead, String written, String rule) {
        assertThat(Mails.proper()).contains(instead);
        Accepted accepted = accepted(Mails.proper().replace(instead, written));
        assertThat(accepted.report()).isEqualTo(REPORT);
        if (rule.isEmpty()) {
            assertThat(accepted.deviations()).isEmpty();
        } else {
            assertThat(accepted.deviations()).extracting(Deviation::rule).anyMatch(one -> one.contains(rule));
        }
    }

    @Test
    void otherTransferEncodingsAreDecoded() {
        String encoded =
                Mails.JSON.replace("=", "=3D").replace("Ltd", "L=\nt=64").replace("-", "=2D");
        String quoted = Mails.proper()
                .replace("Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: Quoted-Printable")
                .replace(Mails.base64(Mails.gzip(Mails.JSON)), encoded);
        assertThat(accepted(quoted).report()).isEqualTo(REPORT);
        String plain = Mails.proper()
                .replace("Content-Transfer-Encoding: base64\n", "")
                .replace(Mails.base64(Mails.gzip(Mails.JSON)), Mails.JSON);
        assertThat(accepted(plain).report()).isEqualTo(REPORT);
    }

    @Test
    void mailThatIsAllReportIsRead() {
        String whole = """
                Content-Type: application/tlsrpt+gzip
                Content-Transfer-Encoding: base64

                """ + Mails.base64(Mails.gzip(Mails.JSON));
        assertThat(accepted(whole).report()).isEqualTo(REPORT);
        assertThat(accepted("From: a@b.example\n\n" + Mails.JSON).report()).isEqualTo(REPORT);
    }

    @Test
    void reportIsFoundWithinOtherMail() {
        String nested = """
                Content-Type: multipart/mixed; boundary=outer

                --outer
                Content-Type: text/plain

                [look at this]
                --outer
                Content-Type: message/rfc822

                %s
                --outer
                Content-Type: application/gzip; name=dmarc.xml.gz
                Content-Transfer-Encoding: base64

                %s
                --outer--
                """.formatted(Mails.proper(), Mails.base64(Mails.gzip("<feedback/>")));
        Accepted accepted = accepted(nested);
        assertThat(accepted.report()).isEqualTo(REPORT);
        assertThat(accepted.deviations())
                .extracting(Deviation::rule)
                .containsExactly("forwarded in another mail", "several parts look like reports and one is taken: 3");
        assertThat(((Found) read(nested)).submitter()).contains("sender.example");
    }

    @Test
    void partThatSaysItIsAReportIsTakenWithItsTrouble() {
        assertThat(read(Mails.proper().replace(Mails.base64(Mails.gzip(Mails.JSON)), "aGVsbG8=")))
                .isInstanceOfSatisfying(
                        Found.class,
                        found -> assertThat(found.report())
                                .isInstanceOfSatisfying(
                                        Unreadable.class,
                                        unreadable ->
                                                assertThat(unreadable.rule()).startsWith("not JSON (RFC 8259): ")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Subject: hello\\n\\nWhere are the reports?\\n                                    | no part of the mail is a TLS report
            Content-Type: multipart/mixed; boundary=x\\n\\n--x\\n\\nno\\n--x--\\n           | no part of the mail is a TLS report
            Content-Type: multipart/report; boundary=x\\n\\nnothing                         | no part of the mail is a TLS report
            Subject: hello                                                                  | no part of the mail is a TLS report
            """)
    void mailOfAnotherKindIsNoReport(String text, String reason) {
        assertThat(read(text.replace("\\n", "\n")))
                .isInstanceOfSatisfying(
                        NoReport.class, none -> assertThat(none.reason()).startsWith(reason));
    }

    @Test
    void everythingIsBounded() throws IOException {
        String nested = "x: y\n";
        for (int i = 0; i < 40; i++) {
            nested = "Content-Type: multipart/mixed; boundary=b" + i + "\n\n--b" + i + "\n" + nested;
        }
        assertNoReport(nested, "nested deeper");
        assertNoReport("Content-Type: message/rfc822\n\n".repeat(40), "nested deeper");
        assertNoReport(
                "Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n".repeat(300), "more than 200 parts");
        assertNoReport("X: " + "y".repeat(2_000_000) + "\n\n", "a line is too long");
        assertNoReport("X: y\n".repeat(3_000) + "\n", "too many header fields");
        assertThat(ReportMail.read(
                        new ByteArrayInputStream(Mails.crlf(Mails.proper() + "x".repeat(2000))),
                        new ReadLimits(1500, 1500)))
                .isEqualTo(new NoReport("more than 1500 octets"));
    }

    private static void assertNoReport(String mail, String reason) {
        assertThat(read(mail))
                .isInstanceOfSatisfying(
                        NoReport.class, none -> assertThat(none.reason()).contains(reason));
    }

    private static Accepted accepted(String mail) {
        MailedReport read = read(mail);
        assertThat(read)
                .isInstanceOfSatisfying(
                        Found.class, found -> assertThat(found.report()).isInstanceOf(Accepted.class));
        return (Accepted) ((Found) read).report();
    }

    private static MailedReport read(String mail) {
        try {
            return ReportMail.read(new ByteArrayInputStream(Mails.crlf(mail)), ReadLimits.DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
