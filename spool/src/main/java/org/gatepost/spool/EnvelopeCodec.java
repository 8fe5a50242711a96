// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.names.Mailbox;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.smtp.DsnRequest;
import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;

/// An envelope as the journal holds it.
///
/// ```
/// envelope  = flags reverse-path client dsn count *(recipient dsn)
/// flags     = u32           ; as in the column message.flags
/// count     = u32
/// reverse-path, client, recipient = text
/// dsn       = text          ; what is asked of reports, see DsnText
/// text      = u16 *OCTET    ; length in octets, then UTF-8
/// ```
final class EnvelopeCodec {
    private static final int LONGEST_TEXT = 0xffff;

    private EnvelopeCodec() {}

    /// @return nothing when the envelope does not fit the form
    static Optional<byte[]> encode(Envelope envelope) {
        var octets = new ByteArrayOutputStream(128);
        try (var out = new DataOutputStream(octets)) {
            out.writeInt(EnvelopeFlags.of(envelope));
            boolean fits =
                    write(out, envelope.reversePath().map(Mailbox::toString).orElse(""))
                            && write(out, envelope.client())
                            && write(out, DsnText.of(envelope.dsn().message()));
            out.writeInt(envelope.recipients().size());
            for (int i = 0; i < envelope.recipients().size(); i++) {
                fits = fits
                        && write(out, envelope.recipients().get(i).toString())
                        && write(out, DsnText.of(envelope.dsn().recipient(i)));
            }
            return fits ? Optional.of(octets.toByteArray()) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean write(DataOutputStream out, String text) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        if (octets.length > LONGEST_TEXT) {
            return false;
        }
        out.writeShort(octets.length);
        out.write(octets);
        return true;
    }

    /// @throws IOException when it is no envelope
    static Envelope decode(byte[] octets) throws IOException {
        try (var in = new DataInputStream(new ByteArrayInputStream(octets))) {
            int flags = in.readInt();
            String reversePath = text(in);
            String client = text(in);
            MessageDsn dsn = DsnText.message(text(in));
            int count = in.readInt();
            if (count < 1 || count > RecipientKey.MAX_RECIPIENTS) {
                throw new IOException("an envelope with " + count + " recipients");
            }
            List<Mailbox> recipients = new ArrayList<>();
            List<RecipientDsn> recipientDsn = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                recipients.add(Mailbox.parse(text(in)));
                recipientDsn.add(DsnText.recipient(text(in)));
            }
            return EnvelopeFlags.envelope(
                    flags,
                    reversePath.isEmpty() ? Optional.empty() : Optional.of(Mailbox.parse(reversePath)),
                    recipients,
                    new DsnRequest(dsn, recipientDsn),
                    client);
        } catch (NameSyntaxException e) {
            throw new IOException("a mailbox that is none: " + e.rule(), e);
        } catch (IllegalArgumentException e) {
            throw new IOException("a DSN request that is none", e);
        }
    }

    private static String text(DataInputStream in) throws IOException {
        byte[] octets = in.readNBytes(in.readUnsignedShort());
        return new String(octets, StandardCharsets.UTF_8);
    }
}
