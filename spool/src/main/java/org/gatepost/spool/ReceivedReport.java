// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.TlsReport;

/// A TLS report that somebody sent about our domains, with how it came.
///
/// Its texts are a stranger's: whoever shows them makes them printable.
///
/// @param deviations what of it is not as RFC 8460 wants it, one line each
public record ReceivedReport(TlsReport report, Arrival arrival, List<String> deviations) {
    public ReceivedReport {
        deviations = List.copyOf(deviations);
    }

    /// How a report came.
    ///
    /// @param source the address of the client that handed it in
    public record Arrival(Instant when, Way way, String source, Signature signature) {}

    /// The ways of RFC 8460 §3.
    public enum Way {
        MAIL,
        HTTPS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What the DKIM signatures of a mailed report showed (RFC 6376 §6.1).
    ///
    /// @param result the best of them
    /// @param domain the `d=` of the signature that the result is about
    /// @param aligned whether that is the domain that the report says it comes from
    /// @param detail one printable line: why it failed, or which key it passed with
    public record Signature(Result result, Optional<DomainName> domain, boolean aligned, String detail) {
        /// The words of RFC 8601 §2.7.1.
        public enum Result {
            PASS,
            FAIL,
            TEMPERROR,
            NONE;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

        /// For what came without any, as by HTTPS.
        public static final Signature ABSENT = new Signature(Result.NONE, Optional.empty(), false, "");

        /// Who vouches for the report: the signer, if he is who the report says it comes from.
        public Optional<DomainName> voucher() {
            return result == Result.PASS && aligned ? domain : Optional.empty();
        }
    }

    /// The UTC day it is about: that of the middle of its time, whatever its sender takes for begin and end of a day.
    public LocalDate day() {
        long middle = Math.floorDiv(
                Math.addExact(report.start().getEpochSecond(), report.end().getEpochSecond()), 2L);
        return Instant.ofEpochSecond(middle).atOffset(ZoneOffset.UTC).toLocalDate();
    }
}
