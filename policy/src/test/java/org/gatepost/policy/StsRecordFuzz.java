// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Arbitrary TXT records at one name, separated by LF. Nothing is thrown, and a policy is announced exactly when a
/// second reading of RFC 8461 §3.1, one regular expression, finds one record that announces it.
final class StsRecordFuzz {
    private static final String DELIMITER = "[ \\t]*;[ \\t]*";
    private static final String FIELD = "[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[!-:<>-~]+";

    /// The id is the first field of that name; what comes before it has another.
    private static final Pattern RECORD = Pattern.compile("v=STSv1(?:" + DELIMITER + "(?!id=)" + FIELD + ")*+"
            + DELIMITER + "id=([A-Za-z0-9]{1,32})(?:" + DELIMITER + FIELD + ")*(?:" + DELIMITER + ")?");

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        List<String> texts = List.of(new String(octets, StandardCharsets.ISO_8859_1).split("\n", -1));
        List<String> candidates =
                texts.stream().filter(text -> text.startsWith("v=STSv1;")).toList();
        Matcher expected = RECORD.matcher(candidates.size() == 1 ? candidates.getFirst() : "");
        switch (StsRecord.parse(texts)) {
            case StsRecord.Published published -> {
                assertThat(expected.matches()).as("%s", published).isTrue();
                assertThat(published.id()).isEqualTo(expected.group(1));
            }
            case StsRecord.None none -> {
                assertThat(expected.matches()).as("%s", none).isFalse();
                assertThat(none.detail()).doesNotContainPattern("\\p{Cc}").hasSizeLessThan(200);
            }
        }
    }

    private static List<byte[]> seeds() {
        return List.of(
                seed("v=STSv1; id=20160831085700Z;"),
                seed("v=STSv1;\tid=a \t; more=a; ext=2"),
                seed("v=STSv1; more=a; id=a; id=b-c"),
                seed("v=STSv1; id=b-c; id=a"),
                seed("v=STSv1;;id=a"),
                seed("v=STSv1 ;id=a"),
                seed("v=STSv1; id=a;;"),
                seed("v=STSv1; id=a; x==b"),
                seed("v=spf1 -all\nv=STSv1; id=1\nv=STSv10; id=2"),
                seed("v=STSv1; id=1\nv=STSv1; id=1"),
                seed("v=STSv1; id=" + "a".repeat(33)));
    }

    private static byte[] seed(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void bothReadingsAgree() {
        FuzzCases.run(StsRecordFuzz::fuzzerTestOneInput, seeds(), 20_000);
    }

    @Test
    @Tag("slow")
    void bothReadingsAgreeOnManyMutations() {
        FuzzCases.run(StsRecordFuzz::fuzzerTestOneInput, seeds(), 1_000_000);
    }
}
