// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

/// A report as it is attached to a mail or posted: JSON, compressed or not (RFC 8460 §4.2, §5.3, §5.4). Which
/// of the two is
/// told by its content, whatever its media type says.
public final class ReportBody {
    private static final String BYTE_ORDER_MARKS = "\u00ef\u00bb\u00bf\u00fe\u00ff";

    private ReportBody() {}

    public static ReadReport read(byte[] body, ReadLimits limits) {
        return read(body, limits, new Notes());
    }

    static ReadReport read(byte[] body, ReadLimits limits, Notes notes) {
        try {
            if (body.length > limits.octets()) {
                throw new NoReportException("", "more than " + limits.octets() + " octets");
            }
            if (!Gunzip.isGzip(body)) {
                return within(body, limits, notes);
            }
            byte[] inflated = Gunzip.inflate(body, limits.jsonOctets(), notes);
            // Some compress what is compressed.
            if (Gunzip.isGzip(inflated)) {
                notes.add("", "compressed twice");
                inflated = Gunzip.inflate(inflated, limits.jsonOctets(), notes);
            }
            return within(inflated, limits, notes);
        } catch (NoReportException e) {
            return e.result();
        }
    }

    private static ReadReport within(byte[] json, ReadLimits limits, Notes notes) throws NoReportException {
        if (json.length > limits.jsonOctets()) {
            throw new NoReportException("", "more than " + limits.jsonOctets() + " octets");
        }
        return ReportReader.read(json, notes);
    }

    /// Whether octets begin as a report does: gzip, or an object after white space and a byte order mark.
    static boolean looksRight(byte[] octets) {
        if (Gunzip.isGzip(octets)) {
            return true;
        }
        for (byte octet : octets) {
            boolean skipped = (octet <= ' ' && octet >= 0) || BYTE_ORDER_MARKS.indexOf(octet & 0xff) >= 0;
            if (!skipped) {
                return octet == '{' || octet == '[';
            }
        }
        return false;
    }
}
