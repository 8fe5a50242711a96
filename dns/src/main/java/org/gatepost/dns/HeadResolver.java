// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.gatepost.dns.DnsFailure.Reason;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;

/// Where dnsjava's validator gets its messages from: our own transport, each reply cut down to its
/// relevant records.
///
/// Only replies NOERROR and NXDOMAIN pass. Everything else is noted in the [Lookup] and fails the fetch,
/// so that a failure the validator reports afterwards is always of its own finding.
final class HeadResolver implements Resolver {
    private final Upstream client;

    HeadResolver(Upstream client) {
        this.client = client;
    }

    /// @param lookup the [Lookup] that this question serves
    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor lookup) {
        if (!(lookup instanceof Lookup known)) {
            throw new IllegalArgumentException("fetches are made for a Lookup only");
        }
        Record asked = query.getQuestion();
        var question = new WireQuestion(asked.getName(), asked.getType());
        return CompletableFuture.supplyAsync(() -> fetch(question, known), known);
    }

    private Message fetch(WireQuestion question, Lookup lookup) {
        try {
            RelevantRecords records = askFor(question, lookup);
            Message message = followed(question, records, lookup).toMessage(question);
            lookup.learned(question.toString(), message);
            return message;
        } catch (MalformedReplyException e) {
            lookup.failed(new DnsFailure(Reason.MALFORMED, e.rule()));
            throw new FetchFailedException();
        } catch (FetchFailedException e) {
            throw e;
        } catch (RuntimeException e) {
            // Hostile records break dnsjava's accessors in more ways than it declares.
            lookup.failed(new DnsFailure(Reason.MALFORMED, "the reply to " + question + " cannot be read"));
            throw new FetchFailedException();
        }
    }

    private RelevantRecords askFor(WireQuestion question, Lookup lookup) throws MalformedReplyException {
        return switch (client.ask(question, lookup)) {
            case Reply.Received received -> RelevantRecords.of(question, received.message());
            case Reply.Missing missing -> {
                lookup.failed(missing.failure());
                throw new FetchFailedException();
            }
        };
    }

    /// Goes on from an alias whose target the upstream did not look up; most do it themselves.
    private RelevantRecords followed(WireQuestion question, RelevantRecords first, Lookup lookup)
            throws MalformedReplyException {
        RelevantRecords all = first;
        while (mayBeAliased(question.type()) && all.stopsAtAlias()) {
            int before = all.chain().links().size();
            var next = new WireQuestion(all.chain().end(), question.type());
            all = all.continuedBy(question, askFor(next, lookup));
            if (all.chain().links().size() == before) {
                break;
            }
        }
        return all;
    }

    private static boolean mayBeAliased(int type) {
        return type != Type.DS && type != Type.DNSKEY && type != Type.CNAME;
    }

    /// Ends the validator's work; why is noted in the lookup.
    private static final class FetchFailedException extends RuntimeException {
        FetchFailedException() {
            super("fetch failed", null, false, false);
        }
    }

    // The rest of dnsjava's interface sets options of a transport; ours has none that dnsjava may change.

    @Override
    public void setPort(int port) {}

    @Override
    public void setTCP(boolean flag) {}

    @Override
    public void setIgnoreTruncation(boolean flag) {}

    @Override
    public void setEDNS(int version, int payloadSize, int flags, List<EDNSOption> options) {}

    @Override
    public void setTSIGKey(TSIG key) {}

    @Override
    public void setTimeout(Duration timeout) {}
}
