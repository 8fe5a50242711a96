// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.LocalDate;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;

/// Reads the session sums of an [EmbeddedStore].
class EmbeddedCountedSessions implements CountedSessions {
    private final Readers readers;

    EmbeddedCountedSessions(Readers readers) {
        this.readers = readers;
    }

    @Override
    public List<LocalDate> days() {
        return readers.read(database ->
                database.all(row -> LocalDate.ofEpochDay(row.getLong(1)), "SELECT day FROM session_day ORDER BY day"));
    }

    @Override
    public List<DomainName> domains(LocalDate day, DomainName after, int limit) {
        return readers.read(database -> database.all(
                row -> DomainName.parse(row.getString(1)),
                "SELECT DISTINCT domain FROM session_sum WHERE day = ? AND domain > ? ORDER BY domain LIMIT ?",
                day.toEpochDay(),
                after.ascii(),
                limit));
    }

    @Override
    public List<PolicyResult> results(LocalDate day, DomainName reportDomain) {
        return readers.read(database -> SessionTables.results(database, day, reportDomain));
    }
}
