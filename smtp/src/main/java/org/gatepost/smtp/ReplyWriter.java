// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Collects a server's replies until they are flushed, so that a pipelined group is answered in one write
/// (RFC 2920 §3.2).
///
/// Whatever a reply's text holds, what is sent is printable ASCII in lines of bounded length: no text can forge a
/// second reply.
final class ReplyWriter {
    // RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets with code and CRLF.
    private static final int MAXIMUM_TEXT = 480;
    private static final int FLUSH_AT = 16 << 10;

    private final OutputStream out;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream(512);

    ReplyWriter(OutputStream out) {
        this.out = out;
    }

    void write(Reply reply) throws IOException {
        List<String> lines = foldedLines(reply);
        String enhanced = reply.enhanced().map(e -> e + " ").orElse("");
        for (int i = 0; i < lines.size(); i++) {
            char separator = i + 1 < lines.size() ? '-' : ' ';
            String line = reply.code() + "" + separator + enhanced + lines.get(i) + "\r\n";
            pending.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
        }
        if (pending.size() > FLUSH_AT) {
            flush();
        }
    }

    void flush() throws IOException {
        if (pending.size() > 0) {
            pending.writeTo(out);
            pending.reset();
            out.flush();
        }
    }

    private static List<String> foldedLines(Reply reply) {
        var folded = new ArrayList<String>();
        for (String line : reply.lines()) {
            String rest = printable(line);
            while (rest.length() > MAXIMUM_TEXT) {
                folded.add(rest.substring(0, MAXIMUM_TEXT));
                rest = rest.substring(MAXIMUM_TEXT);
            }
            folded.add(rest);
        }
        return folded;
    }

    private static String printable(String line) {
        return line.replace("§", "section ").replaceAll("[^ -~]", "?");
    }
}
