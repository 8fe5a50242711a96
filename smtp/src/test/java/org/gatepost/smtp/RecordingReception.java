// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.gatepost.names.Mailbox;

/// Accepts and keeps all mail, save what a test tells it to refuse.
final class RecordingReception implements MailReception {
    record Message(MailParameters parameters, List<Mailbox> recipients, DsnRequest dsn, String latin1) {
        byte[] octets() {
            return latin1.getBytes(StandardCharsets.ISO_8859_1);
        }

        String text() {
            return new String(octets(), StandardCharsets.UTF_8);
        }
    }

    final List<Message> messages = new CopyOnWriteArrayList<>();
    final List<String> events = new CopyOnWriteArrayList<>();
    Set<String> unknownRecipients = Set.of();
    Supplier<Reply> onFinish = () -> Reply.of(250, "2.6.0", "Message accepted");
    boolean storeFails;
    boolean offersDsn = true;
    boolean offersAuthentication;
    private List<MailParameters> open = new ArrayList<>();

    @Override
    public Reply mail(MailParameters parameters) {
        open = List.of(parameters);
        return Reply.of(250, "2.1.0", "Sender OK");
    }

    @Override
    public Reply recipient(Mailbox recipient) {
        return unknownRecipients.contains(recipient.toString())
                ? Reply.of(550, "5.1.1", "No such user")
                : Reply.of(250, "2.1.5", "Recipient OK");
    }

    @Override
    public BodyReceiver content(List<Mailbox> accepted, DsnRequest dsn) {
        var octets = new ByteArrayOutputStream();
        return new BodyReceiver() {
            @Override
            public OutputStream stream() {
                return storeFails ? new FullDisk() : octets;
            }

            @Override
            public Reply finish() {
                Reply reply = onFinish.get();
                if (reply.isPositive()) {
                    messages.add(
                            new Message(open.getFirst(), accepted, dsn, octets.toString(StandardCharsets.ISO_8859_1)));
                }
                events.add("finished");
                return reply;
            }

            @Override
            public void close() {
                events.add("closed");
            }
        };
    }

    @Override
    public void abandoned() {
        events.add("abandoned");
    }

    @Override
    public void heloSeen(String helo) {
        events.add("helo " + helo);
    }

    @Override
    public boolean offersDsn() {
        return offersDsn;
    }

    @Override
    public boolean offersAuthentication() {
        return offersAuthentication;
    }

    @Override
    public Reply authenticate(Credentials credentials) {
        events.add("auth " + credentials.user() + " " + credentials.password());
        return credentials.password().equals("secret")
                ? Reply.of(235, "2.7.0", "Welcome")
                : Reply.of(535, "5.7.8", "Credentials are wrong");
    }

    private static final class FullDisk extends OutputStream {
        @Override
        public void write(int octet) throws IOException {
            throw new IOException("no space left");
        }
    }
}
