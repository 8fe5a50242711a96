// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Debian's Postfix as the site's own mail system: its `sendmail` queues, and everything goes to one relay host.
final class PostfixSender implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final PostfixInstance postfix;
    private final Scratch scratch;

    private PostfixSender(PostfixInstance postfix, Scratch scratch) {
        this.postfix = postfix;
        this.scratch = scratch;
    }

    /// @param relayHost where all mail goes, in clear text unless it offers STARTTLS
    static PostfixSender start(Scratch scratch, InetSocketAddress relayHost) {
        return start(scratch, relayHost, "smtp_tls_security_level = may\n");
    }

    /// @param smtp parameters of the client, a line each
    static PostfixSender start(Scratch scratch, InetSocketAddress relayHost, String smtp) {
        var parameters = """
                myhostname = sender.example
                myorigin = sender.example
                relayhost = [%s]:%d
                """.formatted(relayHost.getAddress().getHostAddress(), relayHost.getPort()) + smtp;
        return new PostfixSender(PostfixInstance.start(scratch, parameters, List.of(), List.of()), scratch);
    }

    /// Hands a message to `sendmail`, which ends once it is queued.
    ///
    /// @param message a file with the whole message, LF lines
    void send(String reversePath, String recipient, Path message) {
        submit(message, "-f", reversePath, "--", recipient);
    }

    /// The same with options of `sendmail`, such as `-N success`.
    void send(String reversePath, String recipient, Path message, List<String> options) {
        submit(
                message,
                Stream.concat(options.stream(), Stream.of("-f", reversePath, "--", recipient))
                        .toArray(String[]::new));
    }

    /// The same, to whom the `To` field names: an international address may not survive a command line.
    void sendToHeaderRecipients(String reversePath, Path message) {
        submit(message, "-f", reversePath, "-t");
    }

    private void submit(Path message, String... options) {
        var finished = Command.of(scratch, "sendmail -i -C")
                .and(postfix.configFolder().toString())
                .and(options)
                .run(message);
        if (finished.exit() != 0) {
            throw new PeerFailure("sendmail: " + finished.output() + "\n" + postfix.logTail());
        }
    }

    /// Waits for a line of the log; Postfix writes it after the message has gone.
    void awaitLog(String text) {
        var deadline = System.nanoTime() + LIMIT.toNanos();
        while (!postfix.log().contains(text)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no '" + text + "' in the log\n" + postfix.log());
            }
            Daemon.pause();
        }
    }

    @Override
    public void close() {
        postfix.close();
    }
}
