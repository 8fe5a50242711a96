// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Fetches what a question needs and says how the answer stands: every link of an alias chain and the
/// records, or their denial, each by its own zone. Safe for many threads.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035 §5: authenticating responses
final class Validator {
    private final Fetcher fetcher;
    private final ChainOfTrust chain;

    /// @throws IllegalArgumentException when a trust anchor is not a DS or DNSKEY record
    Validator(Upstream upstream, ValidationOptions options, InstantSource clock) {
        this.fetcher = new Fetcher(upstream);
        this.chain = new ChainOfTrust(fetcher, options, clock);
    }

    /// Takes at most the lookup's time and budget.
    Verdict validate(WireQuestion question, Lookup lookup) {
        try {
            if (question.type() == Type.RRSIG) {
                return signatures(question, fetcher.message(question, lookup));
            }
            RelevantRecords reply = fetcher.records(question, lookup);
            Standing<Name> standing = standing(question, reply, lookup);
            if (standing instanceof Standing.Bogus<Name> && reply.rcode() == Rcode.NXDOMAIN) {
                // Old servers say so of empty non-terminals (RFC 8020 §3.1). No signature covers the code, and what the
                // records prove counts.
                RelevantRecords noData = reply.withRcode(Rcode.NOERROR);
                if (standing(question, noData, lookup) instanceof Standing.Secure<Name> secure) {
                    return verdict(question, noData, secure, lookup);
                }
            }
            return verdict(question, reply, standing, lookup);
        } catch (UnavailableException e) {
            return Verdict.unusable(e.failure());
        } catch (RuntimeException e) {
            // Hostile records break dnsjava's accessors in more ways than it declares.
            return Verdict.unusable(
                    new DnsFailure(Reason.MALFORMED, "validation of " + question + " broke off on unreadable records"));
        }
    }

    /// For a while, what proved broken on the way down is not tried again: to find it out is dear.
    ///
    /// @param faults by zone
    void keepFaults(Map<Name, ValidationReason> faults) {
        chain.keepFaults(faults);
    }

    /// Signatures have no signatures (RFC 4035 §2.2): they are handed on unjudged.
    private static Verdict signatures(WireQuestion question, Message reply) {
        var message = new Message();
        message.getHeader().setFlag(Flags.QR);
        message.getHeader().setRcode(reply.getRcode());
        reply.getSection(Section.ANSWER).stream()
                .filter(record ->
                        record.getType() == Type.RRSIG && record.getName().equals(question.name()))
                .forEach(record -> message.addRecord(record, Section.ANSWER));
        var why = new ValidationReason(Kind.SIGNATURE_MISSING, question.name(), "signatures are not signed themselves");
        return new Verdict.Usable(DnssecStatus.INSECURE, message, Optional.of(why));
    }

    private static Verdict verdict(
            WireQuestion question, RelevantRecords reply, Standing<Name> standing, Lookup lookup) {
        return switch (standing) {
            case Standing.Secure<Name> _ ->
                new Verdict.Usable(DnssecStatus.SECURE, reply.toMessage(question), Optional.empty());
            case Standing.Insecure<Name>(ValidationReason why) ->
                new Verdict.Usable(DnssecStatus.INSECURE, reply.toMessage(question), Optional.of(why));
            case Standing.Unanchored<Name>(ValidationReason why) ->
                new Verdict.Usable(DnssecStatus.INDETERMINATE, reply.toMessage(question), Optional.of(why));
            case Standing.Unknown<Name>(DnsFailure failure) -> Verdict.unusable(failure);
            case Standing.Bogus<Name>(ValidationReason why) -> bogus(question, why, lookup);
        };
    }

    private static Verdict bogus(WireQuestion question, ValidationReason why, Lookup lookup) {
        ValidationReason told = lookup.budget().exceeded()
                ? new ValidationReason(
                        Kind.WORK_BOUND,
                        why.zone(),
                        "validation takes more work than one question may cost; " + why.sentence())
                : why;
        return new Verdict.Unusable(new DnsFailure(Reason.BOGUS, question + ": " + told.sentence()), Optional.of(told));
    }

    /// The worst of all parts: what is bogus or unknown ends the search, what is insecure is remembered.
    private Standing<Name> standing(WireQuestion question, RelevantRecords reply, Lookup lookup) {
        var judge = new RecordJudge(chain, reply, lookup);
        Standing<Name> worst = new Standing.Secure<>(question.name());
        for (RRset set : reply.signedSets()) {
            worst = worse(worst, judge.records(set));
            if (isFinal(worst)) {
                return worst;
            }
        }
        return reply.hasData() ? worst : worse(worst, judge.denial(question.type()));
    }

    private static boolean isFinal(Standing<Name> standing) {
        return standing instanceof Standing.Bogus<Name> || standing instanceof Standing.Unknown<Name>;
    }

    private static Standing<Name> worse(Standing<Name> one, Standing<Name> other) {
        return rank(other) > rank(one) ? other : one;
    }

    private static int rank(Standing<Name> standing) {
        return switch (standing) {
            case Standing.Secure<Name> _ -> 0;
            case Standing.Insecure<Name> _ -> 1;
            case Standing.Unanchored<Name> _ -> 2;
            case Standing.Unknown<Name> _ -> 3;
            case Standing.Bogus<Name> _ -> 4;
        };
    }
}
