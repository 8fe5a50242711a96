// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.InstantSource;

/// The server's half of one SMTP connection, from banner to QUIT.
///
/// One thread runs it; only [#stop] may be called by others. It closes neither connection nor streams. What ends
/// the session apart from QUIT and a lost connection: too many errors, a time-out, lines with bare CR or LF,
/// a malformed BDAT and chunks of more octets than a message may have, octets sent ahead after DATA or STARTTLS, and
/// another protocol's words. In all these cases the client is
/// told, and nothing after that point is read as a command.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5321 RFC 5321: SMTP
/// @spec https://www.rfc-editor.org/rfc/rfc2920 RFC 2920: PIPELINING
/// @spec https://www.rfc-editor.org/rfc/rfc1870 RFC 1870: SIZE
/// @spec https://www.rfc-editor.org/rfc/rfc6152 RFC 6152: 8BITMIME
/// @spec https://www.rfc-editor.org/rfc/rfc6531 RFC 6531: SMTPUTF8
/// @spec https://www.rfc-editor.org/rfc/rfc2034 RFC 2034: ENHANCEDSTATUSCODES
/// @spec https://www.rfc-editor.org/rfc/rfc3207 RFC 3207: STARTTLS
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461: DSN
/// @spec https://www.rfc-editor.org/rfc/rfc3030 RFC 3030: CHUNKING
/// @spec https://www.rfc-editor.org/rfc/rfc8689 RFC 8689: REQUIRETLS
/// @spec https://www.rfc-editor.org/rfc/rfc4954 RFC 4954: AUTH
public final class SmtpServerSession {
    private final ServerConnection connection;
    private final ServerOptions options;
    private final MailReception reception;
    private final InstantSource clock;
    private volatile boolean stopping;

    public SmtpServerSession(ServerConnection c, ServerOptions o, MailReception r) {
        this(c, o, r, InstantSource.system());
    }

    /// @param clock for the limits on the time of a command and of a message
    public SmtpServerSession(ServerConnection c, ServerOptions o, MailReception r, InstantSource clock) {
        this.connection = c;
        this.options = o;
        this.reception = r;
        this.clock = clock;
    }

    /// Serves the client until the conversation is over, whoever ends it and however. The reception is told of a
    /// transaction cut short before this returns.
    ///
    /// @throws IOException when the connection gives no streams
    /// @throws RuntimeException what the reception threw, after the client was told `421 4.3.0`
    public void run() throws IOException {
        var conversation = new ServerConversation(connection, options, reception, clock);
        try {
            conversation.greet();
            while (conversation.serveNext()) {
                if (stopping && !conversation.isTakingIn()) {
                    conversation.farewell(Reply.of(421, "4.3.2", options.hostname() + " is shutting down"));
                    return;
                }
            }
            conversation.flush();
        } catch (InterruptedIOException e) {
            conversation.farewell(Reply.of(421, "4.4.2", options.hostname() + " waited too long; closing"));
        } catch (IOException e) {
            // The connection is lost, so there is nobody to tell; the transaction is abandoned below.
            conversation.dropTransaction();
        } catch (RuntimeException e) {
            conversation.farewell(Reply.of(421, "4.3.0", "Internal defect; try again later"));
            throw e;
        } finally {
            conversation.dropTransaction();
        }
    }

    /// Ends the session with 421 after the command now being served, or after the last chunk of a message that has
    /// begun; a client that is idle is left to its
    /// time-out, or to whoever closes the connection.
    public void stop() {
        stopping = true;
    }
}
