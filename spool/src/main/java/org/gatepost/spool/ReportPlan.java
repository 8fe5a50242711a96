// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.names.DomainName;

/// The report of one day to one domain: when it is tried next, and what became of it so far.
///
/// @param id of the store
/// @param day in UTC
/// @param reportId the same for every try (RFC 8460 §4.4)
/// @param due when it is tried next; empty exactly when the state is final
/// @param firstTry empty before it
/// @param tries how many there were
/// @param line what the last try showed, one printable line; may be empty
/// @param targets the addresses of the record, as the last try found it
public record ReportPlan(
        long id,
        LocalDate day,
        DomainName domain,
        String reportId,
        State state,
        Optional<Instant> due,
        Optional<Instant> firstTry,
        int tries,
        String line,
        List<Target> targets) {
    public ReportPlan {
        targets = List.copyOf(targets);
        if (due.isPresent() != (state == State.WAITING)) {
            throw new IllegalArgumentException("a plan is due exactly while it waits");
        }
    }

    /// What became of a plan.
    public enum State {
        /// For its first or its next try.
        WAITING(0),
        /// Some address took it, or its mail is in the queue; every other one was tried for a day (RFC 8460 §5.5).
        SENT(1),
        /// The domain asks for no reports.
        NOT_ASKED_FOR(2),
        /// No address took it for a day, or none may be used.
        GIVEN_UP(3);

        private final int code;

        State(int code) {
            this.code = code;
        }

        /// As stored: never changed, never given anew.
        int code() {
            return code;
        }

        static State of(int code) {
            for (State state : values()) {
                if (state.code == code) {
                    return state;
                }
            }
            throw new IllegalArgumentException("no such state: " + code);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// One address of the domain's record.
    ///
    /// @param uri as the record gives it
    /// @param line the last thing known, one printable line; may be empty
    /// @param message the mail to it, once there is one
    public record Target(String uri, TargetState state, String line, Optional<MessageId> message) {}

    /// What became of the report at one address.
    public enum TargetState {
        WAITING(0),
        /// Taken by HTTPS.
        POSTED(1),
        /// Its mail is in the queue.
        QUEUED(2),
        /// Its mail was delivered.
        DELIVERED(3),
        /// Its mail was refused for good.
        REFUSED(4),
        /// Its mail was not delivered in time, or the address did not take it for a day.
        GIVEN_UP(5),
        /// Not tried, since it refused report after report.
        SUPPRESSED(6),
        /// Its mail left the queue while the gateway could not note how.
        UNKNOWN(7);

        private final int code;

        TargetState(int code) {
            this.code = code;
        }

        /// As stored: never changed, never given anew.
        int code() {
            return code;
        }

        static TargetState of(int code) {
            for (TargetState state : values()) {
                if (state.code == code) {
                    return state;
                }
            }
            throw new IllegalArgumentException("no such state: " + code);
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
