// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.gatepost.tlsrpt.TlsRptRecord.None;
import org.gatepost.tlsrpt.TlsRptRecord.Published;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8460 §3.
final class TlsRptRecordTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            v=TLSRPTv1;rua=mailto:tls@example.com                      | mailto:tls@example.com
            v=TLSRPTv1; rua=mailto:tls@example.com;                    | mailto:tls@example.com
            v=TLSRPTv1 ; rua=mailto:tls@example.com ; ext=1            | mailto:tls@example.com
            v=TLSRPTv1; a.b_c-1=x:y?z; rua=https://r.example/in?a=b    | https://r.example/in?a=b
            v=TLSRPTv1;rua=mailto:a@b.example,https://r.example        | mailto:a@b.example https://r.example
            v=TLSRPTv1;rua=mailto:a@b.example ,  https://r.example/ ;  | mailto:a@b.example https://r.example/
            v=TLSRPTv1;rua=mailto:a@b.example;rua=mailto:c@d.example   | mailto:a@b.example mailto:c@d.example
            v=TLSRPTv1;rua=MAILTO:Ann%2Bx%21y@Example.COM?subject=no   | mailto:Ann+x!y@example.com
            v=TLSRPTv1;rua=HTTPS://r.example:8443/a%2Cb#part           | HTTPS://r.example:8443/a%2Cb
            v=TLSRPTv1;rua=https://[2001:db8::1]/                      | https://[2001:db8::1]/
            v=TLSRPTv1;rua=sms:+1555,mailto:a@b.example,http://c.d/    | mailto:a@b.example
            v=TLSRPTv1;rua=mailto:nobody,https:///x,mailto:a@b.example | mailto:a@b.example
            """)
    void wellFormedRecordsGiveTheirUris(String text, String uris) {
        assertThat(TlsRptRecord.parse(List.of(text)))
                .isInstanceOfSatisfying(
                        Published.class,
                        record -> assertThat(record.rua())
                                .extracting(ReportUri::toString)
                                .containsExactly(uris.split(" ")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            v=TLSRPTv1;                                  | there is no rua
            v=TLSRPTv1; ext=1                            | there is no rua
            v=TLSRPTv1;; rua=mailto:a@b.example          | offset 11: not a field
            v=TLSRPTv1; rua=mailto:a@b.example;;         | offset 35: not a field
            v=TLSRPTv1; rua=                             | offset 16: not a URI
            v=TLSRPTv1; rua= mailto:a@b.example          | offset 16: not a URI
            v=TLSRPTv1; rua =mailto:a@b.example          | offset 12: not a field
            v=TLSRPTv1; RUA=mailto:a@b.example           | there is no rua
            v=TLSRPTv1; rua=mailto:a@b.example,          | offset 35: not a URI
            v=TLSRPTv1; rua=,mailto:a@b.example          | offset 16: not a URI
            v=TLSRPTv1; rua=mailto:a@b.example other     | offset 16: not a URI
            v=TLSRPTv1; rua=mailto:a@b.example!10m       | offset 16: not a URI
            v=TLSRPTv1; rua=mailto:a!b@b.example         | offset 16: not a URI
            v=TLSRPTv1; rua=mailto:é@b.example           | offset 16: not a URI
            v=TLSRPTv1; rua=mailto:a%4@b.example         | offset 24: not a URI
            v=TLSRPTv1; rua=example.com                  | offset 16: a URI needs a scheme
            v=TLSRPTv1; rua=http://r.example/            | offset 16: rua is neither mailto nor https
            v=TLSRPTv1; rua=mailto:                      | offset 23: not a URI
            v=TLSRPTv1; rua=mailto:a@b.example%2Cc@d.e   | offset 16: mailto: without an address
            v=TLSRPTv1; rua=mailto:%FF@b.example         | offset 16: mailto: with octets
            v=TLSRPTv1; rua=https:r.example              | offset 16: https: without a host
            v=TLSRPTv1; rua=https://a:b@r.example/       | offset 16: https: with user information
            v=TLSRPTv1; rua=https://r.example:65536/     | offset 16: https: with a port
            v=TLSRPTv1; rua=mailto:a@b.example; ext=     | offset 36: not a field
            v=TLSRPTv1; rua=mailto:a@b.example; e%=1     | offset 36: not a field
            v=TLSRPTv1; rua=mailto:a@b.example; e==      | offset 36: not a field
            v=TLSRPTv1; rua=mailto:a@b.example; e=a b    | offset 36: not a field
            v=TLSRPTv1; rua=mailto:a@b.example; a12345678901234567890123456789012=1 | offset 36: not a field
            """)
    void brokenRecordsCountAsNoneAndSayWhere(String text, String detail) {
        assertThat(none(text)).contains(detail);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v=TLSRPTv1",
                "v=TLSRPTv10; rua=mailto:a@b.example",
                "v=tlsrptv1; rua=mailto:a@b.example",
                " v=TLSRPTv1; rua=mailto:a@b.example",
                "rua=mailto:a@b.example; v=TLSRPTv1;",
                "v=spf1 -all",
                "",
            })
    void whatBeginsOtherwiseIsNoRecord(String text) {
        assertThat(none(text)).isEqualTo("no TXT record begins with v=TLSRPTv1; (RFC 8460 §3)");
    }

    @Test
    void otherRecordsOfTheNameAreIgnored() {
        assertThat(TlsRptRecord.parse(List.of("v=spf1 -all", "v=TLSRPTv1;rua=mailto:a@b.example", "v=TLSRPTv2;x=1")))
                .isInstanceOf(Published.class);
    }

    @Test
    void twoRecordsCountAsNone() {
        assertThat(none("v=TLSRPTv1;rua=mailto:a@b.example", "v=TLSRPTv1;rua=mailto:a@b.example"))
                .startsWith("2 TXT records");
        assertThat(none("v=TLSRPTv1;rua=mailto:a@b.example", "v=TLSRPTv1;")).startsWith("2 TXT records");
    }

    @Test
    void urisAreBounded() {
        String thirtyTwo = String.join(",", Collections.nCopies(32, "mailto:a@b.example"));
        assertThat(TlsRptRecord.parse(List.of("v=TLSRPTv1;rua=" + thirtyTwo))).isInstanceOf(Published.class);
        assertThat(none("v=TLSRPTv1;rua=" + thirtyTwo + ",mailto:a@b.example")).contains("more than 32 report URIs");
        assertThat(none("v=TLSRPTv1;rua=https://a.example/" + "x".repeat(2048))).contains("not a URI");
    }

    @Test
    void hostileRecordsAreReadInLinearTimeAndShownPrintable() {
        String blanks = "v=TLSRPTv1; rua=mailto:a@b.example" + " ".repeat(60_000) + "\u001b[2J";
        assertThat(none(blanks)).hasSizeLessThan(200).doesNotContain("\u001b");
        assertThat(none("v=TLSRPTv1;" + " ,;".repeat(20_000))).hasSizeLessThan(200);
    }

    private static String none(String... texts) {
        return ((None) TlsRptRecord.parse(List.of(texts))).detail();
    }
}
