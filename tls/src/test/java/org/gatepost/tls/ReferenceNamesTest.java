// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.tls.TestPki.Certificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceNamesTest {
    @ParameterizedTest
    @CsvSource({
        "mx.example.com, mx.example.com",
        "MX.Example.COM, mx.example.com",
        "*.example.com, mx.example.com",
        "*.EXAMPLE.com, mx.example.com",
        "*.mx.microsoft, host.mx.microsoft",
        "*.example.com, xn--bcher-kva.example.com",
        "*.xn--bcher-kva.example, mx.xn--bcher-kva.example",
        "mx_1.example.com, mx_1.example.com"
    })
    void aPresentedNameMatches(String presented, String reference) {
        assertThat(ReferenceNames.matches(presented, DomainName.parse(reference)))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "mx.example.com, mx2.example.com",
        "*.example.com, example.com",
        "*.example.com, a.b.example.com",
        "*.mx.microsoft, d-tld.h-v1.mx.microsoft",
        "*.com, example.com",
        "*, example",
        "*., example",
        "'', example",
        "m*.example.com, mx.example.com",
        "*x.example.com, mx.example.com",
        "xn--*.example.com, xn--bcher-kva.example.com",
        "mx.*.com, mx.example.com",
        "*.*.com, mx.example.com",
        "mx.example.com., mx.example.com",
        "bücher.example, xn--bcher-kva.example",
        "'mx.example.com ', mx.example.com",
        "m\u212a.example, mk.example",
        "192.0.2.1, mx.example.com"
    })
    void aPresentedNameDoesNotMatch(String presented, String reference) {
        assertThat(ReferenceNames.matches(presented, DomainName.parse(reference)))
                .isFalse();
    }

    @Test
    void aNulDoesNotCutAName() {
        assertThat(ReferenceNames.matches("mx.example.com\0.evil.example", DomainName.parse("mx.example.com")))
                .isFalse();
    }

    @Test
    void nothingMatchesTheRoot() {
        assertThat(List.of("*.", "*", ".", "", "*.example.com"))
                .noneMatch(presented -> ReferenceNames.matches(presented, DomainName.ROOT));
    }

    @Test
    void onlyDnsNamesArePresentedInTheirOrder() {
        var certificate = new Certificate("CN=cn.example")
                .names("a.example")
                .address("192.0.2.1")
                .names("*.b.example")
                .issue()
                .certificate();
        assertThat(ReferenceNames.presentedNames(certificate)).containsExactly("a.example", "*.b.example");
        assertThat(ReferenceNames.presentedNames(certificate, CnFallback.WITHOUT_DNS_NAMES))
                .containsExactly("a.example", "*.b.example");
    }

    @Test
    void theCommonNameCountsOnlyWithoutDnsNamesAndWhenAllowed() {
        var plain = new Certificate("CN=mx.example,O=Example").issue().certificate();
        var addressOnly =
                new Certificate("CN=mx.example").address("192.0.2.1").issue().certificate();
        assertThat(ReferenceNames.presentedNames(plain)).isEmpty();
        assertThat(ReferenceNames.presentedNames(plain, CnFallback.NEVER)).isEmpty();
        assertThat(ReferenceNames.presentedNames(plain, CnFallback.WITHOUT_DNS_NAMES))
                .containsExactly("mx.example");
        assertThat(ReferenceNames.presentedNames(addressOnly, CnFallback.WITHOUT_DNS_NAMES))
                .containsExactly("mx.example");
        assertThat(ReferenceNames.presentedNames(
                        new Certificate("O=Example").issue().certificate(), CnFallback.WITHOUT_DNS_NAMES))
                .isEmpty();
    }

    @Test
    void anyReferenceMayBeCovered() {
        var certificate = new Certificate("CN=x").names("*.example.com").issue().certificate();
        var host = DomainName.parse("mx.example.com");
        var other = DomainName.parse("example.net");
        assertThat(ReferenceNames.covers(certificate, List.of(other, host), CnFallback.NEVER))
                .isTrue();
        assertThat(ReferenceNames.covers(certificate, List.of(other), CnFallback.NEVER))
                .isFalse();
        assertThat(ReferenceNames.covers(certificate, List.of(), CnFallback.NEVER))
                .isFalse();
    }

    @Test
    void factsArePrintableAndBounded() {
        String[] names = java.util.stream.IntStream.range(0, 60)
                .mapToObj(i -> "h" + i + ".example")
                .toArray(String[]::new);
        var certificate = new Certificate("CN=\"a\nb\"").names(names).issue().certificate();
        var facts = CertificateFacts.of(certificate);
        assertThat(facts.subject()).isEqualTo("CN=a?b");
        assertThat(facts.names()).hasSize(50).startsWith("h0.example");
        assertThat(facts.namesLeftOut()).isEqualTo(10);
        assertThat(facts.sha256()).matches("[0-9a-f]{64}").isNotEqualTo(facts.spkiSha256());
        assertThat(facts.notAfter()).isEqualTo(certificate.getNotAfter().toInstant());
    }
}
