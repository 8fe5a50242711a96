// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyHttpGetTest { // RFC 8461 §3.3, spec S2
    private static final DomainName HOST = DomainName.parse("mta-sts.example.com");
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    @Test
    void aBodyOfStatedLengthIsRead() throws IOException {
        assertThat(get(OK + "Content-Length: 5\r\n\r\nhello and more")).isEqualTo("hello");
        assertThat(sent.toString(StandardCharsets.US_ASCII))
                .startsWith("GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.com\r\n");
    }

    @Test
    void aBodyThatTheCloseEndsIsRead() throws IOException {
        assertThat(get("HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello"))
                .isEqualTo("hello");
    }

    @Test
    void aChunkedBodyIsRead() throws IOException {
        assertThat(get(OK + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"))
                .isEqualTo("hello");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 301 Moved~Location: https://elsewhere/~~ | HTTP status 301; redirects are not followed",
                "HTTP/1.1 404 Not Found~~ | HTTP status 404",
                "HTTP/1.1 200 OK~Content-Type: text/html~~x | the media type is 'text/html', not text/plain",
                "HTTP/1.1 200 OK~~x | the media type is '', not text/plain",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Content-Encoding: gzip~~x | the content encoding 'gzip' was not asked"
                        + " for",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Content-Length: 65537~~ | the policy is larger than 64 KiB",
                "220 mail.example.com ESMTP~ | the answer is not HTTP",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Transfer-Encoding: chunked~~zz~ | a chunk size is malformed",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Transfer-Encoding: chunked~~10001~ | the policy is larger than 64 KiB"
            })
    void anythingElseIsNoPolicy(String response, String message) {
        assertThatThrownBy(() -> get(response.replace("~", "\r\n")))
                .isInstanceOf(PolicyHttpGet.BadResponse.class)
                .hasMessage(message);
    }

    @Test
    void aBodyOneOctetOverTheBoundIsRefusedHoweverItEnds() throws IOException {
        String most = "x".repeat(64 * 1024);
        assertThat(get(OK + "\r\n" + most)).hasSize(64 * 1024);
        assertThatThrownBy(() -> get(OK + "\r\n" + most + "x")).hasMessage("the policy is larger than 64 KiB");
    }

    @Test
    void aBodyCutShortIsNoPolicy() {
        assertThatThrownBy(() -> get(OK + "Content-Length: 9\r\n\r\nhello")).isInstanceOf(EOFException.class);
    }

    @Test
    void endlessHeadersAreRefused() {
        assertThatThrownBy(() -> get(OK + "A: b\r\n".repeat(200))).hasMessage("more than 100 header fields");
        assertThatThrownBy(() -> get("H".repeat(10_000))).hasMessage("a header line is longer than 8 KiB");
    }

    private String get(String response) throws IOException {
        return new PolicyHttpGet(new ByteArrayInputStream(response.getBytes(StandardCharsets.US_ASCII)), sent)
                .get(HOST);
    }
}
