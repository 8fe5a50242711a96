// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/// True replies, tampered with in every way that an attacker without the victims' keys can, against what is true.
///
/// - What is called secure is what the zones hold, exactly: the records, or that there are none.
/// - What is signed is never called insecure.
/// - No question costs more than its bounds, be they wide or tight.
/// - Whatever one question met, the next one through an honest upstream is answered as if nothing had been.
class ReplyMutationFuzz {
    private static final WorkLimits TIGHT = new WorkLimits(8, 8, 2, 2, 3);

    /// The circumstances' octet that asks for [#TIGHT].
    private static final int TIGHTLY = 1;

    /// What was found once, in hexadecimal.
    private static final List<String> FOUND = List.of();

    static {
        CountedHashes.install();
    }

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        new Case(new Choices(octets)).run();
    }

    /// World, question and circumstances come first in the octets, then what happens to each reply in turn.
    private static final class Case {
        private final FuzzWorld world;
        private final FuzzWorld.Asked asked;
        private final FuzzWorld.Asked next;
        private final boolean isTight;
        private final boolean isLate;
        private final Attacker attacker;
        private final CountedVerifier verifier = new CountedVerifier();
        private final Validator validator;

        Case(Choices choices) {
            world = choices.of(FuzzWorld.ALL);
            asked = choices.of(world.questions());
            next = choices.of(world.questions());
            int circumstances = choices.octet();
            isTight = (circumstances & 7) == 1;
            isLate = (circumstances & 0x38) == 8;
            attacker = new Attacker(world, choices);
            ValidationOptions options = world.options();
            AlgorithmPolicy usual = options.algorithms();
            var counted = new AlgorithmPolicy(usual.algorithms(), usual.digests(), usual.minimumRsaBits(), verifier);
            Instant now = isLate ? FuzzWorld.NOW.plus(FuzzWorld.SIGNED_FOR).plusSeconds(1) : FuzzWorld.NOW;
            InstantSource clock = InstantSource.fixed(now);
            validator = new Validator(attacker, options.withAlgorithms(counted), clock);
        }

        void run() {
            judge(asked, validated(asked, isTight ? TIGHT : WorkLimits.STANDARD));
            attacker.turnHonest();
            Verdict after = validated(next, WorkLimits.STANDARD);
            if (isLate) {
                judge(next, after);
            } else {
                assertTrue(next, after);
            }
        }

        private Verdict validated(FuzzWorld.Asked what, WorkLimits limits) {
            int questions = attacker.asked();
            int verified = verifier.verified();
            int inVain = verifier.inVain();
            int hashes = CountedHashes.soFar();
            Verdict verdict =
                    validator.validate(what.question(), Lookup.first(Deadline.in(Duration.ofHours(1)), limits));
            assertThat(attacker.asked() - questions).as("questions").isLessThanOrEqualTo(limits.questions());
            assertThat(verifier.verified() - verified).as("signatures").isLessThanOrEqualTo(limits.signatures());
            assertThat(verifier.inVain() - inVain)
                    .as("signatures in vain")
                    .isLessThanOrEqualTo(limits.failedSignatures() + 1);
            assertThat(CountedHashes.soFar() - hashes).as("hashes").isLessThanOrEqualTo(limits.nsec3Hashes());
            return verdict;
        }

        private void judge(FuzzWorld.Asked what, Verdict verdict) {
            if (!(verdict instanceof Verdict.Usable usable)) {
                return;
            }
            switch (usable.status()) {
                case SECURE -> {
                    assertThat(isLate)
                            .as("%s is secure by signatures that are over", what)
                            .isFalse();
                    assertThat(what.standing()).as("%s is secure", what).isEqualTo(DnssecStatus.SECURE);
                    assertSaysWhatIsTrue(what.question(), usable);
                }
                case INSECURE ->
                    assertThat(what.standing())
                            .as("%s is insecure because %s", what, usable.why())
                            .isEqualTo(DnssecStatus.INSECURE);
                case BOGUS, INDETERMINATE -> throw new AssertionError(what + " is usable and yet " + usable.status());
            }
        }

        private void assertSaysWhatIsTrue(WireQuestion question, Verdict.Usable usable) {
            Set<String> said = FuzzWorld.facts(usable.message().getSection(Section.ANSWER));
            assertThat(said).as("%s in %s", question, usable.message()).isEqualTo(world.truth(question));
            int code = usable.message().getRcode();
            int truth = world.reply(question).getRcode();
            // An alias to a name that does not exist may come with NOERROR (RFC 2308 §2.1).
            boolean known = code == truth || (code == Rcode.NOERROR && !said.isEmpty());
            assertThat(known).as("%s: %s", question, Rcode.string(code)).isTrue();
        }

        private void assertTrue(FuzzWorld.Asked what, Verdict verdict) {
            assertThat(verdict).as("%s through an honest upstream", what).isInstanceOf(Verdict.Usable.class);
            judge(what, verdict);
            assertThat(((Verdict.Usable) verdict).status())
                    .as("%s through an honest upstream", what)
                    .isEqualTo(what.standing());
        }
    }

    /// Every question in every world: untouched, within tight bounds, with each edit of each of its first replies
    /// once, under many wrong signatures, and denied by each zone's own proofs.
    private static List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (int world = 0; world < FuzzWorld.ALL.size(); world++) {
            int questions = FuzzWorld.ALL.get(world).questions().size();
            for (int question = 0; question < questions; question++) {
                byte[] start = {(byte) world, (byte) question, (byte) question, 0};
                byte[] tight = {(byte) world, (byte) question, (byte) question, TIGHTLY};
                seeds.add(start);
                seeds.add(tight);
                for (ReplyEdit edit : ReplyEdit.values()) {
                    seeds.add(with(start, 1, place(edit)));
                    seeds.add(with(start, 0, 1, place(edit)));
                }
                for (byte[] bounds : List.of(start, tight)) {
                    seeds.add(with(bounds, 1, place(ReplyEdit.PRECEDE_BY_WRONG_SIGNATURES), 0, 0, 99));
                }
                for (int zone = 0; zone < FuzzWorld.VICTIMS.size(); zone++) {
                    for (int code = 0; code < 2; code++) {
                        seeds.add(with(start, 1, place(ReplyEdit.DENY_BY_ZONE), zone, code, 0));
                    }
                }
            }
        }
        int pose = place(ReplyEdit.POSE_AS_ZONE);
        // Records, then keys and DS sets from the root down to those of good.test.
        seeds.add(with(new byte[4], 1, pose, 0, 0, 0, 0, 0, 1, pose));
        FOUND.stream().map(HexFormat.of()::parseHex).forEach(seeds::add);
        return seeds;
    }

    /// Each of the seeds' kinds is among them still.
    private static List<byte[]> someSeeds() {
        List<byte[]> seeds = seeds();
        return IntStream.range(0, seeds.size())
                .filter(i -> i % 11 == 0)
                .mapToObj(seeds::get)
                .toList();
    }

    /// The octet that chooses the edit.
    private static int place(ReplyEdit edit) {
        return Attacker.EDITS.indexOf(edit);
    }

    private static byte[] with(byte[] start, int... more) {
        byte[] all = java.util.Arrays.copyOf(start, start.length + more.length);
        for (int i = 0; i < more.length; i++) {
            all[start.length + i] = (byte) more[i];
        }
        return all;
    }

    @Test
    void untouchedRepliesStandAsTheWorldIs() {
        for (FuzzWorld world : FuzzWorld.ALL) {
            for (FuzzWorld.Asked asked : world.questions()) {
                var upstream = new Attacker(world, new Choices(new byte[0]));
                var validator = new Validator(upstream, world.options(), InstantSource.fixed(FuzzWorld.NOW));
                var limits = Lookup.first(Deadline.in(Duration.ofHours(1)), WorkLimits.STANDARD);

                assertThat(validator.validate(asked.question(), limits))
                        .as("%s: %s", world.style, asked)
                        .isInstanceOfSatisfying(
                                Verdict.Usable.class,
                                usable -> assertThat(usable.status())
                                        .as("%s: %s %s", world.style, asked, usable.why())
                                        .isEqualTo(asked.standing()));
            }
        }
    }

    @Test
    void noTouchedReplyPassesForTrue() {
        FuzzCases.run(ReplyMutationFuzz::fuzzerTestOneInput, someSeeds(), 500);
    }

    @Test
    @Tag("slow")
    void noTouchedReplyPassesForTrueInManyMutations() {
        FuzzCases.run(ReplyMutationFuzz::fuzzerTestOneInput, seeds(), 20_000);
    }
}
