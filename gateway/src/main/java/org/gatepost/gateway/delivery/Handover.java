// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.delivery.RecipientResult.Delivered;
import org.gatepost.names.Mailbox;
import org.gatepost.policy.DeliveryFailure;
import org.gatepost.policy.DeliveryFailure.ConnectionFailed;
import org.gatepost.policy.DeliveryFailure.ExtensionMissing;
import org.gatepost.policy.DeliveryFailure.InternalDefect;
import org.gatepost.policy.DeliveryFailure.PeerRejected;
import org.gatepost.policy.HostDecision;
import org.gatepost.policy.PrintableText;
import org.gatepost.policy.SenderDemand;
import org.gatepost.policy.SubReason;
import org.gatepost.policy.TlsObservation;
import org.gatepost.smtp.ConnectionLostException;
import org.gatepost.smtp.ContentSourceException;
import org.gatepost.smtp.MailTransaction;
import org.gatepost.smtp.Phase;
import org.gatepost.smtp.Reply;
import org.gatepost.smtp.SmtpProtocolException;
import org.gatepost.smtp.TransferResult;
import org.gatepost.spool.Envelope;

/// Hands the message of one delivery over in conversations with hosts, and enters what they say of its recipients.
/// Used by one thread.
final class Handover {
    /// Recipients in one transaction: what every server must take (RFC 5321 §4.5.3.1.8).
    private static final int MAX_RECIPIENTS = 100;

    private static final int LONGEST_REPLY = 300;

    private final DomainDelivery.Order order;
    private final RecipientLedger ledger;
    private final InstantSource clock;
    private boolean chunking = true;

    Handover(DomainDelivery.Order order, RecipientLedger ledger, InstantSource clock) {
        this.order = order;
        this.ledger = ledger;
        this.clock = clock;
    }

    /// How a conversation ended.
    enum End {
        /// The host would not go on with a conversation that had waited, or does not know BDAT although it
        /// offers it. Nothing is entered, and a new connection may be tried.
        GONE,
        /// The host was tried.
        TRIED,
        /// As [#TRIED], and no other host may be.
        STOP
    }

    /// Offers the message to everyone who is open.
    ///
    /// @param waited whether the conversation has served others: what the host holds against it is then no
    ///     failure of this message
    End transfer(HostDecision.Try host, HostSession session, boolean waited) {
        Optional<DeliveryFailure> unfit = unfit(host, session);
        if (unfit.isPresent()) {
            fail(host, session, unfit.get());
            return End.TRIED;
        }
        List<Mailbox> recipients = ledger.open();
        for (int from = 0; from < recipients.size(); from += MAX_RECIPIENTS) {
            if (!session.smtp().isOpen() || (from > 0 && !session.isQuiet())) {
                fail(host, session, closed(host, session, "the host ended the session before the last recipients"));
                return End.TRIED;
            }
            List<Mailbox> some = recipients.subList(from, Math.min(from + MAX_RECIPIENTS, recipients.size()));
            End end = transfer(host, session, some, waited && from == 0);
            if (end != End.TRIED) {
                return end;
            }
        }
        return End.TRIED;
    }

    private End transfer(HostDecision.Try host, HostSession session, List<Mailbox> recipients, boolean mayBeGone) {
        var envelope = order.message().envelope();
        var transaction = new MailTransaction(
                envelope.reversePath(),
                recipients,
                order.message().size(),
                envelope.smtpUtf8(),
                envelope.eightBitMime(),
                order.content(),
                envelope.dsnFor(recipients),
                envelope.handling() == Envelope.Handling.TLS_REQUIRED);
        try {
            if (!chunking) {
                session.smtp().doWithoutChunking();
            }
            TransferResult result = session.smtp().transfer(transaction);
            if (mayBeGone && !result.mail().isPositive()) {
                return End.GONE;
            }
            if (chunking && isChunkUnknown(session, result)) {
                // The line in the first chunk may be answered as a command, too: nothing more can be said here.
                chunking = false;
                return End.GONE;
            }
            settle(host, session, recipients, result);
            return End.TRIED;
        } catch (ContentSourceException e) {
            // No other host can do better with it.
            fail(
                    host,
                    session,
                    new InternalDefect(Optional.ofNullable(e.getMessage()).orElse("no content")));
            return End.STOP;
        } catch (IOException e) {
            if (mayBeGone && isBeforeContent(e)) {
                return End.GONE;
            }
            fail(host, session, lost(host, session, e));
            return isInDoubt(e) ? End.STOP : End.TRIED;
        }
    }

    /// A filter before a host passes on that it offers CHUNKING, and refuses BDAT as a command that it does not
    /// know (RFC 5321 §4.2.4), has not implemented or does not expect.
    private static boolean isChunkUnknown(HostSession session, TransferResult result) {
        return session.smtp().capabilities().offers("CHUNKING")
                && !session.smtp().knowsChunking()
                && result.data().isEmpty()
                && result.end()
                        .filter(reply -> reply.code() >= 500 && reply.code() <= 504)
                        .isPresent();
    }

    private static boolean isBeforeContent(IOException e) {
        return switch (e) {
            case ConnectionLostException lost ->
                lost.kind() != ConnectionLostException.Kind.TIMED_OUT && isBeforeContent(lost.phase());
            // What was left over from the message before must not be held against this one.
            case SmtpProtocolException broken -> isBeforeContent(broken.phase());
            default -> false;
        };
    }

