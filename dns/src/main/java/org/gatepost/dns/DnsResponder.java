// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Answers DNS queries with the validating resolver's verdicts, as a security-aware recursive name server
/// does (RFC 4035 §3.2).
///
/// @param memory what was found lately
/// @param source asked for what is handed on unchecked
/// @param patience how long to wait for it
record DnsResponder(ValidatingResolver resolver, VerdictMemory memory, Upstream source, Duration patience) {
    private static final int HEADER_OCTETS = 12;
    private static final int PLAIN_UDP = 512;

    /// Types that stand for transfers and other questions that are not about records (RFC 6895 §3.1).
    private static final int FIRST_META = 249;

    private static final int LAST_META = 254;

    /// @param octets a message as it came
    /// @param overTcp whether the whole of a long answer may be sent
    /// @return empty when nothing should be sent: the octets are no query
    Optional<byte[]> reply(byte[] octets, boolean overTcp) {
        Message query;
        try {
            query = new Message(octets);
        } catch (IOException | RuntimeException e) {
            // The parser meets hostile octets here, and not all it throws is an IOException.
            return isQuery(octets) ? Optional.of(unreadable(octets)) : Optional.empty();
        }
        if (query.getHeader().getFlag(Flags.QR)) {
            return Optional.empty();
        }
        return Optional.of(reply(query).toWire(overTcp ? Message.MAXLENGTH : datagram(query)));
    }

    private static boolean isQuery(byte[] octets) {
        return octets.length >= HEADER_OCTETS && (octets[2] & 0x80) == 0;
    }

    private static byte[] unreadable(byte[] octets) {
        var reply = new Message(((octets[0] & 0xff) << 8) | (octets[1] & 0xff));
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setRcode(Rcode.FORMERR);
        return reply.toWire();
    }

    private static int datagram(Message query) {
        OPTRecord edns = query.getOPT();
        return edns == null ? PLAIN_UDP : Math.clamp(edns.getPayloadSize(), PLAIN_UDP, Query.UDP_PAYLOAD);
    }

    Message reply(Message query) {
        var draft = new Draft(query);
        Record asked = query.getQuestion();
        if (query.getHeader().getOpcode() != Opcode.QUERY) {
            return draft.refused(Rcode.NOTIMP);
        }
        if (query.getSection(Section.QUESTION).size() != 1 || asked == null) {
            return draft.refused(Rcode.FORMERR);
        }
        if (query.getOPT() != null && query.getOPT().getVersion() > 0) {
            return draft.refused(Rcode.BADVERS);
        }
        if (asked.getDClass() != DClass.IN) {
            return draft.refused(Rcode.REFUSED);
        }
        if (asked.getType() >= FIRST_META && asked.getType() <= LAST_META) {
            return draft.refused(Rcode.NOTIMP);
        }
        return answer(draft, new WireQuestion(asked.getName(), asked.getType()));
    }

    private Message answer(Draft draft, WireQuestion question) {
        return switch (memory.verdict(question, resolver::verdict)) {
            case Verdict.Usable(DnssecStatus status, Message message, Optional<ValidationReason> why) ->
                draft.answered(message, status == DnssecStatus.SECURE, remark(why));
            case Verdict.Unusable(DnsFailure failure, var _)
            when failure.reason() == DnsFailure.Reason.BOGUS && draft.checksItself() -> unchecked(draft, question);
            case Verdict.Unusable(DnsFailure failure, Optional<ValidationReason> why) ->
                draft.failed(extendedError(failure, why));
        };
    }

    /// CD: who checks for themselves gets what there is (RFC 4035 §3.2.2).
    private Message unchecked(Draft draft, WireQuestion question) {
        return switch (source.ask(question, Lookup.first(Deadline.in(patience), WorkLimits.STANDARD))) {
            case Reply.Received received -> draft.answered(received.message(), false, List.of());
            case Reply.Missing(DnsFailure failure) -> draft.failed(extendedError(failure, Optional.empty()));
        };
    }

