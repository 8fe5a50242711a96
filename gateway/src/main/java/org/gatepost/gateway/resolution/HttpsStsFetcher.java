// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.gatepost.dns.Answer;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.config.GatewayConfig.StsFetch;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.ParsedStsPolicy;
import org.gatepost.policy.PrintableText;
import org.gatepost.policy.StsPolicyParser;
import org.gatepost.tls.HandshakeException;
import org.gatepost.tls.HandshakeFacts;
import org.gatepost.tls.PathVerdict;
import org.gatepost.tls.ReferenceNames;
import org.gatepost.tls.TlsChannel;
import org.gatepost.tls.TlsClient;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.ResultType;

/// Fetches policies by HTTPS over our own resolver's addresses and our own TLS channel.
///
/// The policy host proves its name by WebPKI, redirects are not followed, and addresses that only this machine or
/// its network can reach are refused unless the operator allows them: a stranger chooses the domain (RFC 8461
/// §3.3).
///
/// @spec https://www.rfc-editor.org/rfc/rfc8461 RFC 8461 §3.3
public final class HttpsStsFetcher implements StsFetcher {
    private static final int MAX_ADDRESSES = 4;

    /// At once; what asks for more waits.
    static final int MAX_FETCHES = 512;

    private final Resolver resolver;
    private final TlsClient tls;
    private final TrustStore trust;
    private final StsFetch options;
    private final InstantSource clock;
    private final Semaphore permits = new Semaphore(MAX_FETCHES);

    public HttpsStsFetcher(Resolver resolver, TlsClient tls, TrustStore trust, StsFetch options, InstantSource clock) {
        this.resolver = resolver;
        this.tls = tls;
        this.trust = trust;
        this.options = options;
        this.clock = clock;
    }

    @Override
    public Fetched fetch(DomainName policyDomain) {
        DomainName policyHost;
        try {
            policyHost = policyDomain.child("mta-sts");
        } catch (NameSyntaxException e) {
            return new Fetched.Failed(ResultType.STS_POLICY_FETCH_ERROR, "the name is too long for a policy host");
        }
        permits.acquireUninterruptibly();
        try {
            return fetchFrom(policyHost);
        } catch (FetchFailure failure) {
            return new Fetched.Failed(failure.resultType, policyHost + ": " + failure.detail);
        } finally {
            permits.release();
        }
    }

    private Fetched fetchFrom(DomainName policyHost) throws FetchFailure {
        long deadline = System.nanoTime() + options.timeout().toNanos();
        FetchFailure last = new FetchFailure(ResultType.STS_POLICY_FETCH_ERROR, "no address");
        List<InetAddress> addresses = addresses(policyHost);
        for (int i = 0; i < addresses.size(); i++) {
            // A dead address must leave time for those after it.
            long share = System.nanoTime() + remaining(deadline).toNanos() / (addresses.size() - i);
            try {
                byte[] body = get(policyHost, addresses.get(i), share);
                return switch (StsPolicyParser.parse(body)) {
                    case ParsedStsPolicy.Accepted parsed ->
                        new Fetched.Policy(parsed.policy(), new String(body, StandardCharsets.UTF_8));
                    case ParsedStsPolicy.Rejected rejected ->
                        new Fetched.Failed(ResultType.STS_POLICY_INVALID, policyHost + ": " + rejected);
                };
            } catch (FetchFailure failure) {
                last = failure;
            }
        }
        throw last;
    }

    private List<InetAddress> addresses(DomainName policyHost) throws FetchFailure {
        String trouble = "has no address";
        List<List<InetAddress>> families = new ArrayList<>();
        for (Answer<RecordData.Address> answer : List.of(resolver.a(policyHost), resolver.aaaa(policyHost))) {
            switch (answer) {
                case Answer.Found<RecordData.Address> found ->
                    families.add(found.records().stream()
                            .map(RecordData.Address::address)
                            .toList());
                case Answer.Denied<RecordData.Address> _ -> {}
                case Answer.Failed<RecordData.Address> failed ->
                    trouble = failed.failure().detail();
            }
        }
        List<InetAddress> usable = usable(families);
        if (usable.isEmpty()) {
            throw new FetchFailure(
                    ResultType.STS_POLICY_FETCH_ERROR,
                    families.isEmpty() ? trouble : "has only addresses of private or special use");
        }
        return usable;
    }

    /// Those that may be connected to, of both families in turn, so that one broken family leaves room for the other.
    List<InetAddress> usable(List<List<InetAddress>> families) {
        int longest = families.stream().mapToInt(List::size).max().orElse(0);
        return IntStream.range(0, longest)
                .boxed()
                .flatMap(i ->
                        families.stream().filter(family -> i < family.size()).map(family -> family.get(i)))
                .filter(address -> options.privateAddresses() || !SpecialAddresses.isSpecial(address))
                .limit(MAX_ADDRESSES)
                .toList();
    }

    private byte[] get(DomainName policyHost, InetAddress address, long deadline) throws FetchFailure {
        String place = "[" + address.getHostAddress() + "]:" + options.port() + ": ";
        try (Socket socket = new Socket();
                SocketGuard guard = SocketGuard.of(socket)) {
            guard.allow(remaining(deadline));
            socket.connect(new InetSocketAddress(address, options.port()), (int)
                    Math.max(1, remaining(deadline).toMillis()));
            try (TlsChannel channel = tls.handshake(socket, policyHost, remaining(deadline))) {
                requireTrusted(policyHost, channel.facts());
                return new PolicyHttpGet(channel.input(), channel.output()).get(policyHost);
            }
        } catch (HandshakeException e) {
            throw new FetchFailure(resultType(e.kind()), place + e.getMessage());
        } catch (PolicyHttpGet.BadResponse e) {
            throw new FetchFailure(ResultType.STS_POLICY_FETCH_ERROR, place + e.getMessage());
        } catch (IOException e) {
            boolean late = remaining(deadline).toMillis() <= 1;
            throw new FetchFailure(
                    ResultType.STS_POLICY_FETCH_ERROR,
                    place + (late ? "took too long" : "cannot be reached or closed the connection"));
        }
    }

    /// A connection that ends or takes too long says nothing of certificates (RFC 8460 §4.3.2.2).
    private static ResultType resultType(HandshakeException.Kind kind) {
        return switch (kind) {
            case CLOSED, TIMED_OUT -> ResultType.STS_POLICY_FETCH_ERROR;
            case VERSION_TOO_OLD, REFUSED_BY_PEER, PROTOCOL_VIOLATION -> ResultType.STS_WEBPKI_INVALID;
        };
    }

    private void requireTrusted(DomainName policyHost, HandshakeFacts facts) throws FetchFailure {
        if (trust.validate(facts.chain(), clock.instant()) instanceof PathVerdict.Invalid invalid) {
            throw new FetchFailure(ResultType.STS_WEBPKI_INVALID, "certificate: " + invalid.detail());
        }
        List<String> names = ReferenceNames.presentedNames(facts.leaf());
        if (names.stream().noneMatch(name -> ReferenceNames.matches(name, policyHost))) {
            throw new FetchFailure(
                    ResultType.STS_WEBPKI_INVALID,
                    "the certificate names " + PrintableText.line(names.toString(), 200) + ", not the policy host");
        }
    }

    private static Duration remaining(long deadline) {
        return Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
    }

    private static final class FetchFailure extends Exception {
        private static final long serialVersionUID = 1L;
        private final ResultType resultType;
        private final String detail;

        FetchFailure(ResultType resultType, String detail) {
            super(detail);
            this.resultType = resultType;
            this.detail = detail;
        }
    }
}
