// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import org.gatepost.gateway.http.OctetBudget;
import org.gatepost.gateway.reports.receiving.ReportIntake;
import org.gatepost.gateway.reports.receiving.ReportMailbox;
import org.gatepost.smtp.BodyReceiver;
import org.gatepost.smtp.Reply;

/// A message to our own mailbox for TLS reports, kept in memory until it is judged.
final class ReportContent implements BodyReceiver {
    private final ReportMailbox mailbox;
    private final InetAddress client;
    private final boolean fromNobody;
    private final Runnable ended;
    private final OctetBudget.Share share;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private boolean beyondBound;

    /// @param fromNobody whether the reverse-path is null
    /// @param ended told when nothing more is done with the message
    ReportContent(ReportMailbox mailbox, InetAddress client, boolean fromNobody, Runnable ended) {
        this.mailbox = mailbox;
        this.client = client;
        this.fromNobody = fromNobody;
        this.ended = ended;
        this.share = mailbox.budget().share();
    }

    static Reply tooLarge() {
        return Reply.of(552, "5.3.4", "a TLS report here has at most " + ReportIntake.MOST_OCTETS + " octets");
    }

    @Override
    public OutputStream stream() {
        return new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] octets, int offset, int length) throws IOException {
                if (beyondBound || message.size() + length > ReportIntake.MOST_OCTETS) {
                    beyondBound = true;
                    return;
                }
                if (!share.take(length)) {
                    throw new IOException("too many reports are being received");
                }
                message.write(octets, offset, length);
            }
        };
    }

    @Override
    public Reply finish() {
        return beyondBound ? tooLarge() : mailbox.take(message.toByteArray(), client, fromNobody);
    }

    @Override
    public void close() {
        share.close();
        ended.run();
    }
}
