// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.gatepost.gateway.reports.receiving.ReportIntake;
import org.gatepost.gateway.users.Users;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.PrintableText;
import org.gatepost.smtp.BodyReceiver;
import org.gatepost.smtp.Credentials;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MailDate;
import org.gatepost.smtp.MailParameters;
import org.gatepost.smtp.MailReception;
import org.gatepost.smtp.Reply;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.Spool;
import org.gatepost.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's side of taking mail in: no open relay, a trace field on top, durable before `250`. Used by one
/// thread.
final class ClientReception implements MailReception {
    private static final String TLS_REQUIRED = "tls-required";
    private static final String RECEIVED = "received";

    /// Characters of a user's name in logs.
    private static final int LONGEST_NAME = 255;

    /// On one connection.
    private static final int MOST_WRONG_PASSWORDS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(ClientReception.class);

    private final MessageIntake intake;
    private final InetAddress client;
    private final BooleanSupplier encrypted;
    private String helo = "unknown";
    private Optional<String> user = Optional.empty();
    private int wrongPasswords;
    private @Nullable MailParameters parameters;
    private Destination destination = Destination.OPEN;
    private volatile boolean takingIn;

    /// Where the transaction's message goes: on, or into our own mailbox for TLS reports, never both.
    private enum Destination {
        OPEN,
        RELAY,
        REPORTS
    }

    ClientReception(MessageIntake intake, InetAddress client, BooleanSupplier encrypted) {
        this.intake = intake;
        this.client = client;
        this.encrypted = encrypted;
    }

    @Override
    public void heloSeen(String name) {
        helo = name;
    }

    @Override
    public Reply mail(MailParameters given) {
        parameters = given;
        destination = Destination.OPEN;
        return Reply.of(250, "2.1.0", "sender ok");
    }

    /// Whether a message is on its way in. May be asked by any thread.
    boolean isTakingIn() {
        return takingIn;
    }

    @Override
    public Reply recipient(Mailbox recipient) {
        return intake.isForReports(recipient) ? reportRecipient() : relayRecipient(recipient);
    }

    /// The final reply says what became of the one report, so that a report travels alone: a client that names
    /// more recipients sends it to them again (RFC 5321 §4.5.3.1.10).
    private Reply reportRecipient() {
        if (destination == Destination.RELAY) {
            return Reply.of(452, "4.5.3", "a TLS report comes alone in its transaction; send it again");
        }
        MailParameters given = parameters;
        if (given != null && given.declaredSize().orElse(0) > ReportIntake.MOST_OCTETS) {
            return ReportContent.tooLarge();
        }
        destination = Destination.REPORTS;
        return Reply.of(250, "2.1.5", "TLS reports are taken here");
    }

    private Reply relayRecipient(Mailbox recipient) {
        if (!mayRelay()) {
            LOG.info("relaying denied: client {} to {}", client.getHostAddress(), recipient.host());
            return Reply.of(
                    550,
                    "5.7.1",
                    "relaying denied: your address is not in listen.permitted-networks"
                            + (offersAuthentication() ? ", and you have not authenticated" : ""));
        }
        if (recipient.host() instanceof Mailbox.Host.Literal) {
            return Reply.of(550, "5.1.2", "an address literal has no policy to be looked up; name a domain");
        }
        if (destination == Destination.REPORTS) {
            return Reply.of(452, "4.5.3", "a TLS report comes alone in its transaction; send again for this recipient");
        }
        destination = Destination.RELAY;
        return Reply.of(250, "2.1.5", "recipient ok");
    }

    private boolean mayRelay() {
        return user.isPresent() || intake.permits(client);
    }

    @Override
    public boolean offersAuthentication() {
        return intake.users().isPresent();
    }

    @Override
    public Reply authenticate(Credentials credentials) {
        String name = PrintableText.line(credentials.user(), LONGEST_NAME);
        Users users = intake.users().orElseThrow();
        return switch (users.check(credentials.user(), credentials.password(), client)) {
            case RIGHT -> {
                LOG.info("client {} has authenticated as {}", client.getHostAddress(), name);
                user = Optional.of(name);
                yield Reply.of(235, "2.7.0", "authenticated");
            }
            case WRONG -> {
                LOG.warn("client {}: wrong user name or password: {}", client.getHostAddress(), name);
                yield ++wrongPasswords < MOST_WRONG_PASSWORDS
                        ? Reply.of(535, "5.7.8", "user name or password is wrong")
                        : Reply.of(421, "4.7.0", "user name or password is wrong; closing");
            }
            case TOO_MANY_GUESSES -> {
                LOG.warn("client {}: too many wrong passwords: {}", client.getHostAddress(), name);
                yield Reply.of(421, "4.7.0", "too many wrong passwords from your address; try again in ten minutes");
            }
            case BUSY -> {
                LOG.warn("client {}: too many want to authenticate, not checked: {}", client.getHostAddress(), name);
                yield Reply.of(454, "4.7.0", "passwords cannot be checked now, try again later");
            }
        };
    }

    /// Only who may relay hears of deliveries; a TLS report's reception is told by the reply. It is offered to whom
    /// AUTH is, too, for clients ask no second time what is offered once they have authenticated.
    @Override
    public boolean offersDsn() {
        return mayRelay() || (offersAuthentication() && encrypted.getAsBoolean());
    }

