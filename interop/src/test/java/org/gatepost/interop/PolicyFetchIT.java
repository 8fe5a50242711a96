// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.dns.Resolver;
import org.gatepost.gateway.config.GatewayConfig.StsFetch;
import org.gatepost.gateway.resolution.HttpsStsFetcher;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.names.DomainName;
import org.gatepost.tls.JsseTlsClient;
import org.gatepost.tls.TrustStore;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Gatepost's fetcher against nginx, with good and bad certificates and answers, all behind one address and told apart
/// by SNI (spec S2, RFC 8461 §3.3).
@NeedsPeers
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyFetchIT {
    private static final String ADDRESS = "127.44.0.2";
    private static final String POLICY = "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n";
    private static final String AS_STREAM = "ssi on; ssi_types text/plain; ";

    private final List<NginxPolicyHost.Site> sites = new ArrayList<>();
    private Optional<NginxPolicyHost> nginx = Optional.empty();
    private TrustStore trust = TrustStore.of(List.of());

    /// @param failure empty when the policy must come
    /// @param detail what the reason says
    record Expectation(String domain, Optional<ResultType> failure, String detail) {
        @Override
        public String toString() {
            return domain;
        }
    }

    static List<Expectation> expectations() {
        return List.of(
                invalid("expired.test", "expired"),
                fetched("good.test"),
                fetched("wildcard.test"),
                fetched("xn--fuball-cta.test"),
                fetched("charset.test"),
                fetched("compresses-when-asked.test"),
                fetched("chunked.test"),
                fetched("ended-by-close.test"),
                fetched("largest.test"),
                invalid("other-name.test", "not the policy host"),
                invalid("self-signed.test", "self-signed"),
                failed("redirect.test", "301; redirects are not followed"),
                failed("missing.test", "404"),
                failed("html.test", "'text/html'"),
                failed("untyped.test", "''"),
                failed("compressed.test", "'gzip' was not asked for"),
                failed("too-large.test", "larger than 64 KiB"),
                failed("too-large-chunked.test", "larger than 64 KiB"),
                failed("slow.test", "took too long"),
                new Expectation("spoiled.test", Optional.of(ResultType.STS_POLICY_INVALID), "line 2"));
    }

    private static Expectation fetched(String domain) {
        return new Expectation(domain, Optional.empty(), "");
    }

    private static Expectation invalid(String domain, String detail) {
        return new Expectation(domain, Optional.of(ResultType.STS_WEBPKI_INVALID), detail);
    }

    private static Expectation failed(String domain, String detail) {
        return new Expectation(domain, Optional.of(ResultType.STS_POLICY_FETCH_ERROR), detail);
    }

    @BeforeAll
    void serve() {
        var scratch = Scratch.create("policy-fetch");
        var authority = LabCertificates.create(scratch.subfolder("certificates"), Instant.now());
        trust = TrustStore.fromBundle(authority.authority().chain());
        // The first one answers who sends no name or an unknown one.
        add("expired.test", POLICY, authority.expired("mta-sts.expired.test"), "");
        add("other-name.test", POLICY, authority.trusted("mta-sts.elsewhere.test", "other-name.test"), "");
        add("self-signed.test", POLICY, authority.selfSigned("mta-sts.self-signed.test"), "");
        add("wildcard.test", POLICY, authority.trusted("*.wildcard.test"), "");
        addTrusted(authority, "good.test", POLICY, "");
        addTrusted(authority, "xn--fuball-cta.test", POLICY, "");
        addTrusted(authority, "charset.test", POLICY, "charset utf-8;");
        addTrusted(
                authority,
                "compresses-when-asked.test",
                POLICY,
                "gzip on; gzip_min_length 1; gzip_http_version 1.0; gzip_types text/plain;");
        addTrusted(authority, "chunked.test", POLICY, AS_STREAM);
        addTrusted(authority, "ended-by-close.test", POLICY, AS_STREAM + "chunked_transfer_encoding off;");
        addTrusted(authority, "largest.test", padded(65_536), AS_STREAM);
        addTrusted(authority, "redirect.test", POLICY, "return 301 https://mta-sts.good.test$request_uri;");
        addTrusted(authority, "missing.test", POLICY, "location /.well-known/ { return 404; }");
        addTrusted(authority, "html.test", POLICY, "default_type text/html;");
        addTrusted(authority, "untyped.test", POLICY, "default_type '';");
        addTrusted(authority, "compressed.test", POLICY, "add_header Content-Encoding gzip;");
        addTrusted(authority, "too-large.test", padded(65_537), "");
        addTrusted(authority, "too-large-chunked.test", padded(65_537), AS_STREAM);
        addTrusted(authority, "slow.test", padded(65_000), "limit_rate 100;");
        addTrusted(authority, "spoiled.test", "version: STSv1\nmode enforce\n", "");
        nginx = Optional.of(NginxPolicyHost.start(scratch.subfolder("nginx"), ADDRESS, sites));
    }

    private static String padded(int octets) {
        String line = "x: " + "y".repeat(60) + "\n";
        String rows = POLICY + line.repeat((octets - POLICY.length() - 4) / line.length());
        return rows + "x: " + "z".repeat(octets - rows.length() - 3);
    }

    private void addTrusted(LabCertificates authority, String domain, String policy, String directives) {
        add(domain, policy, authority.trusted("mta-sts." + domain), directives);
    }

    private void add(String domain, String policy, ServerIdentity identity, String directives) {
        sites.add(new NginxPolicyHost.Site(domain, policy, identity, directives));
    }

    @AfterAll
    void stop() {
        nginx.ifPresent(NginxPolicyHost::close);
    }

    @ParameterizedTest
    @MethodSource("expectations")
    void everySiteIsJudgedByItsCertificateAndItsAnswer(Expectation expected) {
        var slow = expected.domain().equals("slow.test");
        var fetcher = new HttpsStsFetcher(
                new OneAddress(InetAddress.ofLiteral(ADDRESS)),
                new JsseTlsClient(),
                trust,
                new StsFetch(443, true, slow ? Duration.ofSeconds(2) : Duration.ofSeconds(30), 2, 20),
                InstantSource.system());

        switch (fetcher.fetch(DomainName.parse(expected.domain()))) {
            case Fetched.Policy policy -> {
                assertThat(expected.failure()).as("%s", policy).isEmpty();
                assertThat(policy.text()).startsWith(POLICY);
            }
            case Fetched.Failed failed -> {
                assertThat(expected.failure()).as("%s", failed).contains(failed.resultType());
                assertThat(failed.detail()).contains(expected.detail());
            }
        }
    }

    /// Every host is at one address.
    private record OneAddress(InetAddress address) implements Resolver {
        @Override
        public Answer<RecordData.Address> a(DomainName name) {
            return new Answer.Found<>(
                    new Question(name, RecordType.A),
                    DnssecStatus.INSECURE,
                    List.of(new RecordData.Address(address)),
                    List.of(),
                    Instant.MAX);
        }

        @Override
        public Answer<RecordData.Address> aaaa(DomainName name) {
            return denied(name, RecordType.AAAA);
        }

        @Override
        public Answer<RecordData.Mx> mx(DomainName name) {
            return denied(name, RecordType.MX);
        }

        @Override
        public Answer<RecordData.Txt> txt(DomainName name) {
            return denied(name, RecordType.TXT);
        }

        @Override
        public Answer<RecordData.Tlsa> tlsa(DomainName name) {
            return denied(name, RecordType.TLSA);
        }

        @Override
        public Answer<RecordData.Cname> cname(DomainName name) {
            return denied(name, RecordType.CNAME);
        }

        private static <R extends RecordData> Answer<R> denied(DomainName name, RecordType type) {
            return new Answer.Denied<>(
                    new Question(name, type), DnssecStatus.INSECURE, Answer.Denial.NO_DATA, List.of(), Instant.MAX);
        }
    }
}
