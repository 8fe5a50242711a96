// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Instant;
import java.util.List;
import org.gatepost.names.DomainName;

/// What the resolver learned for one question.
///
/// @param <R> the kind of record that was asked for
public sealed interface Answer<R extends RecordData> {
    Question question();

    DnssecStatus status();

    /// Records exist.
    ///
    /// @param status [DnssecStatus#SECURE] or [DnssecStatus#INSECURE], over the records and every alias that led to
    ///     them
    /// @param records at least one, in the order received
    /// @param aliases the targets of the CNAME or DNAME links that were followed, the last of which owns the
    ///     records;
    ///     empty when the question's own name does
    /// @param expires when the answer must be asked again: the least of the TTLs and the signatures' ends
    record Found<R extends RecordData>(
            Question question, DnssecStatus status, List<R> records, List<DomainName> aliases, Instant expires)
            implements Answer<R> {
        public Found {
            requireUsable(status);
            records = List.copyOf(records);
            aliases = List.copyOf(aliases);
            if (records.isEmpty()) {
                throw new IllegalArgumentException("a found answer has records");
            }
        }

        /// The name that owns the records, after following all aliases.
        public DomainName owner() {
            return aliases.isEmpty() ? question.name() : aliases.getLast();
        }
    }

    /// There are no such records, and this is known, not presumed.
    ///
    /// @param status [DnssecStatus#SECURE] when signed proofs deny the records, else [DnssecStatus#INSECURE]
    /// @param denial whether the type or the whole name is missing
    /// @param aliases as for [Found]
    record Denied<R extends RecordData>(
            Question question, DnssecStatus status, Denial denial, List<DomainName> aliases, Instant expires)
            implements Answer<R> {
        public Denied {
            requireUsable(status);
            aliases = List.copyOf(aliases);
        }
    }

    /// Nothing usable was learned; never to be read as absence (RFC 7672 §2.1.2).
    record Failed<R extends RecordData>(Question question, DnsFailure failure) implements Answer<R> {
        @Override
        public DnssecStatus status() {
            return failure.status();
        }
    }

    /// How a denial denies (RFC 2308 §2).
    enum Denial {
        /// The name exists without records of the type.
        NO_DATA,
        /// The name does not exist (NXDOMAIN).
        NAME_ERROR
    }

    private static void requireUsable(DnssecStatus status) {
        if (status != DnssecStatus.SECURE && status != DnssecStatus.INSECURE) {
            throw new IllegalArgumentException("found and denied answers are secure or insecure, not " + status);
        }
    }
}
