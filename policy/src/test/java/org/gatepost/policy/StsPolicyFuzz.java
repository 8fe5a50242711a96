// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Arbitrary policy files. Nothing is thrown; a file is accepted exactly when a second reading of RFC 8461 §3.2,
/// written
/// down here as regular expressions, accepts it, and what is accepted prints and reads back as the same policy.
final class StsPolicyFuzz {
    /// One line, without the white space at its end: key, delimiter, value that neither begins nor ends with a space.
    private static final Pattern FIELD =
            Pattern.compile("([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \\t]*([^\\x00-\\x20\\x7f](?:[^\\x00-\\x1f\\x7f]*))");

    private static final String LABEL = "(?!-)[A-Za-z0-9-]{1,63}(?<!-)";
    private static final Pattern MX = Pattern.compile("(?:\\*\\.)?(?=.{1,253}$)" + LABEL + "(?:\\." + LABEL + ")*");
    private static final Map<String, Pattern> SINGLE = Map.of(
            "version", Pattern.compile("STSv1"),
            "mode", Pattern.compile("enforce|testing|none"),
            "max_age", Pattern.compile("[0-9]{1,10}"));

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        ParsedStsPolicy parsed = StsPolicyParser.parse(octets);
        assertThat(parsed instanceof ParsedStsPolicy.Accepted)
                .as("%s, and the second reading differs", parsed)
                .isEqualTo(isPolicy(octets));
        switch (parsed) {
            case ParsedStsPolicy.Accepted(var policy) -> {
                assertThat(StsPolicyParser.parse(StsPolicyPrinter.print(policy)))
                        .isEqualTo(new ParsedStsPolicy.Accepted(policy));
                assertThat(policy.mx())
                        .allSatisfy(pattern -> assertThat(policy.lists(pattern.name()))
                                .isEqualTo(policy.mx().stream().anyMatch(one -> one.matches(pattern.name()))));
                assertThat(StsPolicyParser.parse(new String(octets, StandardCharsets.UTF_8)))
                        .isEqualTo(parsed);
            }
            case ParsedStsPolicy.Rejected rejected ->
                assertThat(rejected.toString()).doesNotContainPattern("\\p{Cc}").contains("RFC");
        }
    }

    private static boolean isPolicy(byte[] octets) {
        Map<String, String> singles = new HashMap<>();
        boolean mx = false;
        Optional<String> text = decoded(octets);
        if (octets.length > 65_536 || text.isEmpty()) {
            return false;
        }
        for (String line : text.get().split("\r?\n", -1)) {
            String trimmed = line.replaceFirst("[ \\t]++$", "");
            if (trimmed.isEmpty()) {
                continue;
            }
            Matcher field = FIELD.matcher(trimmed);
            if (!field.matches()) {
                return false;
            }
            String value = field.group(2);
            Pattern form = SINGLE.get(field.group(1));
            if (form != null
                    && singles.putIfAbsent(field.group(1), value) == null
                    && !form.matcher(value).matches()) {
                return false;
            }
            if (field.group(1).equals("mx")) {
                mx = true;
                if (!MX.matcher(value).matches()) {
                    return false;
                }
            }
        }
        return singles.size() == 3
                && Long.parseLong(singles.getOrDefault("max_age", "")) <= 31_557_600
                && (mx || singles.getOrDefault("mode", "").equals("none"));
    }

    private static Optional<String> decoded(byte[] octets) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static List<byte[]> seeds() {
        return List.of(
                seed("version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 604800\n"),
                seed("version: STSv1\r\nmode: testing\r\nmx: xn--fuball-cta.example\r\nmax_age: 31557600"),
                seed("max_age:0\n\nmode:none \t\nversion:STSv1\nmode: \u0085x\nx-1: a  b;c=d\n"),
                seed("version: STSv1\nversion: STSv2\nmode: none\nmax_age: 31557601\n"),
                seed("version: STSv1\nmode: enforce\nmx: a_b.example\nmax_age: 1\n"),
                seed("version: STSv1\nmode: none\nmax_age: 1\n\f\n"),
                seed("version: STSv1\nmode: none\nmax_age: 1\r"),
                seed("\uFEFFversion: STSv1\nmode: none\nmax_age: 1\n"),
                seed("version: STSv1\nmode: none\nmax_age: 1\nmode: \u0001\n"),
                seed("version: STSv1\nmode: none\nmax_age: 0000000001\nmx: " + "a.".repeat(126) + "b\n"));
    }

    private static byte[] seed(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void bothReadingsAgree() {
        FuzzCases.run(StsPolicyFuzz::fuzzerTestOneInput, seeds(), 20_000);
    }

    @Test
    @Tag("slow")
    void bothReadingsAgreeOnManyMutations() {
        FuzzCases.run(StsPolicyFuzz::fuzzerTestOneInput, seeds(), 1_000_000);
    }

    @Test
    void theSeedsReachPoliciesOfAllModes() {
        assertThat(seeds())
                .filteredOn(seed -> StsPolicyParser.parse(seed) instanceof ParsedStsPolicy.Accepted)
                .hasSizeGreaterThanOrEqualTo(4);
    }
}
