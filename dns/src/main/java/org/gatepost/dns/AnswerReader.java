// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.names.DomainName;
import org.xbill.DNS.Message;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;

/// Reads a verdict as the answer that callers see, with the time until which it holds.
///
/// @param now the injected clock's, from which TTLs count
record AnswerReader(Question question, Instant now) {
    private static final Duration LONGEST_FOUND = Duration.ofHours(1);

    private static final Duration LONGEST_DENIED = Duration.ofMinutes(15);

    Answer<RecordData> read(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Unusable unusable -> new Answer.Failed<>(question, unusable.failure());
            case Verdict.Usable usable
            when usable.status() == DnssecStatus.INDETERMINATE -> malformed("no trust anchor stands above " + question);
            case Verdict.Usable usable -> {
                try {
                    yield read(usable);
                } catch (MalformedReplyException e) {
                    yield malformed(e.rule());
                }
            }
        };
    }

    private Answer<RecordData> read(Verdict.Usable usable) throws MalformedReplyException {
        Message message = usable.message();
        AliasChain chain = AliasChain.follow(WireQuestion.of(question), message.getSectionRRsets(Section.ANSWER));
        Optional<List<DomainName>> aliases = aliases(chain);
        if (aliases.isEmpty()) {
            return malformed(question + " has an alias to a name that no mail host can have");
        }
        boolean secure = usable.status() == DnssecStatus.SECURE;
        if (chain.data().isEmpty()) {
            var denial =
                    message.getHeader().getRcode() == Rcode.NXDOMAIN ? Answer.Denial.NAME_ERROR : Answer.Denial.NO_DATA;
            return new Answer.Denied<>(
                    question, usable.status(), denial, aliases.get(), deniedUntil(chain, message, secure));
        }
        List<RecordData> records = chain.data().get().rrs(false).stream()
                .flatMap(r -> RecordConversion.data(r).stream())
                .toList();
        if (records.isEmpty()) {
            return malformed(question + " has only records with names that no mail host can have");
        }
        return new Answer.Found<>(
                question, usable.status(), records, aliases.get(), until(chain.sets(), LONGEST_FOUND, secure));
    }

    private Answer<RecordData> malformed(String detail) {
        return new Answer.Failed<>(question, new DnsFailure(Reason.MALFORMED, detail));
    }

    /// Empty when one of them is not a name that we can hold.
    private Optional<List<DomainName>> aliases(AliasChain chain) {
        var aliases = new ArrayList<DomainName>();
        if (question.type() == RecordType.CNAME) {
            return Optional.of(aliases);
        }
        for (AliasChain.Link link : chain.links()) {
            Optional<DomainName> target = RecordConversion.name(link.target());
            if (target.isEmpty()) {
                return Optional.empty();
            }
            aliases.add(target.get());
        }
        return Optional.of(aliases);
    }

    private Instant deniedUntil(AliasChain chain, Message message, boolean secure) {
        List<RRset> authority = message.getSectionRRsets(Section.AUTHORITY);
        // RFC 2308 §5: the lesser of the SOA's own TTL and its minimum field.
        long minimum = authority.stream()
                .filter(set -> set.first() instanceof SOARecord)
                .mapToLong(set -> ((SOARecord) set.first()).getMinimum())
                .min()
                .orElse(0);
        Instant byProof =
                until(Stream.concat(chain.sets().stream(), authority.stream()).toList(), LONGEST_DENIED, secure);
        Instant byMinimum = now.plusSeconds(minimum);
        return byMinimum.isBefore(byProof) ? byMinimum : byProof;
    }

    private Instant until(List<RRset> sets, Duration longest, boolean secure) {
        long seconds = longest.toSeconds();
        for (RRset set : sets) {
            seconds = Math.min(seconds, set.getTTL());
            if (secure) {
                seconds = Math.min(seconds, signatureSeconds(set));
            }
        }
        return now.plusSeconds(Math.max(0, seconds));
    }

    /// RFC 4035 §5.3.3: no longer than the signed original TTL, nor than the signature holds.
    private long signatureSeconds(RRset set) {
        return set.sigs().stream()
                .filter(signature -> !now.isAfter(signature.getExpire()))
                .mapToLong(signature -> Math.min(signature.getOrigTTL(), left(signature)))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private long left(RRSIGRecord signature) {
        return Duration.between(now, signature.getExpire()).toSeconds();
    }
}
