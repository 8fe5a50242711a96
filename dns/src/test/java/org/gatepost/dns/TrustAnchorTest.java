// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustAnchorTest {
    private static final String DIGEST = "ab".repeat(32);

    @TempDir
    private Path folder;

    private TrustAnchor read(String text) throws IOException {
        return TrustAnchor.fromFile(Files.writeString(folder.resolve("root.key"), text));
    }

    @Test
    void theBuiltInAnchorHoldsBothRootKeys() {
        assertThat(TrustAnchor.builtIn().records()).hasSize(2).allMatch(r -> r.startsWith(". IN DS "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ". DS 1 8 2 D",
                ". IN DS 1 8 2 D",
                ".\t3600\tIN\tDS\t1 8 2 D",
                ". IN 172800 DS 1 8 2 D",
                ". 1d in ds 1 8 2 D ; a comment",
                "; nothing here\n\n. IN DS ( 1 8 2\n   D ) ; end\n",
                ". IN DS 1 8 2 (\n  D\n)",
            })
    void everyFormOfADsRecordIsRead(String text) throws IOException {
        assertThat(read(text.replace("D ", DIGEST + " ")
                                .replaceAll("D$", DIGEST)
                                .replace("D\n", DIGEST + "\n"))
                        .records())
                .containsExactly(". IN DS 1 8 2 " + DIGEST);
    }

    @Test
    void aSplitDigestIsJoined() throws IOException {
        assertThat(read(". IN DS 1 8 2 " + "ab".repeat(16) + " " + "ab".repeat(16))
                        .records())
                .containsExactly(". IN DS 1 8 2 " + DIGEST);
    }

    @Test
    void keysAreReadWithTheStatesThatUnboundNotes() throws IOException {
        String text = """
                ; autotrust trust anchor file
                ;;id: . 1
                ;;last_queried: 1795000000 ;;Mon Nov 23 12:00:00 2026
                .\t86400\tIN\tDNSKEY\t257 3 8 AwEAAQ== ;{id = 1 (ksk), size = 2048b} ;;state=2 [  VALID  ] ;;count=0
                .\t86400\tIN\tDNSKEY\t257 3 8 AwEAAg== ;{id = 2 (ksk), size = 2048b} ;;state=1 [ ADDPEND ] ;;count=1
                .\t86400\tIN\tDNSKEY\t385 3 8 AwEAAw== ;{id = 3 (ksk), size = 2048b} ;;state=4 [ REVOKED ] ;;count=0
                """;

        assertThat(read(text).records()).containsExactly(". IN DNSKEY 257 3 8 AwEAAQ==");
    }

    @Test
    void recordsThatCannotBeUsedAreLeftOutBesideUsableOnes() throws IOException {
        String sha1 = ". IN DS 1 8 1 " + "ab".repeat(20) + "\n";

        assertThat(read(sha1 + ". IN DS 1 8 2 " + DIGEST).records()).containsExactly(". IN DS 1 8 2 " + DIGEST);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|: no DS or DNSKEY record in it",
                "'; only comments'|: no DS or DNSKEY record in it",
                "'. IN A 192.0.2.1'|, line 1: a trust anchor is a DS or DNSKEY record",
                "'<xml>'|, line 1: a record starts with its owner's full name, with the trailing dot",
                "'$INCLUDE /etc/passwd'|, line 1: directives such as '$INCLUDE' are not supported here",
                "'. IN DS 1 8 2'|, line 1: a DS record has key tag, algorithm, digest type and digest (RFC 4034 §5.3)",
                "'. IN DS 1 8 2 xyz'|, line 1: the digest is an even number of hexadecimal digits (RFC 4034 §5.3)",
                "'. IN DS 1 8 2 abcd'|, line 1: a digest of type 2 has 32 octets, not 2",
                "'. IN DS 70000 8 2 ab'|, line 1: the key tag is a number from 0 to 65535, not '70000'",
                "'. IN DS ( 1 8 2 ab'|, line 1: a parenthesis is not closed",
                "'. IN DS 1 8 2 ab )'|, line 1: a closing parenthesis without an opening one",
                "'. IN DNSKEY 257 4 8 AwEAAQ=='|, line 1: the protocol of a DNSKEY record is 3 (RFC 4034 §2.1.2)",
                "'. IN DNSKEY 257 3 8 *'|, line 1: the key is not Base64 (RFC 4034 §2.2)",
                "'. IN DNSKEY 0 3 8 AwEAAQ=='|, line 1: the flags say that this is no zone key (RFC 4034 §2.1.1)",
            })
    void aWrongFileIsRefusedWithPlaceAndRule(String text, String rule) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(TrustAnchorException.class)
                .hasMessage(folder.resolve("root.key") + rule);
    }

    @Test
    void theLineNamedIsTheOneThatIsWrong() {
        assertThatThrownBy(() -> read("; one\n. IN DS 1 8 2 " + DIGEST + "\n\n. IN DS x 8 2 ab\n"))
                .hasMessageEndingWith("line 4: the key tag is a number from 0 to 65535, not 'x'");
    }

    @ParameterizedTest
    @ValueSource(strings = {". IN DS 1 5 2 ", ". IN DS 1 8 1 ", ". IN DS 1 253 2 ", "example. IN DS 1 8 2 "})
    void anAnchorWithNothingUsableForTheRootIsRefused(String record) { // else all would silently be insecure
        assertThatThrownBy(() -> read(record + DIGEST))
                .isInstanceOf(TrustAnchorException.class)
                .hasMessageContaining("no usable DS or DNSKEY record for the root");
        assertThatThrownBy(() -> new TrustAnchor(List.of(record + DIGEST)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMissingFileIsNamed() {
        Path missing = folder.resolve("missing.key");

        assertThatThrownBy(() -> TrustAnchor.fromFile(missing))
                .isInstanceOf(TrustAnchorException.class)
                .hasMessage(missing + ": there is no such trust anchor file");
    }
}
