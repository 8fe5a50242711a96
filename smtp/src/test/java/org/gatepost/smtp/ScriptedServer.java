// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;

/// A server as a script: its replies, one string a read, and a record of what the client sent between the reads.
final class ScriptedServer {
    static final String BANNER = "220 mx.example ESMTP\r\n";
    static final String PIPELINING =
            "250-mx.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 1000\r\n";
    static final String PLAIN = "250 mx.example\r\n";

    private final InputStream in;
    private final List<String> sent = new ArrayList<>();
    private final List<Phase> phases = new ArrayList<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private Optional<IOException> writesFail = Optional.empty();

    ScriptedServer(InputStream in) {
        this.in = in;
    }

    static ScriptedServer replying(String... replies) {
        return new ScriptedServer(ScriptedInput.of(replies));
    }

    void failWrites(IOException failure) {
        writesFail = Optional.of(failure);
    }

    SmtpClientSession open() throws IOException {
        return SmtpClientSession.open(in, new Recorder(), phases::add);
    }

    SmtpClientSession greeted() throws IOException {
        SmtpClientSession session = open();
        session.ehlo("client.example");
        return session;
    }

    /// What the client sent, flush by flush.
    List<String> sent() {
        return sent;
    }

    /// What the client sent after EHLO.
    List<String> sentInTransfer() {
        return sent.subList(1, sent.size());
    }

    /// All that has reached the server, flushed or not.
    String received() {
        return received.toString(StandardCharsets.UTF_8);
    }

    List<Phase> phases() {
        return phases;
    }

    static MailTransaction message(String content, String... recipients) {
        return new MailTransaction(
                Optional.of(Mailbox.parse("a@client.example")),
                java.util.Arrays.stream(recipients).map(Mailbox::parse).toList(),
                content.length(),
                false,
                false,
                () -> new java.io.ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
    }

    static TransferResult transfer(SmtpClientSession session, String... recipients) {
        try {
            return session.transfer(message("hi\r\n", recipients));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Recorder extends OutputStream {
        private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            if (writesFail.isPresent()) {
                throw writesFail.get();
            }
            pending.write(octets, offset, length);
            received.write(octets, offset, length);
        }

        @Override
        public void flush() {
            if (pending.size() > 0) {
                sent.add(pending.toString(StandardCharsets.UTF_8));
                pending.reset();
            }
        }
    }
}
