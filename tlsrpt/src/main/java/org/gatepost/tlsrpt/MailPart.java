// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.NameValuePair;
import org.apache.james.mime4j.stream.RawBody;
import org.apache.james.mime4j.stream.RawField;
import org.apache.james.mime4j.stream.RawFieldParser;

/// What the header of one part of a mail says about the part.
final class MailPart {
    /// RFC 8460 §5.1: submitter, policy domain, begin, end, and perhaps an id.
    private static final Pattern FILENAME =
            Pattern.compile("[A-Za-z0-9._-]+![A-Za-z0-9._-]+![0-9]+![0-9]+(![A-Za-z0-9._+-]+)?\\.json(\\.gz)?");

    private static final Pattern REPORT_TYPE = Pattern.compile("application/tlsrpt(\\+gzip|\\+json)?");

    private String type = "text/plain";
    private Map<String, String> typeParameters = Map.of();
    private Optional<String> filename = Optional.empty();

    /// A part that may be a report.
    ///
    /// @param rank lower is surer
    record Content(int rank, String type, Optional<String> filename, Octets body) {
        byte[] octets() {
            return body.octets;
        }

        void note(Notes notes) {
            if (!type.equals("application/tlsrpt+gzip") && !type.equals("application/tlsrpt+json")) {
                notes.add("mail", "the report is " + type + ", not application/tlsrpt+gzip or +json (RFC 8460 §5.3)");
            }
            if (filename.isEmpty()) {
                notes.add("mail", "the report has no file name (RFC 8460 §5.1)");
            }
            filename.filter(name -> !FILENAME.matcher(name).matches())
                    .ifPresent(name -> notes.add(
                            "mail", "the file name is not as in RFC 8460 §5.1: " + Printable.line(name, 100)));
        }
    }

    /// Octets that belong to whoever holds this.
    static final class Octets {
        private final byte[] octets;

        private Octets(byte[] octets) {
            this.octets = octets;
        }
    }

    /// @param name in lower case
    void field(String name, Field field) {
        if (name.equals("content-type")) {
            RawBody body = body(field);
            type = body.getValue() == null
                    ? type
                    : body.getValue().toLowerCase(Locale.ROOT).strip();
            typeParameters = parameters(body);
            filename = filename.or(() -> Optional.ofNullable(typeParameters.get("name")));
        } else if (name.equals("content-disposition")) {
            filename =
                    Optional.ofNullable(parameters(body(field)).get("filename")).or(() -> filename);
        }
    }

    private static RawBody body(Field field) {
        try {
            RawField raw = field instanceof RawField known ? known : RawFieldParser.DEFAULT.parseField(field.getRaw());
            return RawFieldParser.DEFAULT.parseRawBody(raw);
        } catch (MimeException e) {
            return RawFieldParser.DEFAULT.parseRawBody(new RawField(field.getName(), ""));
        }
    }

    private static Map<String, String> parameters(RawBody body) {
        var parameters = new HashMap<String, String>();
        for (NameValuePair pair : body.getParams()) {
            if (pair.getName() != null && pair.getValue() != null) {
                parameters.putIfAbsent(
                        pair.getName().toLowerCase(Locale.ROOT), pair.getValue().strip());
            }
        }
        return parameters;
    }

    String type() {
        return type;
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(typeParameters.get(name));
    }

    /// The part's content when it may be a report.
    ///
    /// @throws NoReportException when it has more than `most` octets
    Optional<Content> content(InputStream decoded, int most) throws IOException, NoReportException {
        int rank = rank();
        byte[] first = decoded.readNBytes(64);
        // A part that says it is a report is taken whatever it holds, so that its trouble is told.
        if (rank > 0 && !ReportBody.looksRight(first)) {
            return Optional.empty();
        }
        byte[] rest = decoded.readNBytes(most - first.length + 1);
        byte[] octets = Arrays.copyOf(first, first.length + rest.length);
        System.arraycopy(rest, 0, octets, first.length, rest.length);
        if (octets.length > most) {
            throw new NoReportException("", "more than " + most + " octets");
        }
        return Optional.of(new Content(rank, type, filename, new Octets(octets)));
    }

    private int rank() {
        String name = filename.orElse("").toLowerCase(Locale.ROOT);
        boolean named = name.endsWith(".json.gz") || name.endsWith(".json");
        if (REPORT_TYPE.matcher(type).matches()) {
            return 0;
        }
        if (type.startsWith("text/") && !named) {
            return 3;
        }
        return named ? 1 : 2;
    }
}
