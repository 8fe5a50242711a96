// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.gatepost.tlsrpt.ReadReport.Accepted;
import org.gatepost.tlsrpt.ReadReport.Unreadable;
import org.junit.jupiter.api.Test;

final class ReportBodyTest {
    private static final byte[] JSON = Mails.JSON.getBytes(StandardCharsets.UTF_8);
    private static final ReadReport READ = ReportReader.read(JSON);

    @Test
    void contentTellsWhatItIs() throws IOException {
        for (byte[] octets : List.of(JSON, Mails.gzip(JSON))) {
            assertThat(ReportBody.read(octets, ReadLimits.DEFAULT)).isEqualTo(READ);
            assertThat(file(octets)).isEqualTo(READ);
        }
        assertThat(file(Mails.crlf(Mails.proper()))).isEqualTo(READ);
        assertThat(file(Mails.crlf("From tls@sender.example Fri Nov 27 00:00:00 2026\n" + Mails.proper())))
                .isEqualTo(READ);
    }

    @Test
    void filesOfOtherKindsAreToldInOneLine() throws IOException {
        assertThat(file(new byte[0])).isEqualTo(new Unreadable("", "empty"));
        assertThat(file("just words\n".getBytes(StandardCharsets.UTF_8))).isInstanceOf(Unreadable.class);
        assertThat(file("PK\u0003\u0004xxxx".getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(Unreadable.class);
        assertThat(file("Subject: no\n\nreport\n".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Unreadable("", "no part of the mail is a TLS report (RFC 8460 §5.3)"));
    }

    @Test
    void membersOneAfterTheOtherAreJoined() throws IOException { // RFC 1952 §2.2
        var both = new ByteArrayOutputStream();
        both.write(Mails.gzip(Arrays.copyOf(JSON, 100)));
        both.write(Mails.gzip(Arrays.copyOfRange(JSON, 100, JSON.length)));
        assertThat(ReportBody.read(both.toByteArray(), ReadLimits.DEFAULT)).isEqualTo(READ);
    }

    @Test
    void whatFollowsTheStreamIsIgnored() {
        byte[] gzip = Mails.gzip(JSON);
        assertThat(ReportBody.read(Arrays.copyOf(gzip, gzip.length + 30), ReadLimits.DEFAULT))
                .isEqualTo(READ);
    }

    @Test
    void streamWithoutItsEndIsReadAsFarAsItGoes() {
        byte[] gzip = Mails.gzip(JSON);
        assertThat(ReportBody.read(Arrays.copyOf(gzip, gzip.length - 8), ReadLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.deviations())
                                .extracting(Deviation::rule)
                                .anyMatch(rule -> rule.startsWith("the gzip stream is damaged")));
        assertThat(ReportBody.read(Arrays.copyOf(gzip, gzip.length / 2), ReadLimits.DEFAULT))
                .isInstanceOf(Unreadable.class);
        gzip[gzip.length - 6] ^= 1;
        assertThat(ReportBody.read(gzip, ReadLimits.DEFAULT)).isInstanceOf(Accepted.class);
    }

    @Test
    void bombsAreNotInflated() { // R3: bounded decompression; pitfall 27
        byte[] bomb = Mails.gzip(new byte[3 * 1024 * 1024]);
        assertThat(bomb).hasSizeLessThan(4000);
        assertThat(ReportBody.read(bomb, ReadLimits.DEFAULT))
                .isEqualTo(new Unreadable(
                        "", "decompresses to more than 1048576 octets, the bound for what is this long"));
        assertThat(ReportBody.read(Mails.gzip(bomb), ReadLimits.DEFAULT)).isInstanceOf(Unreadable.class);
        assertThat(ReportBody.read(Mails.gzip(JSON), new ReadLimits(1000, 200)))
                .isEqualTo(new Unreadable("", "decompresses to more than 200 octets, the bound for what is this long"));
    }

    @Test
    void whatIsTooLongIsRefused() throws IOException {
        var limits = new ReadLimits(100, 100);
        assertThat(ReportBody.read(JSON, limits)).isEqualTo(new Unreadable("", "more than 100 octets"));
        assertThat(ReportFile.read(new ByteArrayInputStream(JSON), limits))
                .isEqualTo(new Unreadable("", "more than 100 octets"));
    }

    @Test
    void whatWasCompressedTwiceIsRead() {
        assertThat(ReportBody.read(Mails.gzip(Mails.gzip(JSON)), ReadLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.deviations())
                                .containsExactly(new Deviation("", "compressed twice")));
    }

    private static ReadReport file(byte[] octets) throws IOException {
        return ReportFile.read(new ByteArrayInputStream(octets), ReadLimits.DEFAULT);
    }
}
