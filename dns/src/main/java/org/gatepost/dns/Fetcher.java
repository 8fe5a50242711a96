// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import org.gatepost.dns.DnsFailure.Reason;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/// Gets replies for the validator, within the question's budget, and joins alias chains that upstreams cut
/// short.
record Fetcher(Upstream upstream) {
    /// The reply to one question as it came.
    Message message(WireQuestion question, Lookup lookup) throws UnavailableException {
        if (!lookup.budget().spendQuestion()) {
            throw malformed("more DNS questions than allowed are needed, stopped at " + question);
        }
        return switch (upstream.ask(question, lookup)) {
            case Reply.Received received -> received.message();
            case Reply.Missing missing -> throw new UnavailableException(missing.failure());
        };
    }

    /// The record sets of the reply to one question.
    Sections sections(WireQuestion question, Lookup lookup) throws UnavailableException {
        Message reply = message(question, lookup);
        try {
            return Sections.of(question, reply);
        } catch (MalformedReplyException e) {
            throw malformed(e.rule());
        } catch (RuntimeException e) {
            // Hostile records break dnsjava's accessors in more ways than it declares.
            throw malformed("the reply to " + question + " cannot be read");
        }
    }

    /// The reply to one question, asking on from an alias whose target it leaves out; most upstreams look it
    /// up themselves.
    RelevantRecords records(WireQuestion question, Lookup lookup) throws UnavailableException {
        try {
            RelevantRecords all = RelevantRecords.of(question, sections(question, lookup));
            while (mayBeAliased(question.type()) && all.stopsAtAlias()) {
                int before = all.chain().links().size();
                var next = new WireQuestion(all.chain().end(), question.type());
                all = all.continuedBy(question, RelevantRecords.of(next, sections(next, lookup)));
                if (all.chain().links().size() == before) {
                    break;
                }
            }
            return all;
        } catch (MalformedReplyException e) {
            throw malformed(e.rule());
        }
    }

    private static boolean mayBeAliased(int type) {
        return type != Type.DS && type != Type.DNSKEY && type != Type.CNAME && type != Type.ANY;
    }

    private static UnavailableException malformed(String detail) {
        return new UnavailableException(new DnsFailure(Reason.MALFORMED, detail));
    }
}
