// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.List;

/// Sends one message with swaks.
final class Swaks {
    private Swaks() {}

    /// @param exit 0 when the server took the message
    /// @param transcript the SMTP dialogue
    record Result(int exit, String transcript) {
        boolean accepted() {
            return exit == 0;
        }
    }

    /// @param server where to connect
    /// @param message header and body, CRLF lines, the last one too, one Latin-1 character for each octet; sent
    ///     as it is
    /// @param options further ones of swaks, such as `--tls`
    static Result send(
            InetSocketAddress server, String reversePath, String recipient, String message, List<String> options) {
        var scratch = Scratch.create("swaks");
        // --no-data-fixup leaves out the doubling of dots and the last one too (RFC 5321 §4.5.2).
        var file = scratch.writeOctets("message", message.replace("\r\n.", "\r\n..") + ".");
        var finished = Command.of(scratch, "swaks --no-data-fixup --timeout 30 --helo client.example")
                .and("--server", server.getAddress().getHostAddress(), "--port", Integer.toString(server.getPort()))
                .and("--from", reversePath, "--to", recipient, "--data", "@" + file)
                .and(options.toArray(String[]::new))
                .run();
        return new Result(finished.exit(), finished.output());
    }

    static Result send(InetSocketAddress server, String reversePath, String recipient, String message) {
        return send(server, reversePath, recipient, message, List.of());
    }
}
