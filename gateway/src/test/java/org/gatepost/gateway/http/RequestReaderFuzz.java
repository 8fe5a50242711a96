// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.gatepost.gateway.http.RequestReader.Head;
import org.junit.jupiter.api.Test;

/// Arbitrary octets on a connection: the same requests are read however the octets come in, and nothing but a refusal
/// or a broken connection ends the reading.
final class RequestReaderFuzz {
    private static final int MOST_BODY = 1_000;
    private static final List<byte[]> SEEDS = List.of(
            octets("POST /tlsrpt HTTP/1.1|Host: h|Content-Length: 5||helloGET / HTTP/1.1|Host: h|Connection: close||"),
            octets(
                    "POST http://h/a?b HTTP/1.1|Host: h|Transfer-Encoding: chunked|Expect: 100-continue||3;x=y|abc|0|T: t||"),
            octets("GET / HTTP/1.0|||GET /x HTTP/1.1|host:h|A: b, c |A:||"),
            octets("HEAD /x HTTP/1.1|Host: h|Content-Length: 3|Transfer-Encoding: chunked||0||"));

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        assertThat(requests(new Dripping(octets))).isEqualTo(requests(new ByteArrayInputStream(octets)));
    }

    private static List<String> requests(InputStream in) {
        RequestReader reader = new RequestReader(in);
        List<String> seen = new ArrayList<>();
        OctetBudget budget = new OctetBudget(1L << 20);
        try (OctetBudget.Share share = budget.share()) {
            for (Optional<Head> head = reader.next(); head.isPresent(); head = reader.next()) {
                assertThat(head.get().path()).startsWith("/");
                byte[] body = reader.body(head.get().framing(), MOST_BODY, share);
                assertThat(body.length).isLessThanOrEqualTo(MOST_BODY);
                seen.add(head.get().method() + " " + head.get().path() + " "
                        + HexFormat.of().formatHex(body));
            }
            seen.add("end");
        } catch (HttpProblem problem) {
            assertThat(problem.status()).isBetween(400, 505);
            assertThat(problem.getMessage()).matches("[ -~]+");
            seen.add("refused " + problem.status());
        } catch (IOException e) {
            seen.add("broken");
        }
        return seen;
    }

    /// Gives one octet at a time.
    private static final class Dripping extends FilterInputStream {
        Dripping(byte[] octets) {
            super(new ByteArrayInputStream(octets));
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            return super.read(to, offset, Math.min(length, 1));
        }
    }

    private static byte[] octets(String text) {
        return text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void requestsAreReadTheSameHoweverTheyCome() {
        SEEDS.forEach(RequestReaderFuzz::fuzzerTestOneInput);
        for (int i = 0; i < 5_000; i++) {
            Random random = new Random(i);
            byte[] seed = SEEDS.get(random.nextInt(SEEDS.size()));
            byte[] mutated = Arrays.copyOf(seed, seed.length);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            fuzzerTestOneInput(mutated);
        }
    }
}
