// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.gatepost.dns.UpstreamHealth.Finding;
import org.gatepost.dns.UpstreamHealth.Upstream;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Finds out whether validation can work through each upstream, with the very code that validates answers.
///
/// @param known what their answers showed since the start
record UpstreamProbe(ResolverOptions options, Upstreams known) {
    private static final WireQuestion ROOT_KEYS = new WireQuestion(Name.root, Type.DNSKEY);

    UpstreamHealth run() {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Upstream>> probes = options.upstreams().stream()
                    .<Callable<Upstream>>map(server -> () -> probe(server))
                    .toList();
            return new UpstreamHealth(
                    threads.invokeAll(probes).stream().map(Future::resultNow).toList());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new UpstreamHealth(options.upstreams().stream()
                    .map(server -> found(server, Finding.SILENT, "the probe was interrupted"))
                    .toList());
        }
    }

    private Upstream probe(InetSocketAddress server) {
        try (var connections = new TcpConnections()) {
            return probe(server, connections);
        }
    }

    private Upstream probe(InetSocketAddress server, TcpConnections connections) {
        return switch (exchange(server, options.totalTimeout(), connections).ask()) {
            case Reply.Missing missing -> missing(server, missing.failure());
            case Reply.Received received
            when !isSigned(received.message()) ->
                found(
                        server,
                        Finding.STRIPS_SIGNATURES,
                        "answers without DNSSEC signatures: every signed domain will look bogus");
            case Reply.Received _ -> validate(server, connections);
        };
    }

    private Upstream validate(InetSocketAddress server, TcpConnections connections) {
        var client = new UpstreamClient(new Upstreams(List.of(server), options.clock()), options.tryTimeout());
        var validator = new Validator(client, ValidationOptions.of(options.anchor()), options.clock());
        Verdict verdict =
                validator.validate(ROOT_KEYS, Lookup.first(Deadline.in(options.totalTimeout()), WorkLimits.STANDARD));
        return switch (verdict) {
            case Verdict.Unusable(DnsFailure failure, var _)
            when failure.reason() == DnsFailure.Reason.BOGUS ->
                found(
                        server,
                        Finding.UNTRUSTED_KEYS,
                        "the root's keys do not validate; check trust anchor and clock: " + failure.detail());
            case Verdict.Unusable(DnsFailure failure, var _) -> missing(server, failure);
            case Verdict.Usable usable
            when usable.status() != DnssecStatus.SECURE ->
                found(server, Finding.UNTRUSTED_KEYS, "the root's keys are not covered by the trust anchor");
            case Verdict.Usable _ -> tryTcp(server, connections);
        };
    }

    private Upstream tryTcp(InetSocketAddress server, TcpConnections connections) {
        return switch (exchange(server, options.tryTimeout(), connections).askOverTcp()) {
            case Reply.Received _ ->
                known.disagreement(server)
                        .map(detail -> found(
                                server,
                                Finding.DISAGREES,
                                "set AD on an answer that does not validate here; it vouches for forged data, or clock or"
                                        + " trust anchor are wrong here: " + detail))
                        .orElseGet(() -> found(
                                server, Finding.HEALTHY, "answers over UDP and TCP, and the root's keys validate"));
            case Reply.Missing missing ->
                found(
                        server,
                        Finding.NO_TCP,
                        "does not answer over TCP, long answers will fail: "
                                + missing.failure().detail());
        };
    }

    private Exchange exchange(InetSocketAddress server, Duration time, TcpConnections connections) {
        var query = Query.of(ROOT_KEYS, new SecureRandom(), false);
        return new Exchange(server, query, connections, Deadline.in(time).orIn(options.tryTimeout()));
    }

    private static boolean isSigned(Message message) {
        return message.getSectionRRsets(Section.ANSWER).stream()
                .anyMatch(set -> set.getType() == Type.DNSKEY && !set.sigs().isEmpty());
    }

    private static Upstream missing(InetSocketAddress server, DnsFailure failure) {
        boolean answers = switch (failure.reason()) {
            case SERVER_FAILURE, REFUSED -> true;
            case TIMED_OUT, UNREACHABLE, MALFORMED, BOGUS -> false;
        };
        return found(server, answers ? Finding.REFUSES : Finding.SILENT, failure.detail());
    }

    private static Upstream found(InetSocketAddress server, Finding finding, String explanation) {
        return new Upstream(server, finding, Upstreams.text(server) + ": " + explanation);
    }
}
