// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Arbitrary text as a trust anchor file: it is refused in one printable line, or what was read from it can be
/// validated with.
class AnchorTextFuzz {
    private static final String BUILT_IN =
            String.join("\n", TrustAnchor.builtIn().records());

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        String text = new String(octets, StandardCharsets.UTF_8);
        read(() -> new TrustAnchor(AnchorRecords.parse("file", text).stream()
                        .map(AnchorRecords.Entry::text)
                        .toList())
                .records());
        read(() -> DiagnosisRules.anchorsFrom("file", text));
    }

    private interface Reading {
        List<String> records() throws TrustAnchorException;
    }

    private static void read(Reading reading) {
        try {
            List<String> records = reading.records();
            Anchors.of(ValidationOptions.of(TrustAnchor.builtIn()).withAnchors(records));
        } catch (TrustAnchorException e) {
            assertThat(e.getMessage()).matches("file[ -~§]+").hasSizeLessThan(300);
        }
    }

    private static List<byte[]> seeds() {
        return Stream.of(
                        BUILT_IN,
                        BUILT_IN + "\ngood.test. 300 IN DS 1 13 4 " + "0a".repeat(48) + " ; more",
                        "; a key\n. 172800 IN DNSKEY 257 3 8 (\n AwEAAa\n z/tA )\n ;;state=2 [  VALID  ]\n",
                        ".\tIN\t1d\tDS\t20326 RSASHA256 2 (E06D44B8 0B8F1D39A95C0B0D7C65D084\n58E880409BBC683457104237C7F8EC8D)",
                        "$ORIGIN test.\n@ DS 1 8 2 00",
                        "",
                        "( ( )")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void anchorTextIsRefusedInOneLineOrUsable() {
        FuzzCases.run(AnchorTextFuzz::fuzzerTestOneInput, seeds(), 2_000);
    }

    @Test
    @Tag("slow")
    void anchorTextIsRefusedInOneLineOrUsableInManyMutations() {
        FuzzCases.run(AnchorTextFuzz::fuzzerTestOneInput, seeds(), 50_000);
    }
}
