// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/// The client's half of one SMTP connection. Used by one thread.
///
/// The caller owns the streams: it opens and closes them, makes the TLS handshake, and bounds each read and
/// write in time, for which a [PhaseListener] tells it where the conversation stands. A negative reply is a
/// value; a [ConnectionLostException] or [SmtpProtocolException] means that the connection is of no more use and
/// the mail stays to be sent.
///
/// ```
/// var session = SmtpClientSession.open(in, out, phase -> socket.setSoTimeout(millis(phase.timeout())));
/// session.ehlo("mail.example.org");
/// if (session.startTls().code() == 220) {
///     session.continueOver(tlsIn, tlsOut);
///     session.ehlo("mail.example.org");
/// }
/// session.transfer(transaction);
/// session.quit();
/// ```
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321: SMTP
/// @spec https://www.rfc-editor.org/rfc/rfc2920 RFC 2920: PIPELINING
/// @spec https://www.rfc-editor.org/rfc/rfc3207 RFC 3207: STARTTLS
/// @spec https://www.rfc-editor.org/rfc/rfc3030 RFC 3030: CHUNKING
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461: DSN
public final class SmtpClientSession {
    private final ClientWire wire;
    private final Reply banner;
    private Capabilities capabilities = Capabilities.NONE;
    private boolean resetFirst;
    private boolean awaitingTls;
    private Transfer.Chunking chunking = Transfer.Chunking.UNPROVEN;

    private SmtpClientSession(ClientWire wire, Reply banner) {
        this.wire = wire;
        this.banner = banner;
    }

    /// Reads the server's greeting, whatever it says.
    public static SmtpClientSession open(InputStream in, OutputStream out) throws IOException, SmtpProtocolException {
        return open(in, out, phase -> {});
    }

    /// Reads the server's greeting, whatever it says.
    ///
    /// @param listener told before each phase, for time-outs
    /// @throws ConnectionLostException when the connection ends first
    /// @throws SmtpProtocolException when it is no greeting
    public static SmtpClientSession open(InputStream in, OutputStream out, PhaseListener listener)
            throws IOException, SmtpProtocolException {
        var wire = new ClientWire(in, out, listener);
        Reply banner = wire.reply(Phase.BANNER);
        if (banner.code() / 100 == 3) {
            throw wire.violation("a greeting is 2yz, 4yz or 5yz");
        }
        return new SmtpClientSession(wire, banner);
    }

    public Reply banner() {
        return banner;
    }

    /// Introduces the client, by HELO when EHLO is refused with 5yz (RFC 5321 §3.2). A positive reply sets the
    /// capabilities.
    ///
    /// @param name a domain name or an address literal
    public Reply ehlo(String name) throws IOException, SmtpProtocolException {
        capabilities = Capabilities.NONE;
        Reply reply = exchange(Phase.EHLO, "EHLO " + name);
        if (reply.isPositive()) {
            capabilities = Capabilities.ofEhlo(reply);
        } else if (reply.isPermanent()) {
            reply = exchange(Phase.EHLO, "HELO " + name);
        }
        return reply;
    }

    /// What the last EHLO offered; nothing before it, after HELO, and after [#continueOver].
    public Capabilities capabilities() {
        return capabilities;
    }

    /// Whether the session can take another command: not after a 421, a lost connection or a protocol error.
    public boolean isOpen() {
        return wire.isOpen() && !awaitingTls;
    }

    /// Asks for TLS. After 220 the caller makes the handshake and calls [#continueOver]; after any other reply the
    /// conversation may go on in clear.
    ///
    /// @throws SmtpProtocolException also when anything follows the 220: somebody without
    ///     the key wants it to be read as if it had come encrypted (response injection)
    public Reply startTls() throws IOException, SmtpProtocolException {
        Reply reply = exchange(Phase.STARTTLS, "STARTTLS");
        if (reply.isPositive()) {
            if (reply.code() != 220) {
                throw wire.violation("a positive reply to STARTTLS is 220 (RFC 3207 §4)");
            }
            if (wire.hasBufferedInput()) {
                throw wire.violation("octets in clear follow the reply (response injection)");
            }
            awaitingTls = true;
        }
        return reply;
    }

    /// Goes on over an encrypted connection, forgetting everything learned in clear (RFC 3207 §4.2).
    public void continueOver(InputStream in, OutputStream out) {
        wire.continueOver(in, out);
        capabilities = Capabilities.NONE;
        resetFirst = false;
        awaitingTls = false;
    }

    /// Hands a message over, in as few round trips as the server's capabilities allow. May be repeated while
    /// [#isOpen].
    ///
    /// @throws ConnectionLostException when the connection ends first; see
    ///     [ConnectionLostException#messageInDoubt]
    /// @throws SmtpProtocolException when the server's replies make no sense
    /// @throws ContentSourceException when the content cannot be read or must not be sent; the connection must
    ///     then be closed
    public TransferResult transfer(MailTransaction t) throws IOException, SmtpProtocolException {
        requireOpen();
        Optional<Reply> refusal = wire.unsolicited(Phase.MAIL);
        if (refusal.isEmpty() && resetFirst) {
            refusal = reset();
        }
        if (refusal.isPresent()) {
            return Transfer.refusedAtMail(refusal.get());
        }
        resetFirst = true;
        var transfer = new Transfer(wire, capabilities, t, chunking);
        TransferResult result = transfer.run();
        if (transfer.chunkTaken()) {
            chunking = Transfer.Chunking.PROVEN;
        }
        resetFirst = !result.endsTransaction();
        return result;
    }

    /// Has content sent by DATA from here on, although the server offers CHUNKING: some do and refuse BDAT.
    public void doWithoutChunking() {
        chunking = Transfer.Chunking.NEVER;
    }

    /// Whether the server has taken content in a chunk.
    public boolean knowsChunking() {
        return chunking == Transfer.Chunking.PROVEN;
    }

    /// Ends the transaction that the last transfer left open.
    private Optional<Reply> reset() throws IOException {
        Reply reply = exchange(Phase.RSET, "RSET");
        if (reply.isPermanent()) {
            throw wire.violation("RSET cannot be refused (RFC 5321 §4.1.1.5)");
        }
        return reply.isPositive() ? Optional.empty() : Optional.of(reply);
    }

    /// Takes leave as far as the server still listens. The caller closes the connection afterwards.
    public void quit() {
        if (!isOpen()) {
            return;
        }
        try {
            exchange(Phase.QUIT, "QUIT");
        } catch (IOException e) {
            // Every message has its reply already; how the connection ends is of no consequence.
        } finally {
            wire.close();
        }
    }

    /// As [#quit], without waiting for the reply, for the server has said what nobody asked. Only for a session that
    /// waits for its next message: in the middle of one the word would be taken for content. The caller closes the
    /// connection afterwards.
    public void leave() {
        if (!isOpen()) {
            return;
        }
        try {
            wire.enter(Phase.QUIT);
            wire.command("QUIT");
            wire.flush();
        } catch (IOException e) {
            // As above.
        } finally {
            wire.close();
        }
    }

    private Reply exchange(Phase phase, String command) throws IOException {
        requireOpen();
        Optional<Reply> unsolicited = wire.unsolicited(phase);
        if (unsolicited.isPresent()) {
            return unsolicited.get();
        }
        wire.enter(phase);
        wire.command(command);
        Reply reply = wire.reply(phase);
        if (reply.code() / 100 == 3) {
            throw wire.violation("an intermediate reply where none is due");
        }
        return reply;
    }

    private void requireOpen() {
        if (!isOpen()) {
            throw new IllegalStateException("the session has ended, or waits for TLS");
        }
    }
}
