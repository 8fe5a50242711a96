// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.gatepost.names.DomainName;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.RecipientId;

/// What the scheduler holds of one recipient domain: deliveries that wait, recipients set aside, how many
/// deliveries are under way. Guarded by the scheduler's lock.
final class DomainQueue {
    /// Deliveries that wait for one more to be begun beside those under way.
    private static final int WAITING_FOR_ONE = 4;

    /// Octets of memory, about, for a recipient that is set aside, here and in the spool.
    static final int OCTETS_OF_RECIPIENT = 160;

    /// As [#OCTETS_OF_RECIPIENT], for each sender among them.
    static final int OCTETS_OF_SENDER = 220;

    /// After so long a delivery waits for no other one.
    private static final long PATIENCE = Duration.ofSeconds(1).toNanos();

    private final DomainName domain;
    private final DomainPace pace;
    private final SenderTurns<Waiting> waiting = new SenderTurns<>();
    private final SenderTurns<List<RecipientId>> aside = new SenderTurns<>();
    private int waitingRecipients;
    private int asideRecipients;
    private int returning;
    private int running;

    /// Whether its turn will come.
    private boolean listed;

    /// Whether it is left alone, because its hosts have no room for one more connection.
    private boolean resting;

    /// Whether there was no such room when it was last asked for: no more waits then than may begin, for it may
    /// have to be set aside again.
    private boolean asking;

    private record Waiting(List<QueuedRecipient> recipients, long since) {
        boolean isPatient() {
            return System.nanoTime() - since < PATIENCE;
        }
    }

    DomainQueue(DomainName domain, DomainPace pace) {
        this.domain = domain;
        this.pace = pace;
    }

    DomainName domain() {
        return domain;
    }

    DomainPace pace() {
        return pace;
    }

    void add(List<QueuedRecipient> delivery) {
        waiting.add(delivery.getFirst().sender(), new Waiting(List.copyOf(delivery), System.nanoTime()));
        waitingRecipients += delivery.size();
    }

    /// Whether no more of a sender may wait. One of whom nothing waits gets a place beside the others, so that
    /// his turn comes.
    ///
    /// @param most recipients that wait
    boolean isFull(String sender, int most) {
        return resting || waitingRecipients >= 2 * most || (waitingRecipients >= most && waiting.hasAny(sender));
    }

    boolean isRetryNext() {
        Waiting next = waiting.peek();
        return next != null && next.recipients().getFirst().attempts() > 0;
    }

    /// Whether one more delivery may begin: within the pace, more at once as more wait. Few connections that
    /// are used again and again cost less, here and there, than many; but those under way may be slow.
    boolean mayBegin() {
        Waiting next = waiting.peek();
        return !resting
                && next != null
                && running < pace.window()
                && (running < DomainPace.INITIAL + waiting.size() / WAITING_FOR_ONE || !next.isPatient());
    }

    List<QueuedRecipient> begin() {
        List<QueuedRecipient> delivery = Objects.requireNonNull(waiting.poll()).recipients();
        waitingRecipients -= delivery.size();
        running++;
        return delivery;
    }

    void ended() {
        running--;
    }

    /// What was begun could not be carried out, and is the next again.
    void notBegun(List<QueuedRecipient> delivery) {
        running--;
        waiting.putBack(delivery.getFirst().sender(), new Waiting(delivery, System.nanoTime()));
        waitingRecipients += delivery.size();
    }

    /// Whether nothing waits and nothing is under way.
    boolean isIdle() {
        return running == 0 && hasNoneWaiting();
    }

    /// Whether nothing waits, or is on its way back to that.
    boolean hasNoneWaiting() {
        return returning == 0 && waiting.isEmpty();
    }

    boolean isListed() {
        return listed;
    }

    void list(boolean isListed) {
        this.listed = isListed;
    }

    boolean isResting() {
        return resting;
    }

    void rest(boolean isResting) {
        this.resting = isResting;
    }

    boolean isAsking() {
        return asking;
    }

    /// Takes note of what a delivery showed.
    void note(Feedback feedback) {
        asking = feedback == Feedback.HOST_FULL || (asking && resting);
        pace.note(feedback);
    }

    /// Keeps of a delivery what it takes to read it again.
    void setAside(List<QueuedRecipient> delivery) {
        asideRecipients += delivery.size();
        aside.add(delivery.getFirst().sender(), names(delivery));
    }

    /// Sets aside what waits and a delivery that was not tried, before what is aside already.
    ///
    /// @return how many recipients had waited
    int setAllAside(List<QueuedRecipient> untried) {
        int moved = waitingRecipients;
        Deque<List<QueuedRecipient>> inReverse = new ArrayDeque<>();
        inReverse.push(untried);
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            inReverse.push(next.recipients());
        }
        inReverse.forEach(delivery -> aside.putBack(delivery.getFirst().sender(), names(delivery)));
        asideRecipients += moved + untried.size();
        waitingRecipients = 0;
        return moved;
    }

    private static List<RecipientId> names(List<QueuedRecipient> delivery) {
        return delivery.stream().map(QueuedRecipient::id).toList();
    }

    /// Memory that what is set aside takes, about.
    long asideOctets() {
        return (long) OCTETS_OF_RECIPIENT * asideRecipients + (long) OCTETS_OF_SENDER * aside.senders();
    }

    boolean hasAside() {
        return !aside.isEmpty();
    }

    /// @param most recipients that wait then, but for one delivery
    List<RecipientId> takeFromAside(int most) {
        List<RecipientId> taken = new ArrayList<>();
        while (!aside.isEmpty() && waitingRecipients + returning + taken.size() < most) {
            taken.addAll(Objects.requireNonNull(aside.poll()));
        }
        asideRecipients -= taken.size();
        returning += taken.size();
        return taken;
    }

    /// So many of those taken have been read again.
    void returned(int recipients) {
        returning -= recipients;
    }
}
