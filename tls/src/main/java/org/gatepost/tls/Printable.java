// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

/// Text from certificates and files, made fit for one line of a log, a message or a report.
final class Printable {
    private Printable() {}

    /// The text with control, format and unassigned characters replaced, so that it can neither forge lines
    /// nor reorder them, and cut to `max` characters.
    static String line(String text, int max) {
        String shown = text.length() > max ? text.substring(0, max) + "…" : text;
        return shown.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    }
}
