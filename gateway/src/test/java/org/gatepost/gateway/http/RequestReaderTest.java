// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.gatepost.gateway.http.RequestReader.Head;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reading requests (RFC 9112): what is ambiguous is refused, whatever follows it.
class RequestReaderTest {
    private final OctetBudget budget = new OctetBudget(100_000);

    private static RequestReader reader(String octets) {
        return new RequestReader(new ByteArrayInputStream(octets.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private String body(RequestReader reader, Head head) throws IOException, HttpProblem {
        try (OctetBudget.Share share = budget.share()) {
            return new String(reader.body(head.framing(), 1000, share), StandardCharsets.ISO_8859_1);
        }
    }

    private static int statusOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return org.assertj.core.api.Assertions.catchThrowableOfType(HttpProblem.class, call)
                .status();
    }

    @Test
    void requestsFollowEachOther() throws Exception {
        RequestReader reader = reader("POST /a?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                + "POST /b HTTP/1.1\r\nhost:h\r\nTransfer-Encoding: Chunked\r\n\r\n2;x=y\r\nde\r\nA\r\n0123456789\r\n0\r\n"
                + "Trailer: t\r\n\r\n\r\nGET http://h/c HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n");
        Head first = reader.next().orElseThrow();
        assertThat(first.method()).isEqualTo("POST");
        assertThat(first.path()).isEqualTo("/a");
        assertThat(first.query()).isEqualTo("x=1");
        assertThat(first.persistent()).isTrue();
        assertThat(body(reader, first)).isEqualTo("abc");
        Head second = reader.next().orElseThrow();
        assertThat(body(reader, second)).isEqualTo("de0123456789");
        Head third = reader.next().orElseThrow();
        assertThat(third.path()).isEqualTo("/c");
        assertThat(third.persistent()).isFalse();
        assertThat(body(reader, third)).isEmpty();
        assertThat(reader.next()).isEmpty();
    }

    @Test
    void anOldClientsConnectionDoesNotStay() throws Exception {
        Head head = reader("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                .next()
                .orElseThrow();
        assertThat(head.persistent()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET / HTTP/2.0\\r\\nHost: h\\r\\n\\r\\n                                                     | 505
            PRI * HTTP/2.0\\r\\n\\r\\n                                                                   | 505
            GET /\\r\\n\\r\\n                                                                            | 400
            GET  / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n                                                    | 400
            GET / HTTP/1.1\\nHost: h\\n\\n                                                              | 400
            GET /\\0 HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n                                              | 400
            GET x HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n                                                     | 400
            GET / HTTP/1.1\\r\\n\\r\\n                                                                  | 400
            GET / HTTP/1.1\\r\\nHost: h\\r\\nHost: h\\r\\n\\r\\n                                        | 400
            GET / HTTP/1.1\\r\\nHost: h\\r\\nA : b\\r\\n\\r\\n                                          | 400
            GET / HTTP/1.1\\r\\nHost: h\\r\\n folded\\r\\n\\r\\n                                        | 400
            GET / HTTP/1.1\\r\\nHost: h\\rX: y\\r\\n\\r\\n                                              | 400
            POST / HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 3, 3\\r\\n\\r\\nabc                       | 400
            POST / HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 3\\r\\nContent-Length: 3\\r\\n\\r\\nabc    | 400
            POST / HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: +3\\r\\n\\r\\nabc                         | 400
            POST / HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 3\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n | 400
            POST / HTTP/1.0\\r\\nHost: h\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n        | 400
            POST / HTTP/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: gzip, chunked\\r\\n\\r\\n               | 501
            POST / HTTP/1.1\\r\\nHost: h\\r\\nExpect: miracles\\r\\n\\r\\n                               | 417
            """)
    void whatIsMalformedOrAmbiguousIsRefused(String request, int status) {
        String octets = request.translateEscapes();
        assertThat(statusOf(() -> reader(octets).next())).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            x\\r\\n               | 400
            -1\\r\\n              | 400
            3\\r\\nabcd\\r\\n0\\r\\n\\r\\n | 400
            3\\nabc\\r\\n         | 400
            3e9\\r\\n             | 413
            ffffffff\\r\\n        | 413
            111111111\\r\\n       | 400
            """)
    void aBodyWithBrokenChunksIsRefused(String chunks, int status) throws Exception {
        RequestReader reader = reader("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunks.strip().translateEscapes());
        Head head = reader.next().orElseThrow();
        assertThat(statusOf(() -> body(reader, head))).isEqualTo(status);
    }

    @Test
    void everythingIsBounded() throws Exception {
        String line = "GET /" + "x".repeat(RequestReader.MAX_LINE) + " HTTP/1.1\r\n";
        assertThat(statusOf(() -> reader(line).next())).isEqualTo(414);
        String field = "GET / HTTP/1.1\r\nHost: h\r\nA: " + "x".repeat(RequestReader.MAX_LINE) + "\r\n\r\n";
        assertThat(statusOf(() -> reader(field).next())).isEqualTo(431);
        String many = "GET / HTTP/1.1\r\nHost: h\r\n" + "A: b\r\n".repeat(RequestReader.MAX_FIELDS) + "\r\n";
        assertThat(statusOf(() -> reader(many).next())).isEqualTo(431);
        String large = "GET / HTTP/1.1\r\nHost: h\r\n" + ("A: " + "x".repeat(1000) + "\r\n").repeat(50) + "\r\n";
        assertThat(statusOf(() -> reader(large).next())).isEqualTo(431);
        RequestReader body = reader("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
        Head head = body.next().orElseThrow();
        assertThat(statusOf(() -> body(body, head))).isEqualTo(413);
    }

    @Test
    void bodiesTogetherStayWithinTheBudgetAndGiveItBack() throws Exception {
        OctetBudget small = new OctetBudget(1_500);
        String post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(1000);
        RequestReader one = reader(post);
        RequestReader two = reader(post);
        Head head = one.next().orElseThrow();
        two.next();
        try (OctetBudget.Share held = small.share();
                OctetBudget.Share more = small.share()) {
            assertThat(one.body(head.framing(), 5000, held)).hasSize(1000);
            assertThat(statusOf(() -> two.body(head.framing(), 5000, more))).isEqualTo(503);
        }
        RequestReader three = reader(post);
        three.next();
        try (OctetBudget.Share share = small.share()) {
            assertThat(three.body(head.framing(), 5000, share)).hasSize(1000);
        }
    }

    @Test
    void aRequestThatBreaksOffIsNoRequest() throws Exception {
        assertThatThrownBy(() -> reader("GET / HT").next()).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> reader("GET / HTTP/1.1\r\nHost: h\r\n").next()).isInstanceOf(EOFException.class);
        RequestReader half = reader("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc");
        Head head = half.next().orElseThrow();
        assertThatThrownBy(() -> body(half, head)).isInstanceOf(EOFException.class);
    }
}
