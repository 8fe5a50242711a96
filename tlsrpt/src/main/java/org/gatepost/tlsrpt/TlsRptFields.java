// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The grammar of one record (RFC 8460 §3): the version, then fields between semicolons, with white space
/// around these.
final class TlsRptFields {
    static final String VERSION = "v=TLSRPTv1";

    /// Far more than anyone publishes; each is a delivery that the domain makes us attempt each day.
    static final int MOST_URIS = 32;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x3A\\x3C\\x3E-\\x7E]+");

    private final String text;
    private final List<ReportUri> uris = new ArrayList<>();
    private String unusable = "";
    private boolean rua;

    private TlsRptFields(String text) {
        this.text = text;
    }

    static boolean begins(String text) {
        int delimiter = text.startsWith(VERSION) ? skipWhiteSpace(text, VERSION.length()) : text.length();
        return delimiter < text.length() && text.charAt(delimiter) == ';';
    }

    /// @param text one that [#begins]
    static TlsRptRecord parse(String text) {
        try {
            return new TlsRptFields(text).record();
        } catch (SyntaxProblem e) {
            return new TlsRptRecord.None(
                    "at offset " + e.offset() + ": " + e.getMessage() + ": '" + Printable.line(e.text(), 60) + "'");
        }
    }

    private TlsRptRecord record() throws SyntaxProblem {
        int start = text.indexOf(';') + 1;
        while (start <= text.length()) {
            int delimiter = text.indexOf(';', start);
            int end = delimiter < 0 ? text.length() : delimiter;
            int first = Math.min(skipWhiteSpace(text, start), end);
            int last = endOfText(first, end);
            // One delimiter may stand at the end.
            if (first == last && delimiter < 0) {
                break;
            }
            field(first, last);
            start = end + 1;
        }
        if (!rua) {
            throw new SyntaxProblem("there is no rua (RFC 8460 §3)", text.length(), "");
        }
        return uris.isEmpty() ? new TlsRptRecord.None(unusable) : new TlsRptRecord.Published(uris);
    }

    private void field(int first, int last) throws SyntaxProblem {
        if (text.startsWith("rua=", first) && first + 4 <= last) {
            rua = true;
            uris(first + 4, last);
            return;
        }
        String field = text.substring(first, last);
        int equals = field.indexOf('=');
        if (equals < 0
                || !NAME.matcher(field.substring(0, equals)).matches()
                || !VALUE.matcher(field.substring(equals + 1)).matches()) {
            throw new SyntaxProblem("not a field name=value (RFC 8460 §3)", first, field);
        }
    }

    private void uris(int first, int last) throws SyntaxProblem {
        int start = first;
        while (start <= last) {
            int comma = text.indexOf(',', start);
            int end = comma < 0 || comma > last ? last : comma;
            // White space stands around commas, not after the equals sign.
            int begin = start == first ? start : Math.min(skipWhiteSpace(text, start), end);
            uri(begin, endOfText(begin, end));
            start = end + 1;
        }
    }

    private void uri(int first, int last) throws SyntaxProblem {
        if (uris.size() == MOST_URIS) {
            throw new SyntaxProblem("more than " + MOST_URIS + " report URIs", first, "");
        }
        switch (ReportUriText.parse(text.substring(first, last), first)) {
            case ReportUriText.Usable usable -> uris.add(usable.uri());
            case ReportUriText.Unusable other -> unusable = "at offset " + first + ": " + other.rule();
        }
    }

    private int endOfText(int first, int end) {
        int last = end;
        while (last > first && isWhiteSpace(text.charAt(last - 1))) {
            last--;
        }
        return last;
    }

    private static int skipWhiteSpace(String text, int start) {
        int i = start;
        while (i < text.length() && isWhiteSpace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isWhiteSpace(char c) {
        return c == ' ' || c == '\t';
    }

    /// A record that its grammar does not allow.
    static final class SyntaxProblem extends Exception {
        private final int offset;
        private final String text;

        SyntaxProblem(String rule, int offset, String text) {
            super(rule);
            this.offset = offset;
            this.text = text;
        }

        int offset() {
            return offset;
        }

        String text() {
            return text;
        }
    }
}
