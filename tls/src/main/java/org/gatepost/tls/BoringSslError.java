// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.util.Optional;
import javax.net.ssl.SSLException;

/// An entry of BoringSSL's error queue, read as an alert.
///
/// @param code the packed number: library in the upper octet, reason in the lower twelve bits
/// @param text such as `error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER`
record BoringSslError(int code, String text) {
    /// Reasons from here on are alerts that the peer sent.
    private static final int FIRST_RECEIVED = 1000;

    /// In the words that [HandshakeFailures] reads.
    SSLException toException() {
        Optional<AlertDescription> received = received();
        return received.isPresent()
                ? new SSLException("Received fatal alert: " + received.get())
                : new SSLException("(" + sent() + ") " + reason());
    }

    private Optional<AlertDescription> received() {
        int number = code & 0xFFF;
        return number < FIRST_RECEIVED ? Optional.empty() : AlertDescription.of(number - FIRST_RECEIVED);
    }

    private String reason() {
        return text.substring(text.lastIndexOf(':') + 1);
    }

    /// The alert that BoringSSL sends with this error.
    private AlertDescription sent() {
        return switch (reason()) {
            case "NO_RENEGOTIATION" -> AlertDescription.NO_RENEGOTIATION;
            case "UNSUPPORTED_PROTOCOL", "WRONG_VERSION_NUMBER", "WRONG_SSL_VERSION", "VERSION_TOO_LOW" ->
                AlertDescription.PROTOCOL_VERSION;
            case "NO_SHARED_CIPHER",
                    "NO_SHARED_GROUP",
                    "NO_COMMON_SIGNATURE_ALGORITHMS",
                    "NO_CERTIFICATE_SET",
                    "NO_CIPHERS_AVAILABLE",
                    "HANDSHAKE_FAILURE_ON_CLIENT_HELLO" -> AlertDescription.HANDSHAKE_FAILURE;
            case "DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "BAD_DECRYPT" -> AlertDescription.BAD_RECORD_MAC;
            case "BAD_SIGNATURE", "DIGEST_CHECK_FAILED" -> AlertDescription.DECRYPT_ERROR;
            case "CERTIFICATE_VERIFY_FAILED" -> AlertDescription.BAD_CERTIFICATE;
            case "DATA_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG" -> AlertDescription.RECORD_OVERFLOW;
            case "DECODE_ERROR",
                    "LENGTH_MISMATCH",
                    "CANNOT_PARSE_LEAF_CERT",
                    "PARSE_TLSEXT",
                    "BAD_ALERT",
                    "INVALID_COMMAND" -> AlertDescription.DECODE_ERROR;
            case "BAD_ECPOINT",
                    "WRONG_CURVE",
                    "WRONG_CIPHER_RETURNED",
                    "UNKNOWN_CIPHER_RETURNED",
                    "WRONG_SIGNATURE_TYPE",
                    "UNKNOWN_CERTIFICATE_TYPE",
                    "KEY_USAGE_BIT_INCORRECT",
                    "UNSUPPORTED_COMPRESSION_ALGORITHM" -> AlertDescription.ILLEGAL_PARAMETER;
            case "UNEXPECTED_EXTENSION", "UNSUPPORTED_EXTENSION" -> AlertDescription.UNSUPPORTED_EXTENSION;
            case "MISSING_KEY_SHARE", "MISSING_EXTENSION" -> AlertDescription.MISSING_EXTENSION;
            case "" -> AlertDescription.INTERNAL_ERROR;
            default -> AlertDescription.UNEXPECTED_MESSAGE;
        };
    }
}
