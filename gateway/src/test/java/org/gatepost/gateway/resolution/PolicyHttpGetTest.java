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
import org.junit.jupiter.params.provider.ValueSource;

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
                "HTTP/1.1 307 Temporary Redirect~Location: /policy~~ | HTTP status 307; redirects are not followed",
                "HTTP/1.1 304 Not Modified~~ | HTTP status 304; redirects are not followed",
                "HTTP/1.1 404 Not Found~Content-Type: text/plain~~version: STSv1 | HTTP status 404",
                "HTTP/1.1 204 No Content~~ | HTTP status 204",
                "HTTP/1.1 206 Partial Content~Content-Type: text/plain~Content-Range: bytes 0-3/9~~vers | HTTP status 206",
                "HTTP/1.1 203 Non-Authoritative Information~Content-Type: text/plain~~x | HTTP status 203",
                "HTTP/1.1 500 Oops~~ | HTTP status 500",
                "HTTP/1.1 101 Switching Protocols~Upgrade: h2c~~ | HTTP status 101",
                "HTTP/2 200~Content-Type: text/plain~~x | the answer is not HTTP",
                "HTTP/1.1 2000 OK~Content-Type: text/plain~~x | the answer is not HTTP",
                "HTTP/1.1 200 OK~Content-Type: text/plainer~~x | the media type is 'text/plainer', not text/plain",
                "HTTP/1.1 200 OK~Content-Type: application/octet-stream; text/plain~~x | the media type is"
                        + " 'application/octet-stream; text/plain', not text/plain",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Content-Type: text/html~~x | the header has two content-type that"
                        + " differ",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Content-Length: 1~Content-Length: 2~~xy | the header has two"
                        + " content-length that differ",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Content-Length: 1, 2~~xy | the content-length '1, 2' is malformed",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Content-Length: -1~~x | the content-length '-1' is malformed",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Content-Length: 1~Transfer-Encoding: chunked~~1~x~0~~ | the header has"
                        + " both content-length and transfer-encoding",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Transfer-Encoding: gzip, chunked~~0~~ | the transfer coding 'gzip,"
                        + " chunked' was not asked for",
                "HTTP/1.1 200 OK~Content-Type: text/plain~Transfer-Encoding: chunked~~1~xy~0~~ | a chunk is longer than its size",
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 9\r\n\r\nhello",
                "Transfer-Encoding: chunked\r\n\r\n9\r\nhello",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "Content-Length: 0"
            })
    void anAnswerCutShortIsNoPolicy(String rest) {
        assertThatThrownBy(() -> get(OK + rest)).isInstanceOf(EOFException.class);
    }

    @Test
    void compressionAndCachedAnswersAreNotAskedFor() throws IOException { // RFC 8461 §3.3
        get(OK + "\r\n");
        assertThat(sent.toString(StandardCharsets.US_ASCII))
                .contains("\r\nAccept-Encoding: identity\r\n")
                .doesNotContainIgnoringCase("if-none-match")
                .doesNotContainIgnoringCase("if-modified-since");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: text/plain",
                "content-type:text/plain",
                "CONTENT-TYPE:  Text/Plain",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Type: text/plain ;charset=\"us-ascii\"",
                "Content-Type: text/plain;\r\n charset=utf-8",
                "Content-Type: text/plain\r\nContent-Type: text/plain",
                "Content-Type: text/plain\r\nContent-Length: 5\r\nContent-Length: 5",
                "Content-Type: text/plain\r\nContent-Length: 5, 5",
                "Content-Type: text/plain\r\nContent-Encoding: identity",
                "Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Type: text/plain\r\nnot a field"
            })
    void aPlainTextIsOneHoweverTheHeaderIsWritten(String header) throws IOException {
        assertThat(get("HTTP/1.1 200 OK\r\n" + header + "\r\n\r\nhello")).isEqualTo("hello");
        assertThat(get("HTTP/1.0 200\n" + header.replace("\r", "") + "\n\nhello"))
                .isEqualTo("hello");
    }

    @Test
    void chunksMayHaveExtensionsAndTrailers() throws IOException {
        assertThat(get(OK + "Transfer-Encoding: Chunked\r\n\r\n"
                        + "0003 ; a=\"b\"\r\nhel\r\n2\r\nlo\r\n000\r\nContent-Type: text/html\r\n\r\n"))
                .isEqualTo("hello");
    }

    @Test
    void interimAnswersAreSkippedWithinBounds() throws IOException {
        String hint = "HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n";
        assertThat(get(hint + "HTTP/1.1 100 Continue\r\n\r\n" + OK + "\r\nhello"))
                .isEqualTo("hello");
        assertThatThrownBy(() -> get(hint.repeat(6) + OK + "\r\nhello")).hasMessage("more than 5 interim answers");
    }

    @Test
    void exactlySixtyFourKibibytesAreReadHoweverTheyCome() throws IOException {
        String most = "x".repeat(64 * 1024);
        assertThat(get(OK + "Content-Length: 65536\r\n\r\n" + most)).isEqualTo(most);
        String half = "8000\r\n" + most.substring(0x8000) + "\r\n";
        assertThat(get(OK + "Transfer-Encoding: chunked\r\n\r\n" + half + half + "0\r\n\r\n"))
                .isEqualTo(most);
        assertThatThrownBy(() -> get(OK + "Transfer-Encoding: chunked\r\n\r\n" + half + half + "1\r\nx\r\n0\r\n\r\n"))
                .hasMessage("the policy is larger than 64 KiB");
    }

    /// A size of 32 bits and more, and chunks of one octet each with long extensions.
    @Test
    void chunksCannotAskForUnboundedWork() {
        assertThatThrownBy(() -> get(OK + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\nx"))
                .hasMessage("the policy is larger than 64 KiB");
        assertThatThrownBy(() -> get(OK + "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\nx"))
                .hasMessage("a chunk size is malformed");
        String chunk = "1;" + "e".repeat(8000) + "\r\nx\r\n";
        assertThatThrownBy(() -> get(OK + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(10)))
                .hasMessage("header and chunk sizes are longer than 64 KiB");
    }

    @Test
    void endlessHeadersAreRefused() {
        assertThatThrownBy(() -> get(OK + "A: b\r\n".repeat(200))).hasMessage("more than 100 header fields");
        assertThatThrownBy(() -> get("H".repeat(10_000))).hasMessage("a header line is longer than 8 KiB");
        assertThatThrownBy(() -> get(OK + ("A: " + "b".repeat(8000) + "\r\n").repeat(20)))
                .hasMessage("header and chunk sizes are longer than 64 KiB");
    }

    private String get(String response) throws IOException {
        return new String(
                new PolicyHttpGet(new ByteArrayInputStream(response.getBytes(StandardCharsets.US_ASCII)), sent)
                        .get(HOST),
                StandardCharsets.US_ASCII);
    }
}
