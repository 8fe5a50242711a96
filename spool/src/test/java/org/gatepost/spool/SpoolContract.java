// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.gatepost.names.Mailbox;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;
import org.gatepost.spool.Spool.Update.Deferred;
import org.gatepost.spool.Spool.Update.Finished;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every store's queue must do. A store's own test extends this and says how to open and reopen it.
abstract class SpoolContract {
    static final Instant T0 = Instant.parse("2026-11-22T08:00:00.123456789Z");
    static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int SOME = 1000;

    /// The queue under test: the same one until [#reopen].
    abstract Spool spool();

    /// Closes the store in good order and opens it again.
    abstract void reopen();

    static Envelope envelope(String... recipients) {
        return new Envelope(
                Optional.of(Mailbox.parse("sender@example.org")),
                List.of(recipients).stream().map(Mailbox::parse).toList(),
                false,
                true,
                "client.example [192.0.2.1]");
    }

    static byte[] octets(long seed, int length) {
        byte[] octets = new byte[length];
        new Random(seed).nextBytes(octets);
        return octets;
    }

    MessageId put(Instant due, byte[] content, String... recipients) {
        try (Spool.Draft draft = spool().draft()) {
            write(draft, content);
            return draft.commit(envelope(recipients), T0, due);
        }
    }

    MessageId put(Instant due, String... recipients) {
        return put(due, "Subject: hello\r\n\r\nhello\r\n".getBytes(StandardCharsets.US_ASCII), recipients);
    }

