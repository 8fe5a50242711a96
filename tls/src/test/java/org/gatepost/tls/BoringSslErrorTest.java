// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoringSslErrorTest {
    /// An alert of the peer is known by its number, whatever the text says; one of ours by the reason for it.
    @ParameterizedTest
    @CsvSource({
        "0x10000410, SSLV3_ALERT_HANDSHAKE_FAILURE, Received fatal alert: handshake_failure",
        "0x10000416, SSLV3_ALERT_CERTIFICATE_UNKNOWN, Received fatal alert: certificate_unknown",
        "0x10000418, TLSV1_ALERT_UNKNOWN_CA, Received fatal alert: unknown_ca",
        "0x100000b8, NO_SHARED_CIPHER, (handshake_failure) NO_SHARED_CIPHER",
        "0x100000f7, WRONG_VERSION_NUMBER, (protocol_version) WRONG_VERSION_NUMBER",
        "0x1000013f, NO_RENEGOTIATION, (no_renegotiation) NO_RENEGOTIATION",
        "0x10000fff, SOMETHING_NEW, (unexpected_message) SOMETHING_NEW",
    })
    void eachErrorIsReadAsAnAlert(String code, String reason, String message) {
        var error = new BoringSslError(Integer.decode(code), "error:1:SSL routines:OPENSSL_internal:" + reason);
        assertThat(error.toException()).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"0"})
    void noErrorAtAllIsOurs(int code) {
        assertThat(new BoringSslError(code, "").toException()).hasMessage("(internal_error) ");
    }
}
