// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Arbitrary TXT records: refused in one line, or URIs that give the same record when they are published as
/// they are
/// printed.
final class TlsRptRecordFuzz {
    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        List<String> texts = List.of(new String(octets, StandardCharsets.ISO_8859_1).split("\n", -1));
        switch (TlsRptRecord.parse(texts)) {
            case TlsRptRecord.None(String detail) ->
                assertThat(detail).isNotEmpty().hasSizeLessThan(300).doesNotContainPattern("\\p{Cc}");
            case TlsRptRecord.Published published -> {
                assertThat(published.rua()).isNotEmpty().hasSizeLessThanOrEqualTo(TlsRptFields.MOST_URIS);
                published.rua().forEach(TlsRptRecordFuzz::judge);
            }
        }
    }

    private static void judge(ReportUri uri) {
        switch (uri) {
            case ReportUri.Mail mail -> assertThat(mail.address().toString()).contains("@");
            case ReportUri.Https https -> {
                assertThat(https.uri().getHost()).isNotEmpty();
                assertThat(TlsRptRecord.parse(List.of("v=TLSRPTv1;rua=" + https)))
                        .isEqualTo(new TlsRptRecord.Published(List.of(https)));
            }
        }
    }

    private static List<byte[]> seeds() {
        return List.of(
                octets("v=TLSRPTv1;rua=mailto:tls@example.com"),
                octets("v=spf1 -all\nv=TLSRPTv1; a=1; rua=mailto:a%2Bb@example.com?subject=x,https://r.example/a?b#c;"),
                octets("v=TLSRPTv1 ;rua=https://[2001:db8::1]:8443/ , http://x , sms:1"),
                octets("v=TLSRPTv1;rua=,"));
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void recordsAreRefusedInOneLineOrGiveUris() {
        FuzzCases.run(TlsRptRecordFuzz::fuzzerTestOneInput, seeds(), 2_000);
    }

    @Test
    @Tag("slow")
    void recordsAreRefusedInOneLineOrGiveUrisInManyMutations() {
        FuzzCases.run(TlsRptRecordFuzz::fuzzerTestOneInput, seeds(), 100_000);
    }
}
