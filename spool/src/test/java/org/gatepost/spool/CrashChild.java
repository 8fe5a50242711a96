// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// Uses a spool from several threads until it is killed, and prints what it knows to be durable: `opening` and `open`
/// around the opening; `commit ID` once a commit has returned; `begin ID` before a session is counted and the message
/// finished with a report, `end ID` after; `drop ID` and `dropped ID` around the same without a report. What becomes of
/// a message is decided by its id, so that the next process goes on in the same way.
///
/// Every content starts with its own length and seed, so that the parent can tell whether it is whole. A
/// report's reverse path is null and its content names the message it reports on.
final class CrashChild {
    static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

    static final DomainName SESSIONS_OF = DomainName.parse("example.net");
    private static final SessionResult SESSION = new SessionResult(
            NOW,
            SESSIONS_OF,
            new ReportedPolicy("no-policy-found", List.of(), "example.net", List.of()),
            Optional.empty());

    private CrashChild() {}

    public static void main(String[] arguments) throws Exception {
        var random = new Random(Long.parseLong(arguments[1]));
        var journal = new Journal.Settings(Long.parseLong(arguments[2]), Integer.parseInt(arguments[3]));
        say("opening");
        try (EmbeddedStore store =
                EmbeddedStore.open(Path.of(arguments[0]), StoreSettings.DEFAULT.withJournal(journal))) {
            say("open");
            long[] seeds = random.longs(6).toArray();
            SpoolContract.inParallel(6, thread -> {
                if (thread < 4) {
                    commit(store.spool(), new Random(seeds[thread]));
                } else {
                    finish(store);
                }
            });
        }
    }

    private static void commit(Spool spool, Random random) throws Exception {
        while (true) {
            // One in fifty is large, and so a file.
            int length = random.nextInt(50) == 0 ? 300_000 : random.nextInt(20_000);
            try (Spool.Draft draft = spool.draft()) {
                draft.content().write(content(random.nextLong(), length));
                MessageId id = draft.commit(SpoolContract.envelope("a@example.net"), NOW, NOW);
                say("commit " + id);
            }
        }
    }

    private static void finish(EmbeddedStore store) throws Exception {
        while (true) {
            for (QueuedRecipient recipient : store.spool().lease(NOW, 3)) {
                switch ((int) (recipient.message().value() % 4)) {
                    case 0, 1 -> drop(store, recipient);
                    case 2 -> report(store, recipient);
                    default -> defer(store.spool(), recipient);
                }
            }
        }
    }

    private static void drop(EmbeddedStore store, QueuedRecipient recipient) {
        say("drop " + recipient.message());
        store.sessionLog().record(List.of(SESSION));
        store.spool().apply(List.of(new Spool.Update.Finished(recipient)), List.of());
        say("dropped " + recipient.message());
    }

    private static void report(EmbeddedStore store, QueuedRecipient recipient) throws Exception {
        try (Spool.Draft report = store.spool().draft()) {
            report.content().write(recipient.message().toString().getBytes(StandardCharsets.US_ASCII));
            var envelope = new Envelope(Optional.empty(), List.of(recipient.mailbox()), false, false, "report");
            report.seal(envelope, NOW, NOW.plusSeconds(3600));
            say("begin " + recipient.message());
            store.sessionLog().record(List.of(SESSION));
            store.spool().apply(List.of(new Spool.Update.Finished(recipient)), List.of(report));
            say("end " + recipient.message());
        }
    }

    private static void defer(Spool spool, QueuedRecipient recipient) {
        spool.apply(List.of(new Spool.Update.Deferred(recipient, NOW.plusSeconds(3600), "later")), List.of());
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    static byte[] content(long seed, int length) {
        byte[] header = (length + " " + seed + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] body = SpoolContract.octets(seed, length);
        byte[] content = java.util.Arrays.copyOf(header, header.length + body.length);
        System.arraycopy(body, 0, content, header.length, body.length);
        return content;
    }
}
