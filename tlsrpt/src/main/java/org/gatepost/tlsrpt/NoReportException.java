// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

/// What is read is no report; ends as [ReadReport.Unreadable].
final class NoReportException extends Exception {
    private static final long serialVersionUID = 1;

    private final String place;

    /// @param place a JSON pointer; empty for the whole
    NoReportException(String place, String rule) {
        super(rule, null, false, false);
        this.place = place;
    }

    ReadReport.Unreadable result() {
        return new ReadReport.Unreadable(Printable.line(place, 200), Printable.line(String.valueOf(getMessage()), 200));
    }
}
