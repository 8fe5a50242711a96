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
import org.gatepost.names.DomainName;

/// One HTTP/1.1 GET of a policy over an open connection: everything bounded, nothing followed.
///
/// Only 200 with media type `text/plain` and at most 64 KiB is a policy (RFC 8461 §3.2, §3.3).
final class PolicyHttpGet {
    private static final int MAX_BODY = 64 * 1024;
    private static final int MAX_LINE = 8 * 1024;
    private static final int MAX_FIELDS = 100;

    private final InputStream input;
    private final OutputStream output;

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

    String get(DomainName policyHost) throws IOException {
        String request = "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: " + policyHost
                + "\r\nUser-Agent: Gatepost\r\nAccept: text/plain\r\nConnection: close\r\n\r\n";
        output.write(request.getBytes(StandardCharsets.US_ASCII));
        output.flush();
        requireOk(readLine());
        Map<String, String> fields = readFields();
        String type = fields.getOrDefault("content-type", "");
        if (!type.split(";", 2)[0].strip().equalsIgnoreCase("text/plain")) {
            throw new BadResponse("the media type is '" + printable(type) + "', not text/plain");
        }
        String encoding = fields.getOrDefault("content-encoding", "identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new BadResponse("the content encoding '" + printable(encoding) + "' was not asked for");
        }
        return new String(readBody(fields), StandardCharsets.UTF_8);
    }

    private static void requireOk(String statusLine) throws BadResponse {
        if (!statusLine.matches("HTTP/1\\.[01] \\d{3}( .*)?")) {
            throw new BadResponse("the answer is not HTTP");
        }
        String status = statusLine.substring(9, 12);
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
            if (colon > 0) {
                fields.putIfAbsent(
                        line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        throw new BadResponse("more than " + MAX_FIELDS + " header fields");
    }

    private byte[] readBody(Map<String, String> fields) throws IOException {
        if (fields.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            return readChunks();
        }
        String length = fields.get("content-length");
        if (length == null) {
            return requireSize(input.readNBytes(MAX_BODY + 1));
        }
        if (!length.matches("\\d{1,10}") || Long.parseLong(length) > MAX_BODY) {
            throw new BadResponse("the policy is larger than 64 KiB");
        }
        byte[] body = input.readNBytes(Integer.parseInt(length));
        if (body.length < Integer.parseInt(length)) {
            throw new EOFException();
        }
        return body;
    }

    private byte[] readChunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = readLine().split(";", 2)[0].strip();
            if (!size.matches("[0-9a-fA-F]{1,6}")) {
                throw new BadResponse("a chunk size is malformed");
            }
            int length = Integer.parseInt(size, 16);
            if (length == 0) {
                return body.toByteArray();
            }
            if (body.size() + length > MAX_BODY) {
                throw new BadResponse("the policy is larger than 64 KiB");
            }
            byte[] chunk = input.readNBytes(length);
            if (chunk.length < length || !readLine().isEmpty()) {
                throw new BadResponse("a chunk is malformed");
            }
            body.writeBytes(chunk);
        }
    }

    private static byte[] requireSize(byte[] body) throws BadResponse {
        if (body.length > MAX_BODY) {
            throw new BadResponse("the policy is larger than 64 KiB");
        }
        return body;
    }

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
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    private static String printable(String text) {
        String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return shown.replaceAll("[^ -~]", "?");
    }
}
