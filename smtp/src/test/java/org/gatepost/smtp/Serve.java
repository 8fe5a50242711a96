// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.gatepost.names.DomainName;

/// Runs a server session against a script.
final class Serve {
    static final String ENVELOPE =
            "EHLO client.example\r\n|MAIL FROM:<a@client.example>\r\n|RCPT TO:<b@our.example>\r\n";

    private Serve() {}

    static ServerOptions options() {
        return new ServerOptions(
                DomainName.parse("mx.our.example"),
                100_000,
                3,
                1024,
                2000,
                5,
                Duration.ofMinutes(5),
                Duration.ofMinutes(3));
    }

    /// The server's replies to segments, which are separated by `|`.
    static String replies(RecordingReception reception, String script) {
        var connection = ScriptedConnection.sending(script.split("\\|", -1));
        run(connection, reception);
        return connection.replies();
    }

    /// A script of lines, each sent by itself and ended by CRLF.
    static String lines(String... lines) {
        return String.join("\r\n|", lines) + "\r\n";
    }

    /// The reply codes only, in order, one for each reply line that ends a reply.
    static String codes(RecordingReception reception, String script) {
        return codesIn(replies(reception, script));
    }

    static String codesIn(String replies) {
        return String.join(
                " ",
                replies.lines()
                        .filter(line -> line.charAt(3) == ' ')
                        .map(line -> line.substring(0, 3))
                        .toList());
    }

    static void run(ServerConnection connection, MailReception reception) {
        try {
            new SmtpServerSession(connection, options(), reception).run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