    static void write(Spool.Draft draft, byte[] content) {
        try {
            draft.content().write(content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    byte[] contentOf(MessageId id) {
        try (InputStream in = spool().content(id)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    List<String> lease(Instant now, int limit) {
        return names(spool().lease(now, limit));
    }

    static List<String> names(List<QueuedRecipient> recipients) {
        return recipients.stream().map(r -> r.mailbox().localPart()).toList();
    }

    @Test
    void anEmptySpoolHasNothing() {
        assertThat(spool().lease(T0, 10)).isEmpty();
        assertThat(spool().nextDue()).isEmpty();
        assertThat(spool().list(new MessageId(0), 10)).isEmpty();
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(spool().message(new MessageId(1))).isEmpty();
        assertThatThrownBy(() -> spool().content(new MessageId(1))).isInstanceOf(SpoolException.class);
    }

    @Test
    void howAMessageIsHandledSurvivesReopening() {
        for (Envelope.Handling handling : Envelope.Handling.values()) {
            var envelope = new Envelope(
                    Optional.empty(), List.of(Mailbox.parse("a@example.net")), false, true, handling, "client");
            MessageId id;
            try (Spool.Draft draft = spool().draft()) {
                id = draft.commit(envelope, T0, T0);
            }
            reopen();
            assertThat(spool().message(id).orElseThrow().envelope()).isEqualTo(envelope);
        }
    }

    @Test
    void whatIsAskedOfReportsSurvivesReopening() {
        var dsn = new DsnRequest(
                MessageDsn.NONE.with("RET", "HDRS").with("ENVID", "QQ+2B7"),
                List.of(
                        RecipientDsn.NONE.with("NOTIFY", "SUCCESS,DELAY").with("ORCPT", "rfc822;o+2Bx@example.net"),
                        RecipientDsn.NONE,
                        RecipientDsn.NEVER));
        Envelope plain = envelope("a@example.net", "b@example.net", "c@example.net");
        var envelope = new Envelope(
                plain.reversePath(),
                plain.recipients(),
                false,
                true,
                Envelope.Handling.TLS_REQUIRED,
                dsn,
                "client.example [192.0.2.1]");
        MessageId id;
        try (Spool.Draft draft = spool().draft()) {
            id = draft.commit(envelope, T0, T0);
        }
        spool().apply(List.of(new Finished(spool().lease(T0, 3).get(1))), List.of());
        reopen();
        assertThat(spool().message(id).orElseThrow().envelope()).isEqualTo(envelope);
    }

    @Test
    void leasedRecipientsAreReadAgainWhereverTheyAre() {
        put(T0, "a@example.net");
        reopen();
        put(T0, "b@example.net", "c@example.net");
        List<QueuedRecipient> leased = spool().lease(T0, 3);
        assertThat(leased).hasSize(3);
        List<RecipientId> ids = leased.stream().map(QueuedRecipient::id).toList();
        assertThat(spool().reread(ids)).containsExactlyInAnyOrderElementsOf(leased);
        spool().apply(
                        leased.stream()
                                .map(one -> (Spool.Update) new Finished(one))
                                .limit(2)
                                .toList(),
                        List.of());
        assertThat(spool().reread(ids)).containsExactly(leased.get(2));
        assertThat(spool().lease(T0, 3)).isEmpty();
    }

    @Test
    void aServiceThatIsSuspendedMayBeginAgain() {
        put(T0, "a@example.net");
        reopen();
        put(T0, "b@example.net");
        List<QueuedRecipient> begun = spool().begin(spool().lease(T0, 2));
        assertThat(begun).hasSize(2);
        assertThat(spool().begin(begun)).isEmpty();
        spool().suspend(begun);
        assertThat(spool().lease(T0, 2)).isEmpty();
        assertThat(spool().begin(begun)).hasSize(2);
    }

    @Test
    void whoIsServedIsNotGivenBackByName() {
        put(T0, "a@example.net");
        reopen();
        put(T0, "b@example.net");
        List<QueuedRecipient> begun = spool().begin(spool().lease(T0, 2));
        List<RecipientId> ids = begun.stream().map(QueuedRecipient::id).toList();
        spool().giveBack(ids);
        assertThat(spool().lease(T0, 2)).isEmpty();
        spool().suspend(begun);
        spool().giveBack(ids);
        assertThat(spool().lease(T0, 2)).hasSize(2);
    }

    @Test
    void aRecipientSaysWhoseMailItIs() {
        put(T0, "a@example.net");
        assertThat(spool().lease(T0, 1).getFirst().sender()).isEqualTo("sender@example.org");
        reopen();
        QueuedRecipient stored = spool().lease(T0, 1).getFirst();
        assertThat(stored.sender()).isEqualTo("sender@example.org");
        assertThat(spool().reread(List.of(stored.id()))).containsExactly(stored);
        spool().giveBack(List.of(stored.id()));
        assertThat(spool().lease(T0, 1)).containsExactly(stored);
    }

    @Test
    void thatADelayWasReportedIsNeverForgotten() {
        put(T0, "a@example.net");
        QueuedRecipient first = spool().lease(T0, 1).getFirst();
        assertThat(first.delayReported()).isFalse();
        spool().apply(List.of(new Deferred(first, T0, "late", "", true)), List.of());
        reopen();
        QueuedRecipient second = spool().lease(T0, 1).getFirst();
        assertThat(second.delayReported()).isTrue();
        spool().apply(List.of(new Deferred(first, T0, "later")), List.of());
        assertThat(spool().list(new MessageId(0), 1)
                        .getFirst()
                        .recipients()
                        .getFirst()
                        .delayReported())
                .isTrue();
    }

    @Test
    void aCommittedMessageReadsBackAsItWasGivenAndSurvivesReopening() {
        var envelope = new Envelope(
                Optional.empty(),
                List.of(
                        Mailbox.parse("\"odd \\\" local\"@example.net"),
                        Mailbox.parse("größe@xn--fuball-cta.example"),
                        Mailbox.parse("postmaster@[192.0.2.7]"),
                        Mailbox.parse("postmaster@[IPv6:2001:db8::7]")),
                true,
                false,
                "helo.example [IPv6:2001:db8::1]");
        byte[] content = octets(1, 12345);
        MessageId id;
        try (Spool.Draft draft = spool().draft()) {
            write(draft, content);
            id = draft.commit(envelope, T0, T0.plus(MINUTE));
        }
        for (int round = 0; round < 2; round++) {
            assertThat(spool().message(id)).contains(new QueuedMessage(id, envelope, T0, content.length));
            assertThat(contentOf(id)).isEqualTo(content);
            Spool.Entry entry = spool().list(new MessageId(0), 10).getFirst();
            assertThat(entry.message().envelope()).isEqualTo(envelope);
            assertThat(entry.recipients().get(2))
                    .isEqualTo(new QueuedRecipient(id, 2, envelope.recipients().get(2), 0, T0.plus(MINUTE), List.of()));
            reopen();
        }
    }

    @Test
    void contentsOfEverySizeAreKeptOctetForOctet() {
        int threshold = 256 << 10;
        for (int size : new int[] {0, 1, threshold - 1, threshold, threshold + 1, 3 * threshold + 17}) {
            byte[] content = octets(size, size);
            MessageId id = put(T0, content, "a@example.net");
            assertThat(contentOf(id)).as("%s octets", size).isEqualTo(content);
            assertThat(spool().message(id).orElseThrow().size()).isEqualTo(size);
        }
    }

    @Test
    void contentMayBeWrittenInPiecesOfAnyLength() {
        byte[] content = octets(7, 700_001);
        var random = new Random(8);
        MessageId id;
        try (Spool.Draft draft = spool().draft()) {
            int at = 0;
            while (at < content.length) {
                int length = Math.min(content.length - at, random.nextInt(60_000) + 1);
                draft.content().write(content, at, length);
                at += length;
                if (at < content.length) {
                    draft.content().write(content[at++]);
                }
            }
            id = draft.commit(envelope("a@example.net"), T0, T0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(contentOf(id)).isEqualTo(content);
    }

    @Test
    void aDraftClosedWithoutCommitLeavesNothing() {
        try (Spool.Draft draft = spool().draft()) {
            write(draft, octets(1, 1 << 20));
        }
        try (Spool.Draft draft = spool().draft()) {
            write(draft, octets(1, 10));
            draft.seal(envelope("a@example.net"), T0, T0);
        }
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(spool().lease(T0, 10)).isEmpty();
    }

    @Test
    void aDraftIsCommittedOnce() {
        try (Spool.Draft draft = spool().draft()) {
            write(draft, octets(1, 10));
            draft.commit(envelope("a@example.net"), T0, T0);
            assertThatThrownBy(() -> draft.commit(envelope("a@example.net"), T0, T0))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> spool().apply(List.of(), List.of(draft)))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(spool().depth().messages()).isEqualTo(1);
    }

    @Test
    void leasesComeEarliestFirstAndOnlyWhenDue() {
        put(T0.plus(MINUTE.multipliedBy(3)), "third@example.net");
        put(T0.plus(MINUTE), "first@example.net");
        put(T0.plus(MINUTE.multipliedBy(2)), "second@example.net");
        assertThat(lease(T0, 10)).isEmpty();
        assertThat(spool().nextDue()).contains(T0.plus(MINUTE));
        assertThat(lease(T0.plus(MINUTE.multipliedBy(2)), 10)).containsExactly("first", "second");
        assertThat(lease(T0.plus(MINUTE.multipliedBy(3)).minusNanos(1), 10)).isEmpty();
        assertThat(lease(T0.plus(MINUTE.multipliedBy(3)), 10)).containsExactly("third");
        assertThat(spool().nextDue()).isEmpty();
    }

    @Test
    void theFarthestInstantLeasesEverything() {
        put(Instant.parse("2261-01-01T00:00:00Z"), "late@example.net");
        assertThat(lease(Instant.MAX, 10)).containsExactly("late");
        assertThat(lease(Instant.MIN, 10)).isEmpty();
    }

    @Test
    void whatIsLeasedIsNotLeasedAgainUntilReleased() {
        put(T0, "a@example.net", "b@example.net", "c@example.net");
        List<QueuedRecipient> first = spool().lease(T0, 2);
        assertThat(names(first)).containsExactly("a", "b");
        List<QueuedRecipient> second = spool().lease(T0, 2);
        assertThat(names(second)).containsExactly("c");
        assertThat(spool().nextDue()).isEmpty();

        spool().release(first.subList(1, 2));
        assertThat(spool().nextDue()).contains(T0);
        assertThat(spool().lease(T0, 5)).isEqualTo(first.subList(1, 2));
        spool().release(second);
        spool().release(first);
        assertThat(lease(T0, 5)).containsExactly("a", "b", "c");
    }

    @Test
    void anEarlierMessageThatComesLaterIsLeasedFirst() {
        put(T0.plus(MINUTE), "late@example.net");
        assertThat(lease(T0.plus(MINUTE), 10)).containsExactly("late");
        put(T0, "early@example.net");
        assertThat(spool().nextDue()).contains(T0);
        assertThat(lease(T0.plus(MINUTE), 10)).containsExactly("early");
    }

    @Test
    void reopeningForgetsLeases() {
        put(T0, "a@example.net");
        assertThat(lease(T0, 10)).containsExactly("a");
        reopen();
        assertThat(lease(T0, 10)).containsExactly("a");
    }

    @Test
    void aDeferredRecipientWaitsWithItsHistory() {
        MessageId id = put(T0, "a@example.net");
        Instant due = T0;
        for (int attempt = 1; attempt <= 3; attempt++) {
            QueuedRecipient leased = spool().lease(due, 1).getFirst();
            assertThat(leased.attempts()).isEqualTo(attempt - 1);
            due = due.plus(MINUTE);
            spool().apply(List.of(new Deferred(leased, due, "attempt " + attempt)), List.of());
            assertThat(spool().lease(due.minusNanos(1), 1)).isEmpty();
            assertThat(spool().nextDue()).contains(due);
        }
        reopen();
        QueuedRecipient leased = spool().lease(due, 1).getFirst();
        assertThat(leased)
                .isEqualTo(new QueuedRecipient(
                        id,
                        0,
                        Mailbox.parse("a@example.net"),
                        3,
                        due,
                        List.of("attempt 1", "attempt 2", "attempt 3"),
                        false,
                        "sender@example.org"));
    }

    @Test
    void aRecipientMayBeDeferredToAnEarlierInstant() {
        put(T0.plus(MINUTE), "a@example.net");
        QueuedRecipient leased = spool().lease(T0.plus(MINUTE), 1).getFirst();
        spool().apply(List.of(new Deferred(leased, T0, "again")), List.of());
        assertThat(lease(T0, 1)).containsExactly("a");
    }

    @Test
    void historyIsBoundedInLinesAndLength() {
        put(T0, "a@example.net");
        for (int i = 1; i <= 53; i++) {
            QueuedRecipient leased = spool().lease(T0, 1).getFirst();
            String line = i == 53 ? "x".repeat(499) + "\uD83D\uDE00" + "tail" : "line " + i + "\r\nforged";
            spool().apply(List.of(new Deferred(leased, T0, line)), List.of());
        }
        reopen();
        List<String> history = spool().lease(T0, 1).getFirst().history();
        assertThat(history).hasSize(50);
        assertThat(history.getFirst()).isEqualTo("line 4  forged");
        assertThat(history.getLast()).isEqualTo("x".repeat(499));
    }

    @Test
    void aMessageGoesWithItsLastRecipient() {
        MessageId small = put(T0, "a@example.net", "b@example.net");
        MessageId large = put(T0, octets(3, 300_000), "c@example.net");
        List<QueuedRecipient> leased = spool().lease(T0, 10);
        long smallSize = spool().message(small).orElseThrow().size();
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(2, 3, smallSize + 300_000));

        spool().apply(List.of(new Finished(leased.get(0)), new Finished(leased.get(2))), List.of());
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(1, 1, smallSize));
        assertThat(spool().message(large)).isEmpty();
        assertThatThrownBy(() -> spool().content(large)).isInstanceOf(SpoolException.class);
        Spool.Entry entry = spool().list(new MessageId(0), 10).getFirst();
        assertThat(entry.message().envelope().recipients()).hasSize(2);
        assertThat(names(entry.recipients())).containsExactly("b");
        assertThat(entry.recipients().getFirst().index()).isEqualTo(1);

        spool().apply(List.of(new Finished(leased.get(1))), List.of());
        reopen();
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(spool().message(small)).isEmpty();
        assertThat(spool().lease(Instant.MAX, 10)).isEmpty();
    }

    @Test
    void anUpdateOfAFinishedRecipientChangesNothing() {
        put(T0, "a@example.net", "b@example.net");
        QueuedRecipient leased = spool().lease(T0, 1).getFirst();
        spool().apply(List.of(new Finished(leased)), List.of());
        spool().apply(List.of(new Finished(leased), new Deferred(leased, T0, "late")), List.of());
        assertThat(spool().depth().recipients()).isEqualTo(1);
        assertThat(lease(T0, 10)).containsExactly("b");
    }

    @Test
    void aReportComesWithTheUpdateThatCausedIt() {
        MessageId failed = put(T0, "a@example.net");
        QueuedRecipient leased = spool().lease(T0, 1).getFirst();
        byte[] text = octets(5, 2000);
        byte[] large = octets(6, 300_000);
        try (Spool.Draft report = spool().draft();
                Spool.Draft second = spool().draft()) {
            write(report, text);
            report.seal(envelope("sender@example.org"), T0, T0.plus(MINUTE));
            write(second, large);
            second.seal(envelope("postmaster@example.org"), T0, T0.plus(MINUTE));
            assertThat(spool().depth().messages()).isEqualTo(1);
            spool().apply(List.of(new Finished(leased)), List.of(report, second));
        }
        reopen();
        assertThat(spool().message(failed)).isEmpty();
        List<QueuedRecipient> reports = spool().lease(T0.plus(MINUTE), 10);
        assertThat(names(reports)).containsExactly("sender", "postmaster");
        assertThat(contentOf(reports.get(0).message())).isEqualTo(text);
        assertThat(contentOf(reports.get(1).message())).isEqualTo(large);
    }

    @Test
    void aReportThatIsNotSealedStopsTheWholeStep() {
        put(T0, "a@example.net");
        QueuedRecipient leased = spool().lease(T0, 1).getFirst();
        try (Spool.Draft open = spool().draft()) {
            assertThatThrownBy(() -> spool().apply(List.of(new Finished(leased)), List.of(open)))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(spool().depth().recipients()).isEqualTo(1);
        assertThat(spool().lease(T0, 1)).as("still leased").isEmpty();
        spool().release(List.of(leased));
        assertThat(lease(T0, 1)).containsExactly("a");
    }

    @Test
    void idsGrowAndAreNotGivenAgain() {
        MessageId first = put(T0, "a@example.net");
        MessageId second = put(T0, "b@example.net");
        assertThat(second).isGreaterThan(first);
        spool().lease(T0, 10).forEach(r -> spool().apply(List.of(new Finished(r)), List.of()));
        reopen();
        assertThat(put(T0, "c@example.net")).isGreaterThan(second);
    }

    @Test
    void listGoesPageByPage() {
        List<MessageId> ids = IntStream.range(0, 25)
                .mapToObj(i -> put(T0, "r" + i + "@example.net"))
                .toList();
        List<MessageId> listed = new ArrayList<>();
        MessageId from = new MessageId(0);
        for (List<Spool.Entry> page = spool().list(from, 10); !page.isEmpty(); page = spool().list(from, 10)) {
            assertThat(page.size()).isLessThanOrEqualTo(10);
            page.forEach(entry -> listed.add(entry.message().id()));
            from = new MessageId(listed.getLast().value() + 1);
        }
        assertThat(listed).isEqualTo(ids);
    }

    @Test
    void manyThreadsCommitAndNothingIsLostOrDoubled() throws Exception {
        Set<MessageId> ids = Collections.synchronizedSet(new HashSet<>());
        inParallel(16, thread -> {
            for (int i = 0; i < SOME / 16; i++) {
                byte[] content = octets(thread * 1000L + i, 100 + i);
                ids.add(put(T0.plusSeconds(i), content, "t" + thread + "-" + i + "@example.net"));
            }
        });
        assertThat(ids).hasSize(SOME / 16 * 16);
        reopen();
        List<Spool.Entry> all = spool().list(new MessageId(0), SOME);
        assertThat(all).extracting(entry -> entry.message().id()).containsExactlyInAnyOrderElementsOf(ids);
        for (Spool.Entry entry : all) {
            String[] name = entry.recipients()
                    .getFirst()
                    .mailbox()
                    .localPart()
                    .substring(1)
                    .split("-", 2);
            int i = Integer.parseInt(name[1]);
            assertThat(contentOf(entry.message().id()))
                    .isEqualTo(octets(Integer.parseInt(name[0]) * 1000L + i, 100 + i));
        }
    }

    /// Commits, leases, releases, deferrals and ends all at once: each recipient is finished exactly once.
    @Test
    @Timeout(120) // a recipient lost for good would be waited for without end
    void aRecipientIsNeverLeasedTwiceAtTheSameTime() throws Exception {
        var inService = Collections.synchronizedSet(new HashSet<String>());
        var finished = new ConcurrentLinkedQueue<String>();
        int perThread = 60;
        var committed = new CountDownLatch(4 * perThread);
        inParallel(8, thread -> {
            if (thread < 4) {
                for (int i = 0; i < perThread; i++) {
                    put(
                            T0.minusSeconds(i),
                            "t" + thread + "-" + i + "@example.net",
                            "u" + thread + "-" + i + "@e.test");
                    committed.countDown();
                }
            } else {
                serve(new Random(thread), inService, finished, committed);
            }
        });
        assertThat(finished).hasSize(4 * perThread * 2).doesNotHaveDuplicates();
        assertThat(spool().depth()).isEqualTo(new Spool.Depth(0, 0, 0));
        assertThat(spool().nextDue()).isEmpty();
    }

    private void serve(Random random, Set<String> inService, Queue<String> finished, CountDownLatch commits) {
        while (!Thread.currentThread().isInterrupted()
                && (commits.getCount() > 0 || spool().depth().recipients() > 0)) {
            for (QueuedRecipient r : spool().lease(T0, 7)) {
                String name = r.mailbox().localPart();
                assertThat(inService.add(name))
                        .as("leased twice or after its end: %s", name)
                        .isTrue();
                int what = random.nextInt(3);
                if (what == 0) {
                    inService.remove(name);
                    spool().release(List.of(r));
                } else if (what == 1) {
                    inService.remove(name);
                    spool().apply(List.of(new Deferred(r, T0.minusSeconds(random.nextInt(99)), "x")), List.of());
                } else {
                    spool().apply(List.of(new Finished(r)), List.of());
                    finished.add(name);
                }
            }
        }
    }

    interface Job {
        void run(int thread) throws Exception;
    }

    /// Runs the job in so many threads at once. The first failure interrupts the others and is thrown.
    static void inParallel(int threads, Job job) throws Exception {
        try (var pool = Executors.newFixedThreadPool(threads)) {
            var running = new ExecutorCompletionService<Boolean>(pool);
            for (int t = 0; t < threads; t++) {
                int thread = t;
                running.submit(() -> {
                    job.run(thread);
                    return true;
                });
            }
            try {
                for (int t = 0; t < threads; t++) {
                    running.take().get();
                }
            } catch (ExecutionException | InterruptedException e) {
                pool.shutdownNow();
                throw e;
            }
        }
    }
}
