// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.gateway.resolution.TestAuthority.Issued;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.ResultType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The policy host's certificate, shown in a real handshake (RFC 8461 §3.3, spec S2); what is wrong with it has the
/// result type of RFC 8460 §4.3.2.2. The time limit only turns a hang into a failure.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PolicyHostCertificateTest {
    private final Instant now = Instant.now();
    private static final String HOST = "mta-sts.example.test";
    private static final String POLICY = "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n";

    private final TestAuthority authority = new TestAuthority(now);

    private Fetched fetchUnder(Issued identity) throws IOException {
        String answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + POLICY;
        try (var server = TestPolicyHost.start(identity, answer)) {
            return server.fetcher(new ScriptedResolver(), HOST, authority.trust(), InstantSource.fixed(now))
                    .fetch(DomainName.parse("example.test"));
        }
    }

    private void assertInvalid(Issued identity, String detail) throws IOException {
        assertThat(fetchUnder(identity)).isInstanceOfSatisfying(Fetched.Failed.class, failed -> {
            assertThat(failed.resultType()).isEqualTo(ResultType.STS_WEBPKI_INVALID);
            assertThat(failed.detail()).startsWith(HOST + ": ").contains(detail).doesNotContain("\n");
        });
    }

    @Test
    void trustedCertificateOfThePolicyHostIsBelieved() throws IOException {
        assertThat(fetchUnder(authority.server(HOST)))
                .isInstanceOfSatisfying(
                        Fetched.Policy.class,
                        policy -> assertThat(policy.text()).isEqualTo(POLICY));
    }

    @Test
    void wildcardThatStandsForOneWholeLabelIsBelieved() throws IOException {
        assertThat(fetchUnder(authority.server("*.example.test"))).isInstanceOf(Fetched.Policy.class);
    }

    @Test
    void wildcardForMoreLabelsOrPartOfOneIsNot() throws IOException {
        assertInvalid(authority.server("*.test"), "*.test");
        assertInvalid(authority.server("mta-*.example.test"), "not the policy host");
    }

    @Test
    void intermediateThatIsSentLeadsToTheRoot() throws IOException {
        assertThat(fetchUnder(authority.intermediate().server(HOST))).isInstanceOf(Fetched.Policy.class);
    }

    @Test
    void intermediateThatIsNotSentDoesNot() throws IOException {
        assertInvalid(authority.intermediate().server(HOST).withoutIntermediates(), "certificate: ");
    }

    @Test
    void nameOfThePolicyDomainIsNotThatOfItsPolicyHost() throws IOException {
        assertInvalid(authority.server("example.test"), "[example.test]");
    }

    @Test
    void commonNameIsNoName() throws IOException { // RFC 8461 §3.3: only DNS-ID
        assertInvalid(authority.withoutSubjectAlternativeName(HOST), "not the policy host");
    }

    @Test
    void datesCount() throws IOException {
        assertInvalid(authority.expired(HOST), "certificate: ");
        assertInvalid(authority.notYetValid(HOST), "certificate: ");
    }

    @Test
    void selfSignedCertificateIsNotBelieved() throws IOException {
        assertInvalid(authority.selfSigned(HOST), "certificate: ");
    }

    @Test
    void certificateOfAnUnknownAuthorityIsNotBelieved() throws IOException {
        assertInvalid(new TestAuthority(now).server(HOST), "certificate: ");
    }
}
