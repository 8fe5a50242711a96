// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;

/// RFC 8461 §3.2, over random policies and random files; a failure names its seed.
final class StsPolicyProperties {
    private static final int ROUNDS = 2_000;

    @Test
    void printedPoliciesReadBackTheSame() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            StsPolicy policy = policy(new Random(seed));
            assertThat(StsPolicyParser.parse(StsPolicyPrinter.print(policy)))
                    .as("seed %d", seed)
                    .isEqualTo(new ParsedStsPolicy.Accepted(policy));
        }
    }

    @Test
    void whateverIsAcceptedIsAPolicy() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            var random = new Random(seed);
            byte[] octets = StsPolicyPrinter.print(policy(random)).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 3; i++) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
            }
            switch (StsPolicyParser.parse(octets)) {
                case ParsedStsPolicy.Accepted(var policy) ->
                    assertThat(policy.mode() == StsPolicy.Mode.NONE
                                    || !policy.mx().isEmpty())
                            .as("seed %d", seed)
                            .isTrue();
                case ParsedStsPolicy.Rejected rejected ->
                    assertThat(rejected.offset()).as("seed %d", seed).isNotNegative();
            }
        }
    }

    private static StsPolicy policy(Random random) {
        var mode = List.of(StsPolicy.Mode.values()).get(random.nextInt(3));
        int least = mode == StsPolicy.Mode.NONE ? 0 : 1;
        List<MxPattern> mx = IntStream.range(0, least + random.nextInt(4))
                .mapToObj(_ -> new MxPattern(random.nextBoolean(), name(random)))
                .toList();
        return new StsPolicy(mode, maxAge(random), mx);
    }

    /// Both ends often.
    private static Duration maxAge(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Duration.ZERO;
            case 1 -> StsPolicyParser.LONGEST_MAX_AGE;
            default -> Duration.ofSeconds(random.nextInt(31_557_601));
        };
    }

    private static DomainName name(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> DomainName.parse("fußball" + random.nextInt(10) + ".例え.example");
            case 1 -> DomainName.parse("A".repeat(63) + "." + "b.".repeat(random.nextInt(90)) + "TEST");
            default -> plainName(random);
        };
    }

    private static DomainName plainName(Random random) {
        String alphabet = "abcxyz0189";
        var name = new StringBuilder("h" + random.nextInt(10));
        for (int i = random.nextInt(30); i > 0; i--) {
            name.append(alphabet.charAt(random.nextInt(alphabet.length())));
            name.append(random.nextInt(6) == 0 ? ".x" : random.nextInt(6) == 1 ? "-x" : "");
        }
        return DomainName.parse(name.toString());
    }
}
