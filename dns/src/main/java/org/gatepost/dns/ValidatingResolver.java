// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.HashMap;
import java.util.Map;
import org.gatepost.dns.DnsFailure.Reason;
import org.gatepost.dns.ValidationReason.Kind;
import org.gatepost.names.DomainName;
import org.xbill.DNS.Name;

/// The resolver that validates DNSSEC itself, from a trust anchor down, over upstream servers that need
/// not be trusted: they only have to pass DNSSEC records on.
///
/// Answers are kept as long as TTLs and signatures allow, at most one hour, denials 15 minutes, failures
/// some seconds. Identical questions at the same time are asked once, hot ones again ahead of their expiry.
///
/// @spec https://www.rfc-editor.org/rfc/rfc4035 RFC 4035: validation
/// @spec https://www.rfc-editor.org/rfc/rfc2308 RFC 2308: negative answers
public final class ValidatingResolver implements Resolver, AutoCloseable {
    private final ResolverOptions options;
    private final Upstreams upstreams;
    private final Upstream source;
    private final Validator validator;
    private final ValidationOptions validation;
    private final VerdictCache cache;
    private volatile boolean closed;

    /// @throws IllegalArgumentException when an upstream is not an IP address or the trust anchor is
    ///     unusable
    public ValidatingResolver(ResolverOptions options) {
        this(options, new Upstreams(options.upstreams(), options.clock()));
    }

    private ValidatingResolver(ResolverOptions options, Upstreams upstreams) {
        this(options, upstreams, ValidationOptions.of(options.anchor()), UpstreamClient.of(options, upstreams));
    }

    /// With another source of messages and other rules of validation; the options' anchor and upstreams
    /// are then used by [#probe] only.
    ValidatingResolver(ResolverOptions options, ValidationOptions validation, Upstream source) {
        this(options, new Upstreams(options.upstreams(), options.clock()), validation, source);
    }

    private ValidatingResolver(
            ResolverOptions options, Upstreams upstreams, ValidationOptions validation, Upstream source) {
        this.options = options;
        this.upstreams = upstreams;
        this.validation = validation;
        this.source = source;
        this.validator = new Validator(source, validation, options.clock());
        this.cache = new VerdictCache(
                options.cacheEntries(), options.clock(), options.totalTimeout(), Thread::startVirtualThread);
    }

    @Override
    public Answer<RecordData.Mx> mx(DomainName name) {
        return answer(name, RecordType.MX);
    }

    @Override
    public Answer<RecordData.Address> a(DomainName name) {
        return answer(name, RecordType.A);
    }

    @Override
    public Answer<RecordData.Address> aaaa(DomainName name) {
        return answer(name, RecordType.AAAA);
    }

    @Override
    public Answer<RecordData.Txt> txt(DomainName name) {
        return answer(name, RecordType.TXT);
    }

    @Override
    public Answer<RecordData.Tlsa> tlsa(DomainName name) {
        return answer(name, RecordType.TLSA);
    }

    @Override
    public Answer<RecordData.Cname> cname(DomainName name) {
        return answer(name, RecordType.CNAME);
    }

    /// Tries every upstream now, past all caches: whether it answers over UDP and TCP and whether the
    /// root's keys validate through it. Takes at most the time one question may take for each of them,
    /// all at once.
    public UpstreamHealth probe() {
        return new UpstreamProbe(options, upstreams).run();
    }

    /// Ends the service: later questions fail at once. Those under way end by themselves, at the latest
    /// after the time in all.
    @Override
    public void close() {
        closed = true;
        source.close();
    }

    /// The question's type decides the kind of data, so the cast holds.
    @SuppressWarnings("unchecked")
    private <R extends RecordData> Answer<R> answer(DomainName name, RecordType type) {
        var question = new Question(name, type);
        if (closed) {
            return new Answer.Failed<>(question, new DnsFailure(Reason.UNREACHABLE, "the resolver is closed"));
        }
        return (Answer<R>) cache.answer(question, this::lookUp);
    }

    private Answer<RecordData> lookUp(Question question) {
        return new AnswerReader(question, options.clock().instant()).read(verdict(WireQuestion.of(question)));
    }

    /// How the memory of answers has fared.
    public CacheStatistics statistics() {
        return cache.statistics();
    }

    /// The verdict on any question of class IN, past the cache of verdicts.
    Verdict verdict(WireQuestion question) {
        var deadline = Deadline.in(options.totalTimeout());
        var first = Lookup.first(deadline, validation.work());
        Verdict verdict = validator.validate(question, first);
        if (!(verdict instanceof Verdict.Unusable bogus)
                || bogus.failure().reason() != Reason.BOGUS
                || first.metKnownFault()) {
            return verdict;
        }
        boolean mayComeOutOtherwise = upstreams.count() > 1
                || first.reliedOnCache()
                || !first.faults().isEmpty();
        if (!mayComeOutOtherwise) {
            return settled(question, bogus, first, Map.of());
        }
        // One upstream that drops or mangles signatures must not spoil what another one delivers intact, nor a key
        // kept here what its zone has replaced, nor one bad reply all that lies below.
        Lookup second = first.again(validation.work());
        Verdict other = validator.validate(question, second);
        if (other instanceof Verdict.Usable) {
            first.used().stream().filter(u -> !second.used().contains(u)).forEach(upstreams::failed);
            return other;
        }
        // What only one of the two found broken may be the doing of one upstream, or of the other.
        var faults = new HashMap<>(first.faults());
        faults.keySet().retainAll(second.faults().keySet());
        return settled(question, bogus, first, faults);
    }

    /// A bogus verdict that stands: what is broken is remembered, and an upstream that vouched for it all alone is
    /// noted.
    private Verdict settled(
            WireQuestion question, Verdict.Unusable bogus, Lookup lookup, Map<Name, ValidationReason> faults) {
        validator.keepFaults(faults);
        boolean isOurBound =
                bogus.why().filter(why -> why.kind() == Kind.WORK_BOUND).isPresent();
        if (lookup.used().size() == 1 && !isOurBound) {
            lookup.voucher(question)
                    .ifPresent(voucher ->
                            upstreams.disagrees(voucher, bogus.failure().detail()));
        }
        return bogus;
    }
}