    @Override
    public BodyReceiver content(List<Mailbox> accepted, DsnRequest dsn) {
        MailParameters transaction = parameters;
        if (transaction == null) {
            throw new IllegalStateException("content before MAIL");
        }
        if (destination == Destination.REPORTS) {
            takingIn = true;
            return new ReportContent(
                    intake.reports().orElseThrow(),
                    client,
                    transaction.reversePath().isEmpty(),
                    () -> takingIn = false);
        }
        Envelope envelope = new Envelope(
                transaction.reversePath(),
                accepted,
                transaction.smtpUtf8(),
                transaction.eightBitMime(),
                transaction.requireTls() ? Envelope.Handling.TLS_REQUIRED : Envelope.Handling.USUAL,
                dsn,
                helo + " [" + client.getHostAddress() + "]"
                        + user.map(name -> " as " + name).orElse(""));
        takingIn = true;
        Spool.Draft draft = null;
        try {
            draft = intake.spool().draft();
            return new SpooledBody(envelope, draft);
        } catch (SpoolException | IOException e) {
            LOG.error("a message cannot be taken in: {}", e.getMessage());
            if (draft != null) {
                draft.close();
            }
            return new RefusedBody();
        }
    }

    @Override
    public void abandoned() {
        parameters = null;
        destination = Destination.OPEN;
    }

    /// The trace field of RFC 5321 §4.4, with the protocol as RFC 3848 and RFC 6531 §4.3 name it.
    private String receivedField(Envelope envelope, Instant now) {
        String address = client instanceof java.net.Inet6Address
                ? "[IPv6:" + client.getHostAddress() + "]"
                : "[" + client.getHostAddress() + "]";
        String with = (envelope.smtpUtf8() ? "UTF8SMTP" : "ESMTP")
                + (encrypted.getAsBoolean() ? "S" : "")
                + (user.isPresent() ? "A" : "");
        return "Received: from " + helo + " (" + address + ")\r\n\tby " + intake.hostname() + " (Gatepost) with " + with
                + ";\r\n\t" + MailDate.of(now) + "\r\n";
    }

    /// A message on its way into the spool.
    private final class SpooledBody implements BodyReceiver {
        private final Envelope announced;
        private final Instant arrived = intake.clock().instant();
        private final Spool.Draft draft;
        private final HeaderFields fields;

        SpooledBody(Envelope envelope, Spool.Draft draft) throws IOException {
            this.announced = envelope;
            this.draft = draft;
            this.fields = new HeaderFields(new SpoolOutput(draft.content()), Set.of(TLS_REQUIRED, RECEIVED));
            // Not through these: the field that is added here is no sign of a circle.
            draft.content().write(receivedField(envelope, arrived).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public OutputStream stream() {
            return fields;
        }

        /// RFC 8689 §4.1: REQUIRETLS overrides the header field. That counts only when it stands there once and
        /// says `No` and nothing else (§3): in doubt the policies hold.
        private Envelope envelope() {
            boolean saysNo = fields.only(TLS_REQUIRED)
                    .filter(value -> value.strip().equalsIgnoreCase("no"))
                    .isPresent();
            boolean waived = saysNo && announced.handling() == Envelope.Handling.USUAL;
            return waived ? announced.handled(Envelope.Handling.TLS_NOT_REQUIRED) : announced;
        }

        @Override
        public Reply finish() {
            Envelope envelope = envelope();
            int hops = fields.count(RECEIVED); // RFC 5321 §6.3
            if (hops > intake.maxReceivedFields()) {
                LOG.warn("mail loop: {} Received fields, from {}", hops, envelope.client());
                return Reply.of(554, "5.4.6", "too many hops: the message travels in circles");
            }
            try {
                MessageId id = draft.commit(envelope, arrived, arrived);
                LOG.info(
                        "{}: accepted from {} <{}> for {} recipients",
                        id,
                        envelope.client(),
                        envelope.reversePath().map(Mailbox::toString).orElse(""),
                        envelope.recipients().size());
                intake.arrived().run();
                return Reply.of(250, "2.0.0", "queued as " + id);
            } catch (SpoolException e) {
                LOG.error("a message cannot be taken in: {}", e.getMessage());
                return cannotStore();
            }
        }

        @Override
        public void close() {
            takingIn = false;
            draft.close();
        }
    }

    /// Takes the content and throws it away, because the spool is out of order.
    private final class RefusedBody implements BodyReceiver {
        @Override
        public OutputStream stream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public Reply finish() {
            return cannotStore();
        }

        @Override
        public void close() {
            takingIn = false;
        }
    }

    /// Makes a full disk what it is to the session: a fault of the sink, told to the client, and no defect.
    private static final class SpoolOutput extends FilterOutputStream {
        SpoolOutput(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            try {
                out.write(octets, offset, length);
            } catch (SpoolException e) {
                LOG.error("a message cannot be taken in: {}", e.getMessage());
                throw new IOException(e);
            }
        }
    }

    private static Reply cannotStore() {
        return Reply.of(452, "4.3.1", "the message cannot be stored now, try again later");
    }
}
