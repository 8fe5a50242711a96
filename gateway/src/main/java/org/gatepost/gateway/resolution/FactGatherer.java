// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

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
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.names.DomainName;
import org.gatepost.policy.DaneEligibility;
import org.gatepost.policy.DestinationFacts;
import org.gatepost.policy.HostFacts;
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

    /// What the operator has switched on, and the port that TLSA records are named by.
    public record GatherOptions(boolean dane, int port) {}

    /// Gathers the facts; blocks until all answers or their time-outs are there.
    ///
    /// @param retries how many attempts the message has behind it; decides whether the grace of an unknown policy
    ///     is over
    public DestinationFacts gather(DomainName nextHop, int retries) {
        CompletableFuture<StsFacts> sts = async(() -> stsPolicies.lookUp(nextHop, retries));
        Answer<RecordData.Mx> mx = resolver.mx(nextHop);
        List<CompletableFuture<HostFacts>> hosts = exchanges(nextHop, mx).stream()
                .map(exchange -> async(() -> host(exchange)))
                .toList();
        return new DestinationFacts(
                nextHop, mx, hosts.stream().map(FactGatherer::result).toList(), result(sts), options.dane());
    }

    /// The facts of a delivery that no policy binds: neither TLSA records nor MTA-STS policies are asked for.
    public DestinationFacts gatherWithoutPolicies(DomainName nextHop) {
        Answer<RecordData.Mx> mx = resolver.mx(nextHop);
        List<CompletableFuture<HostFacts>> hosts = exchanges(nextHop, mx).stream()
                .map(exchange -> async(() -> addresses(exchange)))
                .toList();
        return new DestinationFacts(
                nextHop, mx, hosts.stream().map(FactGatherer::result).toList(), new StsFacts.SwitchedOff(), false);
    }

    /// The same facts with another policy, as after a policy was fetched anew.
    public DestinationFacts withFreshPolicy(DestinationFacts facts) {
        return new DestinationFacts(
                facts.nextHop(), facts.mx(), facts.hosts(), stsPolicies.refresh(facts.nextHop()), facts.daneOn());
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

    private HostFacts host(RecordData.Mx mx) {
        HostFacts facts = addresses(mx);
        return options.dane() ? withTlsa(facts) : facts;
    }

    private HostFacts addresses(RecordData.Mx mx) {
        DomainName name = mx.exchange();
        CompletableFuture<Answer<RecordData.Address>> v6 = async(() -> resolver.aaaa(name));
        Answer<RecordData.Address> a = resolver.a(name);
        Answer<RecordData.Address> aaaa = result(v6);
        return new HostFacts(name, mx.preference(), a, aaaa, Optional.empty(), List.of());
    }

    private HostFacts withTlsa(HostFacts host) {
        return switch (DaneEligibility.judge(host.name(), host.a(), host.aaaa(), host.alias())) {
            case DaneEligibility.Eligibility.AskAlias ask ->
                withTlsa(new HostFacts(
                        host.name(),
                        host.preference(),
                        host.a(),
                        host.aaaa(),
                        Optional.of(resolver.cname(ask.host())),
                        List.of()));
            case DaneEligibility.Eligibility.Ask ask ->
                new HostFacts(
                        host.name(), host.preference(), host.a(), host.aaaa(), host.alias(), tlsaAnswers(ask.bases()));
            case DaneEligibility.Eligibility.NoDane _ -> host;
            case DaneEligibility.Eligibility.Unusable _ -> host;
        };
    }

    private List<Answer<RecordData.Tlsa>> tlsaAnswers(List<DomainName> bases) {
        List<Answer<RecordData.Tlsa>> answers = new ArrayList<>();
        Optional<DomainName> next = DaneEligibility.nextBase(bases, answers);
        while (next.isPresent()) {
            answers.add(resolver.tlsa(
                    DaneEligibility.tlsaName(next.get(), options.port()).orElseThrow()));
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
