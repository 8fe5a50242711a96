// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.gatepost.names.DomainName;
import org.gatepost.policy.StsPolicyParser;

/// One HTTP/1.1 GET of a policy over an open connection: everything bounded, nothing followed, nothing cached.
///
/// Only 200 with media type `text/plain` and at most 64 KiB is a policy (RFC 8461 §3.2, §3.3). Where an answer can be
/// read in two ways (RFC 9112 §6.3), it is refused.
///
/// @spec https://www.rfc-editor.org/rfc/rfc9112 RFC 9112
final class PolicyHttpGet {
    private static final int MAX_BODY = StsPolicyParser.MOST_OCTETS;
    private static final int MAX_LINE = 8 * 1024;
    private static final int MAX_HEADER = 64 * 1024;
    private static final int MAX_FIELDS = 100;
    private static final int MAX_INTERIM = 5;

    /// Fields on which the meaning of the answer hangs, and which must therefore not contradict themselves.
    private static final Set<String> SINGLE =
            Set.of("content-type", "content-length", "content-encoding", "transfer-encoding");

    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] [1-5]\\d\\d( .*)?");
    private static final Pattern LENGTH = Pattern.compile("(\\d{1,10})(?:[ \\t]*,[ \\t]*\\1)*");
    private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-fA-F]{1,8}");

    private final InputStream input;
    private final OutputStream output;
    private int headerOctets;

    PolicyHttpGet(InputStream input, OutputStream output) {
        this.input = new BufferedInputStream(input, MAX_LINE);
        this.output = output;
    }

    /// A response that is no policy; the message is one printable line.
    static final class BadResponse extends IOException {
        private static final long serialVersionUID = 1L;

        BadResponse(String message) {
            super(message);
        }
    }

    /// The policy as served, undecoded.
    ///
    /// @throws EOFException when the answer is cut short
    byte[] get(DomainName policyHost) throws IOException {
        String request = "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: " + policyHost
                + "\r\nUser-Agent: Gatepost\r\nAccept: text/plain\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n";
        output.write(request.getBytes(StandardCharsets.US_ASCII));
        output.flush();
        requireOk(finalStatus());
        Map<String, String> fields = readFields();
        String type = fields.getOrDefault("content-type", "");
        if (!type.split(";", 2)[0].strip().equalsIgnoreCase("text/plain")) {
            throw new BadResponse("the media type is '" + printable(type) + "', not text/plain");
        }
        String encoding = fields.getOrDefault("content-encoding", "identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new BadResponse("the content encoding '" + printable(encoding) + "' was not asked for");
        }
        return readBody(fields);
    }

    /// Skips interim answers, such as 103 (RFC 9110 §15.2).
    private String finalStatus() throws IOException {
        for (int interim = 0; interim <= MAX_INTERIM; interim++) {
            String statusLine = readLine();
            if (!STATUS_LINE.matcher(statusLine).matches()) {
                throw new BadResponse("the answer is not HTTP");
            }
            String status = statusLine.substring(9, 12);
            // 101 would change the protocol, which nobody asked for.
            if (!status.startsWith("1") || status.equals("101")) {
                return status;
            }
            readFields();
        }
        throw new BadResponse("more than " + MAX_INTERIM + " interim answers");
    }

    private static void requireOk(String status) throws BadResponse {
        if (!status.equals("200")) {
            throw new BadResponse(
                    "HTTP status " + status + (status.startsWith("3") ? "; redirects are not followed" : ""));
        }
    }

    private Map<String, String> readFields() throws IOException {
        Map<String, String> fields = new HashMap<>();
        for (int count = 0; count <= MAX_FIELDS; count++) {
            String line = readLine();
            if (line.isEmpty()) {
                return fields;
            }
            int colon = line.indexOf(':');
            boolean continues = line.startsWith(" ") || line.startsWith("\t");
            if (colon > 0 && !continues) {
                add(
                        fields,
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        throw new BadResponse("more than " + MAX_FIELDS + " header fields");
    }

    private static void add(Map<String, String> fields, String name, String value) throws BadResponse {
        String before = fields.putIfAbsent(name, value);
        if (before != null && !before.equalsIgnoreCase(value) && SINGLE.contains(name)) {
            throw new BadResponse("the header has two " + name + " that differ");
        }
    }

    private byte[] readBody(Map<String, String> fields) throws IOException {
        String coding = fields.get("transfer-encoding");
        String length = fields.get("content-length");
        if (coding != null && length != null) {
            throw new BadResponse("the header has both content-length and transfer-encoding");
        }
        if (coding != null) {
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new BadResponse("the transfer coding '" + printable(coding) + "' was not asked for");
            }
            return readChunks();
        }
        if (length == null) {
            byte[] body = input.readNBytes(MAX_BODY + 1);
            requireSize(body.length);
            return body;
        }
        return readStated(length);
    }

    private byte[] readStated(String length) throws IOException {
        var matcher = LENGTH.matcher(length);
        if (!matcher.matches()) {
            throw new BadResponse("the content-length '" + printable(length) + "' is malformed");
        }
        long stated = Long.parseLong(matcher.group(1));
        requireSize(stated);
        byte[] body = input.readNBytes((int) stated);
        if (body.length < stated) {
            throw new EOFException();
        }
        return body;
    }

    /// What trails the last chunk is left unread: nothing in it could make a policy of what is none.
    private byte[] readChunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = readLine().split(";", 2)[0].strip();
            if (!CHUNK_SIZE.matcher(size).matches()) {
                throw new BadResponse("a chunk size is malformed");
            }
            long length = Long.parseLong(size, 16);
            if (length == 0) {
                return body.toByteArray();
            }
            requireSize(body.size() + length);
            byte[] chunk = input.readNBytes((int) length);
            if (chunk.length < length) {
                throw new EOFException();
            }
            if (!readLine().isEmpty()) {
                throw new BadResponse("a chunk is longer than its size");
            }
            body.writeBytes(chunk);
        }
    }

    private static void requireSize(long octets) throws BadResponse {
        if (octets > MAX_BODY) {
            throw new BadResponse("the policy is larger than 64 KiB");
        }
    }

    /// A line of the header or between chunks; all of them together are bounded.
    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = input.read(); c != '\n'; c = input.read()) {
            if (c < 0) {
                throw new EOFException();
            }
            if (line.length() >= MAX_LINE) {
                throw new BadResponse("a header line is longer than 8 KiB");
            }
            line.append((char) c);
        }
        headerOctets += line.length() + 1;
        if (headerOctets > MAX_HEADER) {
            throw new BadResponse("header and chunk sizes are longer than 64 KiB");
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    private static String printable(String text) {
        String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return shown.replaceAll("[^ -~]", "?");
    }
}
