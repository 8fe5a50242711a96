// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// A reply in an attacker's hands, on its way.
final class DraftReply {
    /// What an attacker can reach, and the questions whose true replies he may borrow from.
    record Surroundings(FuzzWorld world, List<WireQuestion> questions, WireQuestion asked) {}

    final List<Record> answer;
    final List<Record> authority;
    final Surroundings surroundings;
    private final Message original;
    private int rcode;
    private final List<Integer> flips = new ArrayList<>();

    DraftReply(Message original, Surroundings surroundings) {
        this.original = original;
        this.surroundings = surroundings;
        this.answer = new ArrayList<>(original.getSection(Section.ANSWER));
        this.authority = new ArrayList<>(original.getSection(Section.AUTHORITY));
        this.rcode = original.getRcode();
    }

    void rcode(int code) {
        rcode = code;
    }

    /// One bit of the whole message is to be turned, at a place in 65536ths of its length.
    void flip(int place, int bit) {
        flips.add((place << 3) | bit);
    }

    /// As it arrives.
    ///
    /// @return empty when it is no message any more
    Optional<Message> received() {
        var message = new Message(original.getHeader().getID());
        message.getHeader().setFlag(org.xbill.DNS.Flags.QR);
        message.getHeader().setRcode(rcode);
        original.getSection(Section.QUESTION).forEach(record -> message.addRecord(record, Section.QUESTION));
        answer.forEach(record -> message.addRecord(record, Section.ANSWER));
        authority.forEach(record -> message.addRecord(record, Section.AUTHORITY));
        try {
            byte[] octets = message.toWire(Message.MAXLENGTH);
            for (int flip : flips) {
                // The header, which Exchange checks, stays.
                int at = 12 + (int) (((flip >> 3) * (octets.length - 12L)) >> 16);
                octets[at] ^= (byte) (1 << (flip & 7));
            }
            return Optional.of(new Message(octets));
        } catch (IOException | RuntimeException e) {
            // As Exchange does: not all that dnsjava's parser throws is an IOException.
            return Optional.empty();
        }
    }

    List<Record> section(Choices choices) {
        return choices.below(2) == 0 ? answer : authority;
    }

    /// One that has records, if one has.
    List<Record> filledSection(Choices choices) {
        boolean first = choices.below(2) == 0;
        return (first && !answer.isEmpty()) || authority.isEmpty() ? answer : authority;
    }
}
