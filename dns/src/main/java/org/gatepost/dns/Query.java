// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;

/// One question as it is sent, with a random id, and what counts as an answer to it.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5452 RFC 5452 §9: making forgery hard
record Query(WireQuestion question, Message message) {
    /// What fits one datagram on every path without fragments (RFC 9715 §3.2).
    static final int UDP_PAYLOAD = 1232;

    private static final char CASE_BIT = 0x20;

    /// How octets received stand to the question.
    sealed interface Match {
        record Answer(Message message) implements Match {}

        /// An answer but for the case of the name's letters: from a server that does not keep it, or a forger who
        /// could not see it.
        record OtherCase(Message message) implements Match {}

        /// Unreadable, or no answer to this question.
        record Alien() implements Match {}
    }

    /// @param mixedCase whether each letter of the name is sent in upper or lower case at random
    static Query of(WireQuestion question, RandomGenerator random, boolean mixedCase) {
        Name name = mixedCase ? inMixedCase(question.name(), random) : question.name();
        var message = new Message(random.nextInt(1 << 16));
        message.getHeader().setFlag(Flags.RD);
        // CD: an upstream that validates must hand over what it holds, so that we judge it (RFC 4035 §3.2.2).
        message.getHeader().setFlag(Flags.CD);
        message.addRecord(Record.newRecord(name, question.type(), DClass.IN), Section.QUESTION);
        message.addRecord(new OPTRecord(UDP_PAYLOAD, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        return new Query(question, message);
    }

    private static Name inMixedCase(Name name, RandomGenerator random) {
        char[] text = name.toString().toCharArray();
        for (int i = 0; i < text.length; i++) {
            if (text[i] < 0x80 && Character.isLetter(text[i]) && random.nextBoolean()) {
                text[i] ^= CASE_BIT;
            }
        }
        try {
            return Name.fromString(new String(text));
        } catch (TextParseException e) {
            throw new IllegalStateException("a name that was printed cannot be read again", e);
        }
    }

    byte[] octets() {
        return message.toWire(UDP_PAYLOAD);
    }

    Match match(ByteBuffer octets) {
        Message reply;
        try {
            reply = new Message(octets);
        } catch (IOException | RuntimeException e) {
            // The parser meets hostile octets here, and not all it throws is an IOException.
            return new Match.Alien();
        }
        var header = reply.getHeader();
        boolean ours = header.getID() == message.getHeader().getID()
                && header.getFlag(Flags.QR)
                && header.getOpcode() == Opcode.QUERY;
        return ours ? matchQuestion(reply) : new Match.Alien();
    }

    private Match matchQuestion(Message reply) {
        var questions = reply.getSection(Section.QUESTION);
        Record asked = message.getQuestion();
        if (questions.isEmpty()) {
            // A server that could not even read the question cannot repeat it.
            boolean error = reply.getRcode() != Rcode.NOERROR && reply.getRcode() != Rcode.NXDOMAIN;
            return error ? new Match.Answer(reply) : new Match.Alien();
        }
        if (questions.size() != 1 || !questions.getFirst().equals(asked)) {
            return new Match.Alien();
        }
        boolean sameCase = Arrays.equals(
                questions.getFirst().getName().toWire(), asked.getName().toWire());
        return sameCase ? new Match.Answer(reply) : new Match.OtherCase(reply);
    }
}
