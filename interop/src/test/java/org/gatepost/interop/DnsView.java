// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.List;
import java.util.Locale;
import org.gatepost.interop.DnsClient.Checking;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// What a validating resolver says to a question, without what may differ between two that are right: times,
/// order, and which of several proofs it sends.
///
/// @param answer the records of the answer but for signatures, sorted; none for what is bogus
record DnsView(Status status, String rcode, List<String> answer) {

    enum Status {
        /// It says AD.
        SECURE,
        INSECURE,
        /// It says SERVFAIL, and with CD it has an answer.
        BOGUS,
        /// It says SERVFAIL, with CD too.
        FAILED
    }

    DnsView {
        answer = List.copyOf(answer);
    }

    static DnsView of(DnsClient client, DnsQuestion question) {
        var reply = client.ask(question, Checking.DONE);
        if (reply.getRcode() == Rcode.SERVFAIL) {
            var unchecked = client.ask(question, Checking.DISABLED);
            var status = unchecked.getRcode() == Rcode.SERVFAIL ? Status.FAILED : Status.BOGUS;
            return new DnsView(status, "SERVFAIL", List.of());
        }
        var status = reply.getHeader().getFlag(Flags.AD) ? Status.SECURE : Status.INSECURE;
        return new DnsView(status, Rcode.string(reply.getRcode()), records(reply));
    }

    DnsView withStatus(Status other) {
        return new DnsView(other, rcode, answer);
    }

    private static List<String> records(Message reply) {
        return reply.getSection(Section.ANSWER).stream()
                .filter(record -> record.getType() != Type.RRSIG)
                .map(DnsView::text)
                .sorted()
                .distinct()
                .toList();
    }

    private static String text(Record record) {
        return record.getName().toString().toLowerCase(Locale.ROOT) + " " + Type.string(record.getType()) + " "
                + record.rdataToString();
    }

    @Override
    public String toString() {
        return status + " " + rcode + " " + answer;
    }
}
