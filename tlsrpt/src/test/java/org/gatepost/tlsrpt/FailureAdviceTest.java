// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Optional;
import org.gatepost.tlsrpt.FailureAdvice.Owner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FailureAdviceTest {
    @Test
    void eachResultTypeHasItsOwnAdvice() { // RFC 8460 §4.3
        var causes = new HashSet<String>();
        for (ResultType type : ResultType.values()) {
            FailureAdvice advice = FailureAdvice.of(type.toString(), "sts", Optional.empty());
            assertThat(causes.add(advice.cause())).as(type.toString()).isTrue();
            assertThat(advice.cause() + advice.fix()).doesNotContain(". ");
        }
        assertThat(FailureAdvice.of("validation-failure", "tlsa", Optional.empty())
                        .owner())
                .isEqualTo(Owner.DNS);
    }

    @ParameterizedTest
    @CsvSource({
        "certificate-not-trusted, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, intermediate",
        "certificate-not-trusted, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, self-signed",
        "validation-failure, tls alert: handshake failure, in common",
        "validation-failure, mx-not-listed: mx9.example.com, does not list",
        "sts-webpki-invalid, X509_V_ERR_CERT_HAS_EXPIRED, policy host's certificate",
        "tlsa-invalid, ee-key-mismatch, after a renewal",
        "certificate-expired, X509_V_ERR_CERT_HAS_EXPIRED, expired",
        "certificate-expired, whatever, expired",
        "invented-type, whatever, does not say",
        "'', '', does not say",
        "invented-type, certificate revoked, revoked",
    })
    void reasonCodesTellMoreThanTheType(String type, String reason, String cause) {
        assertThat(FailureAdvice.of(type, "sts", Optional.of(reason)).cause()).contains(cause);
    }
}
