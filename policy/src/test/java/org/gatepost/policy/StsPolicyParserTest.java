// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.policy.ParsedStsPolicy.Accepted;
import org.gatepost.policy.ParsedStsPolicy.Rejected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8461 §3.2.
final class StsPolicyParserTest {
    private static final String GOOD = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n";
    private static final MxPattern MX = new MxPattern(false, DomainName.parse("mx.example.com"));
    private static final StsPolicy EXPECTED = new StsPolicy(StsPolicy.Mode.ENFORCE, Duration.ofDays(1), List.of(MX));

    @ParameterizedTest
    @ValueSource(
            strings = {
                GOOD,
                "version: STSv1\r\nmode: enforce\r\nmx: mx.example.com\r\nmax_age: 86400\r\n",
                "version:STSv1\r\nmode:\tenforce \nmx:   MX.Example.COM\t \nmax_age:0000086400",
                "\n\nversion: STSv1\n\nmode: enforce\n \nmx: mx.example.com\nmax_age: 86400\n\n\n",
                "mx: mx.example.com\nmax_age: 86400\nmode: enforce\nversion: STSv1",
                GOOD + "x-note: what ever: é ∞\nMode: testing\n",
                GOOD + "mode: testing\nversion: nonsense\nmax_age: none\n",
            })
    void spellingsOfOnePolicyAreRead(String text) {
        assertThat(StsPolicyParser.parse(text)).isEqualTo(new Accepted(EXPECTED));
        assertThat(StsPolicyParser.parse(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(new Accepted(EXPECTED));
    }

    @Test
    void everyMxCounts() {
        assertThat(policy(GOOD + "mx: *.example.net\nmx: mx.example.com\n").mx())
                .extracting(MxPattern::toString)
                .containsExactly("mx.example.com", "*.example.net", "mx.example.com");
    }

    @Test
    void modeNoneNeedsNoMx() {
        assertThat(policy("version: STSv1\nmode: none\nmax_age: 0\n"))
                .isEqualTo(new StsPolicy(StsPolicy.Mode.NONE, Duration.ZERO, List.of()));
    }

    @Test
    void longestMaxAgeIsTakenAndNotClamped() {
        assertThat(policy(GOOD.replace("86400", "31557600")).maxAge()).isEqualTo(StsPolicyParser.LONGEST_MAX_AGE);
        assertThat(StsPolicyParser.parse(GOOD.replace("86400", "31557601"))).isInstanceOf(Rejected.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            garbage                                                  | 1 | 0
            version: STSv2\\nmode: none\\nmax_age: 1                  | 1 | 9
            version:STSv10\\nmode: none\\nmax_age: 1                  | 1 | 8
            version: stsv1\\nmode: none\\nmax_age: 1                  | 1 | 9
            mode: none\\nmax_age: 1                                  | 3 | 0
            version: STSv1\\nmax_age: 1                              | 3 | 0
            version: STSv1\\nmode: none                              | 3 | 0
            version: STSv1\\nmode: Enforce\\nmx: a.b\\nmax_age: 1      | 2 | 6
            version: STSv1\\nmode: enforce\\nmax_age: 1               | 4 | 0
            version: STSv1\\nmode: enforce\\nnmx: a.b\\nmax_age: 1     | 5 | 0
            version: STSv1\\nmode: none\\nmax_age: 01234567890        | 3 | 9
            version: STSv1\\nmode: none\\nmax_age: -1                 | 3 | 9
            version: STSv1\\nmode: none\\nmax_age: 1.0                | 3 | 9
            version: STSv1\\nmode: none\\nmax_age: ١                  | 3 | 9
            version: STSv1\\nmode: none\\nmax_age:                    | 3 | 8
            version: STSv1\\nmode: none\\nmax_age: 1\\next:            | 4 | 4
            version: STSv1\\nmode: none\\nmax_age: 1\\n_bad: x         | 4 | 0
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx : a.b        | 4 | 0
            version: STSv1\\nmode: none\\nmax_age: 1\\n: a.b           | 4 | 0
            version: STSv1\\nmode: none\\nmax_age: 1\\nx: a\\u0000b     | 4 | 4
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: *.*.a       | 4 | 6
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: *           | 4 | 4
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: *.          | 4 | 4
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: a*.b        | 4 | 5
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: a.b-        | 4 | 4
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: a_b.c       | 4 | 4
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: a.b.        | 4 | 4
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: a..b        | 4 | 6
            version: STSv1\\nmode: none\\nmax_age: 1\\nmx: møx.example | 4 | 4
            """)
    void placesOfFaultsAreTold(String text, int line, int offset) { // pitfall 16: nmx must not pass as "no mx"
        String file = text.strip().replace("\\n", "\n").replace("\\u0000", "\u0000");
        assertThat(StsPolicyParser.parse(file)).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.line()).as(rejected.toString()).isEqualTo(line);
            assertThat(rejected.offset()).as(rejected.toString()).isEqualTo(offset);
            assertThat(rejected.rule()).contains("RFC ");
        });
    }

    @Test
    void fileOverSixtyFourKibIsRefused() { // RFC 8461 §3.3
        String filler = "x: " + "a".repeat(StsPolicyParser.MOST_OCTETS - GOOD.length() - 3);
        assertThat(StsPolicyParser.parse(GOOD + filler)).isEqualTo(new Accepted(EXPECTED));
        assertThat(StsPolicyParser.parse(GOOD + filler + "a")).isInstanceOf(Rejected.class);
        assertThat(StsPolicyParser.parse((GOOD + filler + "a").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(Rejected.class);
    }

    @Test
    void fileThatIsNotUtf8IsRefusedAtItsOctet() {
        byte[] octets = (GOOD + "x: \u00ff").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(StsPolicyParser.parse(octets)).isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.offset()).isEqualTo(octets.length - 1);
            assertThat(rejected.rule()).contains("UTF-8");
        });
        assertThat(StsPolicyParser.parse(GOOD + "x: \ud800")).isInstanceOf(Rejected.class);
    }

    @Test
    void longHostNameIsRefusedWithoutExhaustingTheStack() {
        String name = "a-".repeat(30_000) + "a";
        assertThat(StsPolicyParser.parse(GOOD + "mx: " + name + "\n")).isInstanceOf(Rejected.class);
    }

    @Test
    void wildcardStandsForExactlyOneLabel() { // RFC 8461 §4.1; pitfall 18
        StsPolicy policy = policy(GOOD.replace("mx.example.com", "*.mx.microsoft"));
        assertThat(policy.lists(DomainName.parse("contoso-com.mx.microsoft"))).isTrue();
        assertThat(policy.lists(DomainName.parse("contoso-com.h-v1.mx.microsoft")))
                .isFalse();
        assertThat(policy.lists(DomainName.parse("mx.microsoft"))).isFalse();
    }

    private static StsPolicy policy(String text) {
        return ((Accepted) StsPolicyParser.parse(text)).policy();
    }
}
