// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Turns the octets of a question into the octets of its reply.
final class Responder {
    /// RFC 1035 §4.2.1: what every client takes over UDP.
    private static final int PLAIN_UDP_LIMIT = 512;

    private static final int OWN_UDP_LIMIT = 1232;
    private static final int HEADER_OCTETS = 12;
    private static final int TCP_LIMIT = 65535;

    private final SignedWorld world;
    private final TamperingTable tamperings;
    private final Consumer<Asked> log;

    Responder(SignedWorld world, TamperingTable tamperings, Consumer<Asked> log) {
        this.world = world;
        this.tamperings = tamperings;
        this.log = log;
    }

    /// Empty when there is to be no reply.
    Optional<byte[]> reply(byte[] octets, boolean overTcp) {
        if (octets.length < HEADER_OCTETS) {
            return Optional.empty();
        }
        Message query;
        try {
            query = new Message(octets);
        } catch (IOException e) {
            var header = new Header(((octets[0] & 0xff) << 8) | (octets[1] & 0xff));
            header.setFlag(Flags.QR);
            header.setRcode(Rcode.FORMERR);
            return Optional.of(header.toWire());
        }
        if (query.getHeader().getFlag(Flags.QR)) {
            return Optional.empty();
        }
        return find(query, overTcp).map(found -> encode(query, found, overTcp));
    }

    private Optional<Lookup.Found> find(Message query, boolean overTcp) {
        Record question = query.getQuestion();
        if (query.getHeader().getOpcode() != Opcode.QUERY) {
            return Optional.of(Lookup.Found.error(Rcode.NOTIMP));
        }
        if (question == null || question.getDClass() != DClass.IN) {
            return Optional.of(Lookup.Found.error(Rcode.REFUSED));
        }
        int type = question.getType();
        String name = question.getName().toString(true).toLowerCase(Locale.ROOT);
        log.accept(new Asked(name.equals(".") ? "" : name, Type.string(type), overTcp));
        if (!Type.isRR(type) || type == Type.RRSIG) {
            return Optional.of(Lookup.Found.error(Rcode.NOTIMP));
        }
        return new Lookup(world, tamperings).answer(question.getName(), type);
    }

    private static byte[] encode(Message query, Lookup.Found found, boolean overTcp) {
        OPTRecord asked = query.getOPT();
        boolean dnssec = asked != null && (asked.getFlags() & ExtendedFlags.DO) != 0;
        Message full = frame(query, found.code());
        found.answer().forEach(set -> add(full, set, Section.ANSWER, dnssec));
        found.authority().stream()
                .filter(set -> dnssec || set.getType() == Type.SOA)
                .forEach(set -> add(full, set, Section.AUTHORITY, dnssec));
        byte[] octets = full.toWire(TCP_LIMIT);
        if (overTcp || octets.length <= udpLimit(asked)) {
            return octets;
        }
        Message truncated = frame(query, found.code());
        truncated.getHeader().setFlag(Flags.TC);
        return truncated.toWire(udpLimit(asked));
    }

    private static int udpLimit(@org.jspecify.annotations.Nullable OPTRecord asked) {
        return asked == null ? PLAIN_UDP_LIMIT : Math.clamp(asked.getPayloadSize(), PLAIN_UDP_LIMIT, OWN_UDP_LIMIT);
    }

    private static Message frame(Message query, int code) {
        var reply = new Message(query.getHeader().getID());
        Header header = reply.getHeader();
        header.setFlag(Flags.QR);
        header.setFlag(Flags.RA);
        List.of((int) Flags.RD, (int) Flags.CD).stream()
                .filter(flag -> query.getHeader().getFlag(flag))
                .forEach(header::setFlag);
        header.setOpcode(query.getHeader().getOpcode());
        header.setRcode(code);
        Record question = query.getQuestion();
        if (question != null) {
            reply.addRecord(question, Section.QUESTION);
        }
        OPTRecord asked = query.getOPT();
        if (asked != null) {
            reply.addRecord(
                    new OPTRecord(OWN_UDP_LIMIT, 0, 0, asked.getFlags() & ExtendedFlags.DO), Section.ADDITIONAL);
        }
        return reply;
    }

    private static void add(Message reply, RRset set, int section, boolean dnssec) {
        set.rrs(false).forEach(record -> reply.addRecord(record, section));
        if (dnssec) {
            set.sigs().forEach(signature -> reply.addRecord(signature, section));
        }
    }
}
