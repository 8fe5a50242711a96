// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.gatepost.dns.TestKey.name;
import static org.gatepost.dns.TestKey.rr;

import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// What a question costs in a zone made to exhaust validators, as a multiple of an honest one, and what honest
/// questions feel of it: `./dev bench dns`. Every zone is as bad as its kind can be within what [Sections] lets in;
/// each question is for a new name, so that no cache helps.
final class AttackBench {
    private static final InetSocketAddress SERVER = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 53);
    private static final Duration LENGTH = Duration.ofSeconds(4);
    private static final int ROUNDS = 3;
    private static final int LABELS = 100;
    private static final int ATTACKS_PER_SECOND = 50;

    private static final TestKey HONEST = TestKey.of("honest.");
    private static final TestKey COSTLY = TestKey.of("costly.", 14, 384, TestKey.ZONE);
    private static final AtomicLong SERIAL = new AtomicLong();

    /// The reply to the question itself, made before the clock runs.
    private static final ScopedValue<Message> PREPARED = ScopedValue.newInstance();

    /// What kinds there are.
    private enum Kind {
        HONEST("honest: one P-256 signature"),
        WRONG_SIGNATURES("KeyTrap: 100 wrong P-384 signatures"),
        MANY_PROOFS("60 signed proofs, P-384, that prove too little"),
        HASHES("NSEC3: 150 iterations, a name of 100 labels");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    private final Validator validator = new Validator(
            (question, _) -> new Reply.Received(reply(question), SERVER),
            ValidationOptions.of(TrustAnchor.builtIn())
                    .withAnchors(List.of(HONEST.ds(2).toString(), COSTLY.ds(2).toString())),
            () -> TestKey.NOW);

    private AttackBench() {}

    public static void main(String[] args) throws InterruptedException {
        var provider = NativeProvider.loaded();
        System.out.println("signatures by " + (provider.isPresent() ? "the native provider" : "the JDK"));
        System.out.println("bounds for one question: " + WorkLimits.STANDARD);
        var bench = new AttackBench();
        bench.costs();
        bench.latencies();
    }

    private void costs() {
        double[] honest = new double[ROUNDS];
        for (Kind kind : Kind.values()) {
            microseconds(kind); // warm-up
            double[] costs = new double[ROUNDS];
            double[] ratios = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                honest[round] = microseconds(Kind.HONEST);
                costs[round] = microseconds(kind);
                ratios[round] = costs[round] / honest[round];
            }
            System.out.printf(
                    "%-46s CPU µs a question, min / median / max: %s   in honest ones: %s%n",
                    kind.text, spread(costs), spread(ratios));
        }
    }

    /// Of processor time, for one question, without the making of the reply.
    private double microseconds(Kind kind) {
        var threads = ManagementFactory.getThreadMXBean();
        long spent = 0;
        long count = 0;
        long end = System.nanoTime() + LENGTH.toNanos() / 2;
        while (System.nanoTime() < end) {
            WireQuestion question = question(kind);
            Message reply = made(question);
            long before = threads.getCurrentThreadCpuTime();
            ScopedValue.where(PREPARED, reply).run(() -> ask(kind, question));
            spent += threads.getCurrentThreadCpuTime() - before;
            count++;
        }
        return spent / 1e3 / count;
    }

    private void latencies() throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            long[] quiet = latencies(false);
            long[] attacked = latencies(true);
            System.out.printf(
                    "honest questions, µs p50 / p99: %d / %d alone, %d / %d beside %d attacks a second of each kind%n",
                    quiet[0], quiet[1], attacked[0], attacked[1], ATTACKS_PER_SECOND);
        }
    }

    private long[] latencies(boolean attacked) throws InterruptedException {
        long end = System.nanoTime() + LENGTH.toNanos();
        Thread attacker = Thread.ofVirtual().start(() -> {
            while (attacked && System.nanoTime() < end) {
                for (Kind kind : List.of(Kind.WRONG_SIGNATURES, Kind.MANY_PROOFS, Kind.HASHES)) {
                    Thread.ofVirtual().start(() -> ask(kind, question(kind)));
                }
                sleep(Duration.ofSeconds(1).dividedBy(ATTACKS_PER_SECOND));
            }
        });
        var times = LongStream.builder();
        while (System.nanoTime() < end) {
            WireQuestion question = question(Kind.HONEST);
            Message reply = made(question);
            long start = System.nanoTime();
            ScopedValue.where(PREPARED, reply).run(() -> ask(Kind.HONEST, question));
            times.add((System.nanoTime() - start) / 1000);
            sleep(Duration.ofMillis(1));
        }
        attacker.join();
        long[] sorted = times.build().sorted().toArray();
        return new long[] {sorted[sorted.length / 2], sorted[sorted.length * 99 / 100]};
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(Kind kind, WireQuestion question) {
        Lookup lookup = Lookup.first(Deadline.in(Duration.ofSeconds(20)), WorkLimits.STANDARD);
        boolean usable = validator.validate(question, lookup) instanceof Verdict.Usable;
        if (usable != (kind == Kind.HONEST)) {
            throw new IllegalStateException(kind + " came out otherwise than it must");
        }
    }

    private static WireQuestion question(Kind kind) {
        long serial = SERIAL.incrementAndGet();
        return switch (kind) {
            case HONEST -> new WireQuestion(name("n" + serial + ".honest."), Type.A);
            case WRONG_SIGNATURES -> new WireQuestion(name("n" + serial + ".costly."), Type.A);
            case MANY_PROOFS -> new WireQuestion(name("n" + serial + ".costly."), Type.MX);
            case HASHES -> new WireQuestion(name("n" + serial + "." + "a.".repeat(LABELS) + "costly."), Type.TXT);
        };
    }

    private static Message reply(WireQuestion question) {
        boolean isOwn = question.type() != Type.DNSKEY && question.type() != Type.DS;
        return isOwn && PREPARED.isBound() ? PREPARED.get() : made(question);
    }

    private static Message made(WireQuestion question) {
        TestKey zone = question.name().subdomain(name("honest.")) ? HONEST : COSTLY;
        if (question.type() == Type.DNSKEY) {
            return answer(zone.signed(zone.record()));
        }
        return switch (question.type()) {
            case Type.A ->
                answer(zone.equals(HONEST) ? address(question.name()) : withWrongSignatures(question.name()));
            case Type.MX -> denial(PROOFS);
            case Type.TXT -> denial(HASHED);
            default -> denial(List.of());
        };
    }

    private static RRset address(Name owner) {
        return HONEST.signed(rr(owner + " A 192.0.2.1"));
    }

    private static RRset withWrongSignatures(Name owner) {
        var set = new RRset(rr(owner + " A 192.0.2.1"));
        for (int i = 1; i <= 100; i++) {
            byte[] octets = new byte[96];
            Arrays.fill(octets, (byte) i);
            set.addRR(TestKey.with(EXAMPLE, octets).withName(owner));
        }
        return set;
    }

    private static final org.xbill.DNS.RRSIGRecord EXAMPLE = COSTLY.signature(new RRset(rr("n1.costly. A 192.0.2.1")));

    private static final List<RRset> PROOFS = LongStream.range(0, 60)
            .mapToObj(i -> COSTLY.signed(new NSECRecord(
                    name("z" + i + ".costly."), DClass.IN, 300, name("z" + i + "x.costly."), new int[] {Type.A})))
            .toList();

    /// The apex's record and those around every other hash, by which the whole name is searched through.
    private static final List<RRset> HASHED = hashed();

    private static List<RRset> hashed() {
        byte[] salt = HexFormat.of().parseHex("aabb");
        BigInteger apex = new BigInteger(Nsec3Hash.of(name("costly."), salt, 150), 32);
        return List.of(COSTLY.signed(nsec3(apex, salt)));
    }

    private static Record nsec3(BigInteger hash, byte[] salt) {
        byte[] next = new byte[20];
        byte[] octets = hash.add(BigInteger.ONE).toByteArray();
        int length = Math.min(20, octets.length);
        System.arraycopy(octets, octets.length - length, next, 20 - length, length);
        String digits = hash.toString(32);
        Name owner = name("0".repeat(32 - digits.length()) + digits + ".costly.");
        return new NSEC3Record(owner, DClass.IN, 300, 1, 0, 150, salt, next, new int[] {Type.SOA, Type.NS});
    }

    private static Message answer(RRset set) {
        var message = new Message();
        add(message, set, Section.ANSWER);
        return message;
    }

    private static Message denial(List<RRset> proofs) {
        var message = new Message();
        message.getHeader().setRcode(Rcode.NXDOMAIN);
        proofs.forEach(set -> add(message, set, Section.AUTHORITY));
        return message;
    }

    private static void add(Message message, RRset set, int section) {
        set.rrs(false).forEach(record -> message.addRecord(record, section));
        set.sigs().forEach(signature -> message.addRecord(signature, section));
    }

    private static String spread(double[] values) {
        double[] sorted = Arrays.stream(values).sorted().toArray();
        return "%.1f / %.1f / %.1f".formatted(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }
}
