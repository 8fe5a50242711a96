// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.dns.Resolver;
import org.gatepost.names.DomainName;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.StsPolicy;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.PolicyMemory;
import org.gatepost.spool.PolicyMemory.Remembered;

/// Domains `d0.example`, `d1.example` … that all publish enforced policies of usual size, and a resolver that knows
/// their records by heart, so that what is measured is not DNS.
///
/// @param count how many domains
record PolicyWorld(int count) implements Resolver {
    private static final Duration DAY = Duration.ofDays(1);
    private static final List<Duration> MAX_AGES =
            List.of(DAY, Duration.ofDays(7), Duration.ofDays(7), Duration.ofDays(30), Duration.ofDays(365));
    private static final int WRITERS = 64;
    private static final Answer.Found<RecordData.Txt> RECORD = new Answer.Found<>(
            new Question(DomainName.parse("_mta-sts.example"), RecordType.TXT),
            DnssecStatus.INSECURE,
            List.of(new RecordData.Txt("v=STSv1; id=20260101T000000;")),
            List.of(),
            Instant.MAX);

    DomainName domain(int i) {
        return new DomainName("d" + i + ".example");
    }

    static int index(DomainName domain) {
        return Integer.parseInt(domain.ascii(), 1, domain.ascii().indexOf('.'), 10);
    }

    static Duration maxAge(int i) {
        return MAX_AGES.get(i % MAX_AGES.size());
    }

    static String text(int i) {
        return "version: STSv1\r\nmode: enforce\r\nmx: mx1.d" + i + ".example\r\nmx: mx2.d" + i
                + ".example\r\nmx: *.mail.provider" + i % 100 + ".example\r\nmax_age: "
                + maxAge(i).toSeconds() + "\r\n";
    }

    static StsPolicy policy(int i) {
        return ((ParsedStsPolicy.Accepted) StsPolicyParser.parse(text(i))).policy();
    }

    /// Each policy has up to all of its life left, and is due for refreshing at once.
    ///
    /// @param leastLeft policies that would not live so long are taken to have been fetched later
    static Remembered remembered(int i, Instant now, Duration leastLeft) {
        Duration life = maxAge(i);
        long spare = Math.max(1, life.minus(leastLeft).toSeconds());
        Instant fetched = now.minusSeconds((long) (new Random(i).nextDouble() * spare));
        return new Remembered(
                new DomainName("d" + i + ".example"),
                "20260101T000000",
                text(i),
                fetched,
                fetched.plus(life),
                now,
                Optional.of(now));
    }

    /// Makes a store with the policies of all domains.
    void store(Path directory, Instant now) throws InterruptedException {
        try (EmbeddedStore store = EmbeddedStore.open(directory)) {
            PolicyMemory memory = store.policyMemory();
            var next = new AtomicInteger();
            try (var writers = Executors.newFixedThreadPool(WRITERS)) {
                for (int writer = 0; writer < WRITERS; writer++) {
                    writers.execute(() -> {
                        for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                            memory.remember(remembered(i, now, Duration.ofHours(2)));
                        }
                    });
                }
            }
            if (memory.size() != count) {
                throw new IllegalStateException("only " + memory.size() + " policies could be stored");
            }
        }
    }

    private static <R extends RecordData> Answer<R> denied(DomainName name, RecordType type) {
        return new Answer.Denied<>(
                new Question(name, type), DnssecStatus.INSECURE, Answer.Denial.NAME_ERROR, List.of(), Instant.MAX);
    }

    @Override
    public Answer<RecordData.Txt> txt(DomainName name) {
        return RECORD;
    }

    @Override
    public Answer<RecordData.Mx> mx(DomainName name) {
        return denied(name, RecordType.MX);
    }

    @Override
    public Answer<RecordData.Address> a(DomainName name) {
        return denied(name, RecordType.A);
    }

    @Override
    public Answer<RecordData.Address> aaaa(DomainName name) {
        return denied(name, RecordType.AAAA);
    }

    @Override
    public Answer<RecordData.Tlsa> tlsa(DomainName name) {
        return denied(name, RecordType.TLSA);
    }

    @Override
    public Answer<RecordData.Cname> cname(DomainName name) {
        return denied(name, RecordType.CNAME);
    }
}
