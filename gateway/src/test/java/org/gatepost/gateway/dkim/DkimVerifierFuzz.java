// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.resolution.ScriptedResolver;
import org.gatepost.spool.ReceivedReport.Signature;
import org.junit.jupiter.api.Test;

/// Arbitrary messages: a verdict in one printable line, and none passes whose words are not those that were signed.
final class DkimVerifierFuzz {
    private static final byte[] SEED = (StandardExample.ED25519_SIGNATURE
                    + StandardExample.RSA_SIGNATURE
                    + StandardExample.MESSAGE)
            .getBytes(StandardCharsets.ISO_8859_1);

    private static final DkimVerifier VERIFIER = new DkimVerifier(
            new ScriptedResolver()
                    .found(
                            "brisbane._domainkey.football.example.com",
                            RecordType.TXT,
                            DnssecStatus.SECURE,
                            new RecordData.Txt(StandardExample.ED25519_KEY))
                    .found(
                            "test._domainkey.football.example.com",
                            RecordType.TXT,
                            DnssecStatus.SECURE,
                            new RecordData.Txt(StandardExample.RSA_KEY)),
            () -> Instant.parse("2026-11-28T12:00:00Z"));

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] message) {
        Signature signature = VERIFIER.verify(message);
        assertThat(signature.detail()).hasSizeLessThan(500).doesNotContainPattern("\\p{Cc}");
        if (signature.result() == Signature.Result.PASS) {
            String words = new String(message, StandardCharsets.ISO_8859_1)
                    .replaceAll("[ \t\r\n]+", " ")
                    .toLowerCase(Locale.ROOT);
            assertThat(words)
                    .contains("joe sixpack <joe@football.example.com>", "is dinner ready?")
                    .contains("we lost the game. are you hungry yet?");
        }
    }

    @Test
    void noChangedMessagePasses() {
        fuzzerTestOneInput(SEED);
        for (int i = 0; i < 3_000; i++) {
            Random random = new Random(i);
            byte[] mutated = Arrays.copyOf(SEED, SEED.length - random.nextInt(3));
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                mutated[random.nextInt(mutated.length)] = (byte) (random.nextInt(4) == 0 ? ' ' : random.nextInt(256));
            }
            fuzzerTestOneInput(mutated);
        }
    }
}
