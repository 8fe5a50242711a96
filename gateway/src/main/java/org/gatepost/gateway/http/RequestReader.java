// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads requests of one connection. Strict about framing: two readers must never disagree where a request ends
/// (RFC 9112 §11.2), so whatever is ambiguous is refused and the connection closed.
final class RequestReader {
    static final int MAX_LINE = 8 * 1024;
    static final int MAX_FIELDS = 100;
    private static final int MAX_HEAD = 32 * 1024;
    private static final int PIECE = 64 * 1024;
    private static final int MAX_CHUNK_LINE = 1024;

    private static final Pattern REQUEST_LINE =
            Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~]+) HTTP/(\\d)\\.(\\d)");
    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*(.*?)[ \\t]*");
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://[^/?]*(.*)");

    private final InputStream in;
    private int headLeft = MAX_HEAD;

    RequestReader(InputStream in) {
        this.in = new BufferedInputStream(in, MAX_LINE);
    }

    /// What precedes the body.
    ///
    /// @param persistent whether the client wants the connection to stay (RFC 9112 §9.3)
    record Head(String method, String path, String query, HttpFields fields, boolean persistent, Framing framing) {
        boolean expectsContinue() {
            return fields.value("expect").isPresent();
        }
    }

    /// Where the body ends (RFC 9112 §6.3).
    sealed interface Framing {
        record Length(long octets) implements Framing {}

        record Chunked() implements Framing {}
    }

    /// The next request; empty at the end of the connection.
    ///
    /// @throws HttpProblem when it is malformed; nothing after it can be read
    Optional<Head> next() throws IOException, HttpProblem {
        headLeft = MAX_HEAD;
        Optional<String> first = line(MAX_LINE, 414);
        // RFC 9112 §2.2: one empty line before a request is passed over.
        if (first.isPresent() && first.get().isEmpty()) {
            first = line(MAX_LINE, 414);
        }
        if (first.isEmpty()) {
            return Optional.empty();
        }
        Matcher matcher = REQUEST_LINE.matcher(first.get());
        if (!matcher.matches()) {
            throw new HttpProblem(400, "the request line is malformed (RFC 9112 section 3)");
        }
        if (!matcher.group(3).equals("1")) {
            throw new HttpProblem(505, "this server speaks HTTP/1.1");
        }
        boolean old = matcher.group(4).equals("0");
        HttpFields fields = fields();
        if (!old && fields.all("host").size() != 1) {
            throw new HttpProblem(400, "there must be one Host field (RFC 9112 section 3.2)");
        }
        checkExpectation(fields);
        String target = originForm(matcher.group(2));
        int mark = target.indexOf('?');
        return Optional.of(new Head(
                matcher.group(1),
                mark < 0 ? target : target.substring(0, mark),
                mark < 0 ? "" : target.substring(mark + 1),
                fields,
                !old && !fields.names("connection", "close"),
                framing(fields, old)));
    }

    private static String originForm(String target) throws HttpProblem {
        Matcher absolute = ABSOLUTE.matcher(target);
        // RFC 9112 §3.2.2: a server takes the absolute form, too.
        String path = absolute.matches() ? absolute.group(1) : target;
        if (!path.startsWith("/")) {
            throw new HttpProblem(400, "the request target must be a path (RFC 9112 section 3.2)");
        }
        return path;
    }

    private static void checkExpectation(HttpFields fields) throws HttpProblem {
        Optional<String> expectation = fields.value("expect");
        if (expectation.isPresent() && !expectation.get().equalsIgnoreCase("100-continue")) {
            throw new HttpProblem(417, "only 100-continue can be expected (RFC 9110 section 10.1.1)");
        }
    }

    private HttpFields fields() throws IOException, HttpProblem {
        HttpFields fields = new HttpFields();
        for (int count = 0; count <= MAX_FIELDS; count++) {
            String line = line(MAX_LINE, 431).orElseThrow(EOFException::new);
            if (line.isEmpty()) {
                return fields;
            }
            Matcher matcher = FIELD.matcher(line);
            if (!matcher.matches()) {
                throw new HttpProblem(400, "a header field is malformed (RFC 9112 section 5)");
            }
            fields.add(matcher.group(1), matcher.group(2));
        }
        throw new HttpProblem(431, "a request has at most " + MAX_FIELDS + " header fields");
    }

    private static Framing framing(HttpFields fields, boolean old) throws HttpProblem {
        List<String> codings = fields.all("transfer-encoding");
        List<String> lengths = fields.all("content-length");
        if (!codings.isEmpty()) {
            if (old || !lengths.isEmpty()) {
                throw new HttpProblem(400, "the length of the request is ambiguous (RFC 9112 section 6.3)");
            }
            if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
                throw new HttpProblem(501, "the only transfer coding known is chunked (RFC 9112 section 6.1)");
            }
            return new Framing.Chunked();
        }
        if (lengths.isEmpty()) {
            return new Framing.Length(0);
        }
        if (lengths.size() != 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
            throw new HttpProblem(400, "Content-Length must be one number (RFC 9110 section 8.6)");
        }
        return new Framing.Length(Long.parseLong(lengths.getFirst()));
    }

    /// The body; afterwards the next request can be read.
    byte[] body(Framing framing, long most, OctetBudget.Share budget) throws IOException, HttpProblem {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        switch (framing) {
            case Framing.Length(long octets) -> {
                requireRoom(octets, most);
                copy(octets, body, budget);
            }
            case Framing.Chunked() -> {
                for (long size = chunkSize(); size > 0; size = chunkSize()) {
                    requireRoom(body.size() + size, most);
                    copy(size, body, budget);
                    if (!chunkLine().isEmpty()) {
                        throw new HttpProblem(400, "a chunk is longer than it says (RFC 9112 section 7.1)");
                    }
                }
                headLeft = MAX_HEAD;
                fields(); // trailers say nothing that is needed
            }
        }
        return body.toByteArray();
    }

    private static void requireRoom(long octets, long most) throws HttpProblem {
        if (octets > most) {
            throw new HttpProblem(413, "the content has more than " + most + " octets");
        }
    }

    private void copy(long octets, ByteArrayOutputStream body, OctetBudget.Share budget)
            throws IOException, HttpProblem {
        for (long left = octets; left > 0; ) {
            int piece = (int) Math.min(left, PIECE);
            if (!budget.take(piece)) {
                throw new HttpProblem(503, "too much is being received now, try again later");
            }
            byte[] read = in.readNBytes(piece);
            if (read.length < piece) {
                throw new EOFException();
            }
            body.writeBytes(read);
            left -= piece;
        }
    }

    private long chunkSize() throws IOException, HttpProblem {
        String size = chunkLine().split(";", 2)[0].strip();
        if (!size.matches("[0-9a-fA-F]{1,8}")) {
            throw new HttpProblem(400, "a chunk size is malformed (RFC 9112 section 7.1)");
        }
        return Long.parseLong(size, 16);
    }

    private String chunkLine() throws IOException, HttpProblem {
        headLeft = MAX_CHUNK_LINE;
        return line(MAX_CHUNK_LINE, 400).orElseThrow(EOFException::new);
    }

    /// A line without its CRLF; empty at the end of the connection.
    private Optional<String> line(int most, int statusWhenLonger) throws IOException, HttpProblem {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        for (int octet = in.read(); octet != '\r'; octet = in.read()) {
            if (octet < 0) {
                if (line.size() == 0) {
                    return Optional.empty();
                }
                throw new EOFException();
            }
            // RFC 9112 §2.2 lets a server take a bare LF for a line end; not to is what keeps two readers in step.
            if (octet < ' ' && octet != '\t') {
                throw new HttpProblem(400, "lines end in CRLF and hold no controls (RFC 9112 section 2.2)");
            }
            if (line.size() >= most || --headLeft < 0) {
                throw new HttpProblem(statusWhenLonger, "a line or the header is too long");
            }
            line.write(octet);
        }
        if (in.read() != '\n') {
            throw new HttpProblem(400, "lines end in CRLF (RFC 9112 section 2.2)");
        }
        return Optional.of(line.toString(StandardCharsets.ISO_8859_1));
    }
}
