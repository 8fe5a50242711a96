// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.dns.Resolver;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DaneEligibility;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostFacts;
import org.gatepost.policy.MechanismUse;
import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.StsFacts;

/// Asks DNS and the policy hosts everything that the decision for a next-hop domain needs, in the order that RFC
/// 7672 §2.2 prescribes and as much of it at once as that order allows. Safe for use by many threads.
public final class FactGatherer {
    /// More MX hosts than this are not looked at: nobody needs them, and each costs lookups.
    static final int MAX_HOSTS = 20;

    private final Resolver resolver;
    private final StsPolicies stsPolicies;
    private final GatherOptions options;
    private final RandomGenerator random;

    /// @param random orders MX hosts of equal preference (RFC 5321 §5.1)
    public FactGatherer(Resolver resolver, StsPolicies stsPolicies, GatherOptions options, RandomGenerator random) {
        this.resolver = resolver;
        this.stsPolicies = stsPolicies;
        this.options = options;
        this.random = random;
    }

    /// What the operator has switched on where no connector says otherwise, and the port that TLSA records are
    /// named by where the next hop has none of its own.
    public record GatherOptions(boolean dane, int port) {}

    /// Gathers the facts of a recipient domain that no connector matches.
    public DestinationFacts gather(DomainName nextHop, int retries) {
        MechanismUse dane = options.dane() ? MechanismUse.OPPORTUNISTIC : MechanismUse.NONE;
        return gather(
                NextHop.recipientDomain(nextHop, OperatorDemand.usual(dane, MechanismUse.OPPORTUNISTIC)), retries);
    }

    /// Gathers the facts; blocks until all answers or their time-outs are there. What the operator switched off
    /// for the next hop is not asked for.
    ///
    /// @param retries how many attempts the message has behind it; decides whether the grace of an unknown policy
    ///     is over
    public DestinationFacts gather(NextHop hop, int retries) {
        CompletableFuture<StsFacts> sts = hop.demand().mtaSts() == MechanismUse.NONE
                ? CompletableFuture.completedFuture(new StsFacts.SwitchedOff())
                : async(() -> stsPolicies.lookUp(hop.name(), retries));
        Answer<RecordData.Mx> mx = mx(hop);
        List<CompletableFuture<HostFacts>> hosts = exchanges(hop.name(), mx).stream()
                .map(exchange -> async(() -> host(exchange, hop)))
                .toList();
        return new DestinationFacts(
                hop, mx, hosts.stream().map(FactGatherer::result).toList(), result(sts));
    }

    private Answer<RecordData.Mx> mx(NextHop hop) {
        return switch (hop.kind()) {
            case RECIPIENT_DOMAIN, SMART_HOST_DOMAIN -> resolver.mx(hop.name());
            case SMART_HOST ->
                new Answer.Found<>(
                        new Question(hop.name(), RecordType.MX),
                        DnssecStatus.SECURE,
                        List.of(new RecordData.Mx(0, hop.name())),
                        List.of(),
                        Instant.MAX);
        };
    }

    /// The same facts with another policy, as after a policy was fetched anew.
    public DestinationFacts withFreshPolicy(DestinationFacts facts) {
        return new DestinationFacts(facts.hop(), facts.mx(), facts.hosts(), stsPolicies.refresh(facts.nextHop()));
    }

    private List<RecordData.Mx> exchanges(DomainName nextHop, Answer<RecordData.Mx> mx) {
        return switch (mx) {
            case Answer.Failed<RecordData.Mx> failed -> List.of();
            case Answer.Denied<RecordData.Mx> denied ->
                denied.denial() == Answer.Denial.NO_DATA
                        ? List.of(new RecordData.Mx(0, nextHop)) // the implicit MX of RFC 5321 §5.1
                        : List.of();
            case Answer.Found<RecordData.Mx> found -> byPreference(found.records());
        };
    }

    private List<RecordData.Mx> byPreference(List<RecordData.Mx> records) {
        List<RecordData.Mx> sorted = new ArrayList<>(
                records.stream().filter(mx -> !mx.exchange().isRoot()).toList());
        Collections.shuffle(sorted, java.util.Random.from(random));
        sorted.sort(Comparator.comparingInt(RecordData.Mx::preference));
        return sorted.stream().limit(MAX_HOSTS).toList();
    }

    private HostFacts host(RecordData.Mx mx, NextHop hop) {
        HostFacts facts = addresses(mx);
        return hop.demand().dane() == MechanismUse.NONE
                ? facts
                : withTlsa(facts, hop.port().orElse(options.port()));
    }

    private HostFacts addresses(RecordData.Mx mx) {
        DomainName name = mx.exchange();
        CompletableFuture<Answer<RecordData.Address>> v6 = async(() -> resolver.aaaa(name));
        Answer<RecordData.Address> a = resolver.a(name);
        Answer<RecordData.Address> aaaa = result(v6);
        return new HostFacts(name, mx.preference(), a, aaaa, Optional.empty(), List.of());
    }

    private HostFacts withTlsa(HostFacts host, int port) {
        return switch (DaneEligibility.judge(host.name(), host.a(), host.aaaa(), host.alias())) {
            case DaneEligibility.Eligibility.AskAlias ask ->
                withTlsa(
                        new HostFacts(
                                host.name(),
                                host.preference(),
                                host.a(),
                                host.aaaa(),
                                Optional.of(resolver.cname(ask.host())),
                                List.of()),
                        port);
            case DaneEligibility.Eligibility.Ask ask ->
                new HostFacts(
                        host.name(),
                        host.preference(),
                        host.a(),
                        host.aaaa(),
                        host.alias(),
                        tlsaAnswers(ask.bases(), port));
            case DaneEligibility.Eligibility.NoDane _ -> host;
            case DaneEligibility.Eligibility.Unusable _ -> host;
        };
    }

    private List<Answer<RecordData.Tlsa>> tlsaAnswers(List<DomainName> bases, int port) {
        List<Answer<RecordData.Tlsa>> answers = new ArrayList<>();
        Optional<DomainName> next = DaneEligibility.nextBase(bases, answers);
        while (next.isPresent()) {
            answers.add(resolver.tlsa(DaneEligibility.tlsaName(next.get(), port).orElseThrow()));
            next = DaneEligibility.nextBase(bases, answers);
        }
        return answers;
    }

    private static <T> CompletableFuture<T> async(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, VIRTUAL);
    }

    /// What failed in another thread fails here as it is, so that a fault of the spool is known for one.
    private static <T> T result(CompletableFuture<T> work) {
        try {
            return work.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static final Executor VIRTUAL =
            task -> Thread.ofVirtual().name("gather").start(task);
}
