// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.gatepost.tlsrpt.ReadReport.Accepted;
import org.gatepost.tlsrpt.ReadReport.Unreadable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Arbitrary octets as JSON, gzip, mail or file: refused in one line, or a report that stays the same when it
/// is written
/// and read again.
final class ReportFuzz {
    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        try {
            judge(ReportFile.read(new ByteArrayInputStream(octets), ReadLimits.DEFAULT));
        } catch (IOException e) {
            throw new AssertionError("thrown for what was read", e);
        }
    }

    static void judge(ReadReport read) {
        switch (read) {
            case Unreadable unreadable ->
                assertThat(unreadable.toString())
                        .isNotEmpty()
                        .hasSizeLessThan(450)
                        .doesNotContainPattern("\\p{Cc}");
            case Accepted(TlsReport report, List<Deviation> deviations) -> {
                assertThat(deviations).hasSizeLessThanOrEqualTo(ReportReader.MOST_DEVIATIONS);
                deviations.forEach(one -> assertThat(one.place() + one.rule()).doesNotContainPattern("\\p{Cc}"));
                assertRoundTrip(report);
            }
        }
    }

    /// What is written once is normal: reading and writing it changes nothing more.
    private static void assertRoundTrip(TlsReport report) {
        byte[] once = ReportWriter.write(report);
        assertThat(ReportReader.read(once)).isInstanceOfSatisfying(Accepted.class, again -> {
            assertThat(again.report().policies()).hasSameSizeAs(report.policies());
            assertThat(ReportWriter.write(again.report())).isEqualTo(once);
        });
    }

    private static List<byte[]> seeds() {
        byte[] json = Mails.JSON.getBytes(StandardCharsets.UTF_8);
        byte[] written = ReportWriter.write(new ReportProperties.Sample(new Random(3)).report());
        return List.of(
                json,
                written,
                Mails.gzip(json),
                Mails.crlf(Mails.proper()),
                Mails.crlf(Mails.proper()
                        .replace("base64", "8bit")
                        .replace(Mails.base64(Mails.gzip(Mails.JSON)), new String(written, StandardCharsets.UTF_8))));
    }

    @Test
    void octetsAreRefusedInOneLineOrGiveAReport() {
        FuzzCases.run(ReportFuzz::fuzzerTestOneInput, seeds(), 2_000);
    }

    @Test
    @Tag("slow")
    void octetsAreRefusedInOneLineOrGiveAReportInManyMutations() {
        FuzzCases.run(ReportFuzz::fuzzerTestOneInput, seeds(), 20_000);
    }
}
