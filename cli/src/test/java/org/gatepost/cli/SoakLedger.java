// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.gatepost.lab.Expected;
import org.gatepost.lab.LabDomain;
import org.gatepost.lab.ReceivedMessage;

/// What a gateway has acknowledged, by recipient, and what became of it. Each recipient is named once, so that its
/// address tells of which message a copy is. Safe for use by many threads.
final class SoakLedger {
    private static final Pattern FAILED = Pattern.compile("\r\nFinal-Recipient: rfc822; (\\S+)\r\nAction: failed\r\n");
    private static final int MOST_COMPLAINTS = 20;

    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong returned = new AtomicLong();
    private final AtomicLong again = new AtomicLong();

    /// To be called before the message is submitted: it may be delivered before its client hears of it.
    void submitting(Collection<String> recipients) {
        open.addAll(recipients);
    }

    void acknowledged() {
        acknowledged.incrementAndGet();
    }

    void refused(String recipient, Object why) {
        open.remove(recipient);
        complain("a message was not taken in: " + why);
    }

    void complain(String what) {
        if (complaints.size() < MOST_COMPLAINTS) {
            complaints.add(what);
        }
    }

    /// A copy came to a host of the domain.
    void delivered(LabDomain domain, ReceivedMessage copy) {
        if (domain.scenario().expected() instanceof Expected.Returned) {
            complain("delivered to " + domain.scenario().id());
        }
        if (domain.scenario().clearTextForbidden() && copy.tls().isEmpty()) {
            complain("delivered in clear to " + domain.scenario().id());
        }
        if (!SoakMessage.isWhole(copy)) {
            complain("damaged on its way to " + copy.forwardPaths());
        }
        copy.forwardPaths().forEach(path -> settle(path, delivered));
    }

    /// A report came back to the sender.
    void returned(ReceivedMessage report) {
        List<String> failed = reported(report.content());
        if (failed.isEmpty()) {
            complain("the sender got what is no report: "
                    + report.content().lines().limit(5).toList());
        }
        failed.forEach(path -> settle(path, returned));
    }

    /// The recipients that a report is about.
    static List<String> reported(String report) {
        return FAILED.matcher(report).results().map(found -> found.group(1)).toList();
    }

    private void settle(String recipient, AtomicLong how) {
        if (recipient.startsWith(SoakMessage.BROKEN_OFF)) {
            complain("delivered, though its client broke off: " + recipient);
        }
        how.incrementAndGet();
        if (!open.remove(recipient)) {
            again.incrementAndGet();
        }
    }

    /// Recipients of which nothing is known yet.
    Set<String> open() {
        return Set.copyOf(open);
    }

    int openCount() {
        return open.size();
    }

    long acknowledgedCount() {
        return acknowledged.get();
    }

    List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public String toString() {
        return acknowledged + " acknowledged, " + delivered + " delivered, " + returned + " returned, " + again
                + " of these again, " + open.size() + " queued";
    }
}
