// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.time.LocalDate;
import java.util.Locale;
import java.util.Optional;

/// Which results of reports count.
///
/// @param domain the policy domain
/// @param sender part of the organisation's name, in any case
/// @param from first day
/// @param to last day
/// @param failure a result type: only sessions that failed so count, and none that succeeded
public record ReportFilter(
        Optional<String> domain,
        Optional<String> sender,
        Optional<LocalDate> from,
        Optional<LocalDate> to,
        Optional<String> failure) {
    public static final ReportFilter EVERYTHING =
            new ReportFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    boolean takes(TlsReport report, LocalDate day) {
        return from.filter(day::isBefore).isEmpty()
                && to.filter(day::isAfter).isEmpty()
                && sender.filter(part -> !report.organizationName()
                                .toLowerCase(Locale.ROOT)
                                .contains(part.toLowerCase(Locale.ROOT)))
                        .isEmpty();
    }

    boolean takesDomain(String name) {
        return domain.filter(wanted -> !wanted.equalsIgnoreCase(name)).isEmpty();
    }

    boolean takesFailure(String resultType) {
        return failure.filter(wanted -> !wanted.equalsIgnoreCase(resultType)).isEmpty();
    }
}
