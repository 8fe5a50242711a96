// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

/// How much is read of what may be a report.
///
/// @param octets as it comes: a mail, a file, the body of a request
/// @param jsonOctets when decompressed; at most [ReportReader#MOST_OCTETS]
public record ReadLimits(int octets, int jsonOctets) {
    /// Room for a report with more failure details than [ReportReader#MOST_DETAILS].
    public static final ReadLimits DEFAULT = new ReadLimits(8 * 1024 * 1024, ReportReader.MOST_OCTETS);

    public ReadLimits {
        if (octets < 1 || jsonOctets < 1 || jsonOctets > ReportReader.MOST_OCTETS) {
            throw new IllegalArgumentException("limits from 1 to " + ReportReader.MOST_OCTETS + " octets");
        }
    }
}
