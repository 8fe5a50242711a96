// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;

/// What we write is read back as it was, and deviates in nothing.
final class ReportProperties {
    private static final List<String> WORDS = List.of(
            "a",
            "Sender Ltd",
            "ümläut",
            "日本",
            "emoji 😀",
            "quote\"d",
            "back\\slash",
            "tab\tin",
            "x".repeat(300),
            "[odd",
            "}{",
            "+");

    @Test
    void readingWhatWasWrittenGivesTheSameReport() {
        for (int seed = 0; seed < 2_000; seed++) {
            TlsReport report = new Sample(new Random(seed)).report();

            assertThat(ReportReader.read(ReportWriter.write(report)))
                    .as("seed %d", seed)
                    .isEqualTo(new ReadReport.Accepted(report, List.of()));
        }
    }

    /// Reports of all shapes that a sender can make.
    record Sample(Random random) {
        TlsReport report() {
            Instant day = Instant.EPOCH.plus(Duration.ofDays(1 + random.nextInt(40_000)));
            var policies = new ArrayList<PolicyResult>();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                policies.add(result());
            }
            return new TlsReport(
                    word(), day, day.plus(Duration.ofDays(1)).minusSeconds(1), Optional.of(word()), word(), policies);
        }

        private PolicyResult result() {
            var failures = new ArrayList<FailureDetails>();
            for (int i = random.nextInt(4); i > 0; i--) {
                String type = one(List.of(ResultType.values())).toString();
                failures.add(new FailureDetails(type, session(), random.nextInt(1 << random.nextInt(31))));
            }
            long failed = failures.stream().mapToLong(FailureDetails::sessions).sum();
            return new PolicyResult(policy(), random.nextLong(TlsReport.MOST_SESSIONS + 1), failed, failures);
        }

        private ReportedPolicy policy() {
            PolicyType type = one(List.of(PolicyType.values()));
            List<String> strings = IntStream.range(0, random.nextInt(4))
                    .mapToObj(i -> i + random.nextInt() + " policy")
                    .toList();
            return new ReportedPolicy(
                    type.toString(),
                    strings,
                    "xn--d" + random.nextInt(1000) + "-cua.example",
                    type == PolicyType.STS ? List.of("*.example.com", "mx.example.net") : List.of());
        }

        private FailedSession session() {
            return new FailedSession(
                    Optional.of("192.0.2." + random.nextInt(256)),
                    Optional.of("mx" + random.nextInt(9) + ".example.com"),
                    optional(word()),
                    optional("2001:db8::" + Integer.toHexString(random.nextInt(0xffff))),
                    optional(word()),
                    optional(word()));
        }

        private Optional<String> optional(String value) {
            return random.nextBoolean() ? Optional.of(value) : Optional.empty();
        }

        private <T> T one(List<T> values) {
            return values.get(random.nextInt(values.size()));
        }

        private String word() {
            return one(WORDS);
        }
    }
}