    private static boolean isBeforeContent(Phase phase) {
        return switch (phase) {
            case RSET, MAIL, RCPT, DATA -> true;
            case BANNER, EHLO, STARTTLS, CONTENT, MESSAGE, QUIT -> false;
        };
    }

    /// Whether the host may have the message all the same (RFC 1047). Then no other host is asked now:
    /// each that loses the last reply, too, would make one more copy.
    private static boolean isInDoubt(IOException e) {
        return switch (e) {
            case ConnectionLostException lost -> lost.messageInDoubt();
            case SmtpProtocolException broken -> broken.phase() == Phase.MESSAGE;
            default -> false;
        };
    }

    private static ConnectionFailed lost(HostDecision.Try host, HostSession session, IOException e) {
        boolean late =
                e instanceof ConnectionLostException lost && lost.kind() == ConnectionLostException.Kind.TIMED_OUT;
        String evidence = (late ? "no answer in time" : "the connection was closed") + " during the transfer"
                + (isInDoubt(e) ? "; the host may have the message" : "");
        return late
                ? new ConnectionFailed(
                        host.host().name().toString(), SubReason.CONNECTION_TIMED_OUT, at(session) + evidence)
                : closed(host, session, evidence);
    }

    private static ConnectionFailed closed(HostDecision.Try host, HostSession session, String evidence) {
        return new ConnectionFailed(host.host().name().toString(), SubReason.CONNECTION_CLOSED, at(session) + evidence);
    }

    private static String at(HostSession session) {
        return "[" + session.address().getHostAddress() + "]: ";
    }

    private void fail(HostDecision.Try host, HostSession session, DeliveryFailure failure) {
        record(host, session, Optional.of(failure));
        ledger.note(failure);
    }

    /// Why this message need not be offered to this host. Content of eight bits is no reason: where
    /// 8BITMIME is missing it goes as it is. RFC 6152 §3 would have it converted or returned; converting
    /// breaks signatures, and hosts that cannot pass eight bits on have died out.
    private Optional<DeliveryFailure> unfit(HostDecision.Try host, HostSession session) {
        var capabilities = session.smtp().capabilities();
        if (order.message().envelope().smtpUtf8() && !capabilities.offers("SMTPUTF8")) {
            return Optional.of(new ExtensionMissing(
                    host.host().name(), SubReason.SMTPUTF8_NOT_OFFERED, "the host does not offer SMTPUTF8"));
        }
        if (host.sender() == SenderDemand.REQUIRE_TLS && !capabilities.offers("REQUIRETLS")) {
            return Optional.of(new DeliveryFailure.RequireTlsUnsupported(
                    host.host().name(),
                    SubReason.REQUIRETLS_NOT_OFFERED,
                    "the host does not offer REQUIRETLS over TLS"));
        }
        long size = order.message().size();
        long limit = capabilities.sizeLimit().orElse(Long.MAX_VALUE);
        return size <= limit
                ? Optional.empty()
                : Optional.of(new PeerRejected(
                        "EHLO",
                        552,
                        Optional.of("5.3.4"),
                        "Message too large: it has " + size + " octets, the host takes " + limit));
    }

    private void settle(HostDecision.Try host, HostSession session, List<Mailbox> recipients, TransferResult result) {
        List<Runnable> outcomes = new ArrayList<>();
        Optional<DeliveryFailure> shown = Optional.empty();
        for (int i = 0; i < recipients.size(); i++) {
            Mailbox recipient = recipients.get(i);
            Reply reply = result.forRecipient(i);
            if (result.delivered(i)) {
                String place = host.host().name() + "[" + session.address().getHostAddress() + "]";
                String words = PrintableText.line(reply.toString(), LONGEST_REPLY);
                boolean dsnPassedOn = session.smtp().capabilities().offers("DSN");
                outcomes.add(() -> ledger.delivered(
                        recipient,
                        new Delivered(place, session.verdict().protection(), words, dsnPassedOn, ledger.attempts())));
                continue;
            }
            DeliveryFailure failure = rejection(host, session, result.commandForRecipient(i), reply);
            shown = Optional.of(failure);
            outcomes.add(() -> ledger.rejected(recipient, failure));
        }
        record(host, session, shown);
        outcomes.forEach(Runnable::run);
    }

    private static DeliveryFailure rejection(HostDecision.Try host, HostSession session, String command, Reply reply) {
        boolean tlsBroke = session.tls() instanceof TlsObservation.HandshakeFailed
                || session.tls() instanceof TlsObservation.Refused;
        PeerRejected failure = HostDialer.rejection(command, reply);
        // RFC 3207 §4: 530 asks for the TLS that just could not be had; next time it may.
        return tlsBroke && reply.code() == 530
                ? closed(host, session, "TLS failed, and without it: " + failure.evidence())
                : failure;
    }

    private void record(HostDecision.Try host, HostSession session, Optional<DeliveryFailure> failure) {
        ledger.attempted(new AttemptRecord(
                clock.instant(),
                host.host().name().toString(),
                Optional.of(session.address()),
                Optional.of(session.tls()),
                Optional.of(session.verdict()),
                failure));
    }
}