    /// RFC 8914 §2: an answer may carry a remark too, such as that its zone's algorithm is not supported.
    private static List<ExtendedErrorCodeOption> remark(Optional<ValidationReason> why) {
        return why
                .filter(reason -> reason.kind().extendedError() != ExtendedErrorCodeOption.OTHER)
                .map(reason -> new ExtendedErrorCodeOption(reason.kind().extendedError(), reason.sentence()))
                .stream()
                .toList();
    }

    private static ExtendedErrorCodeOption extendedError(DnsFailure failure, Optional<ValidationReason> why) {
        int code = switch (failure.reason()) {
            case BOGUS -> why.map(reason -> reason.kind().extendedError()).orElse(ExtendedErrorCodeOption.DNSSEC_BOGUS);
            case SERVER_FAILURE, REFUSED -> ExtendedErrorCodeOption.OTHER;
            case TIMED_OUT, UNREACHABLE -> ExtendedErrorCodeOption.NETWORK_ERROR;
            case MALFORMED -> ExtendedErrorCodeOption.INVALID_DATA;
        };
        return new ExtendedErrorCodeOption(code, failure.detail());
    }

    /// The reply to one query.
    private record Draft(Message query) {
        private boolean wantsSignatures() {
            return query.getOPT() != null && (query.getOPT().getFlags() & ExtendedFlags.DO) != 0;
        }

        private boolean checksItself() {
            return query.getHeader().getFlag(Flags.CD);
        }

        /// RFC 6840 §5.7: AD in a query asks for AD as DO does.
        private boolean wantsStatus() {
            return wantsSignatures() || query.getHeader().getFlag(Flags.AD);
        }

        private Message refused(int rcode) {
            return finish(head(), rcode, List.of());
        }

        private Message failed(ExtendedErrorCodeOption why) {
            return finish(head(), Rcode.SERVFAIL, List.of(why));
        }

        private Message answered(Message from, boolean secure, List<ExtendedErrorCodeOption> remarks) {
            Message reply = head();
            if (secure && wantsStatus()) {
                reply.getHeader().setFlag(Flags.AD);
            }
            copy(from, reply, Section.ANSWER);
            copy(from, reply, Section.AUTHORITY);
            return finish(reply, from.getRcode(), remarks);
        }

        private void copy(Message from, Message to, int section) {
            for (Record record : from.getSection(section)) {
                if (wantsSignatures() || !isDnssec(record)) {
                    to.addRecord(record, section);
                }
            }
        }

        /// RFC 4035 §3.2.1: without DO, only those asked for by name.
        private boolean isDnssec(Record record) {
            int asked = query.getQuestion().getType();
            boolean kind =
                    record instanceof RRSIGRecord || record.getType() == Type.NSEC || record.getType() == Type.NSEC3;
            return kind && asked != record.getType() && asked != Type.ANY;
        }

        private Message head() {
            var reply = new Message(query.getHeader().getID());
            var header = reply.getHeader();
            header.setOpcode(query.getHeader().getOpcode());
            header.setFlag(Flags.QR);
            header.setFlag(Flags.RA);
            for (int flag : new int[] {Flags.RD, Flags.CD}) {
                if (query.getHeader().getFlag(flag)) {
                    header.setFlag(flag);
                }
            }
            if (query.getQuestion() != null) {
                reply.addRecord(query.getQuestion(), Section.QUESTION);
            }
            return reply;
        }

        private Message finish(Message reply, int rcode, List<ExtendedErrorCodeOption> errors) {
            reply.getHeader().setRcode(rcode & 0xf);
            if (query.getOPT() != null) {
                int flags = wantsSignatures() ? ExtendedFlags.DO : 0;
                var options = List.<EDNSOption>copyOf(errors);
                reply.addRecord(new OPTRecord(Query.UDP_PAYLOAD, rcode >> 4, 0, flags, options), Section.ADDITIONAL);
            }
            return reply;
        }
    }
}
