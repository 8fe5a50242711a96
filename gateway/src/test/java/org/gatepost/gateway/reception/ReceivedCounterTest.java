// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reception;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReceivedCounterTest {
    @ParameterizedTest
    @CsvSource({
        "'Received: a|Subject: x||body|', 1",
        "'Received: a|RECEIVED: b| folded received: no|received:c||', 3",
        "'Subject: Received: no|X-Received: no|Received-SPF: no||Received: in the body|', 0",
        "'Received : obsolete|Received: a', 1",
        "'|Received: a', 0"
    })
    void onlyReceivedFieldsOfTheHeaderCount(String text, int expected) throws IOException {
        byte[] content = text.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII);
        for (int piece = 1; piece <= content.length; piece++) {
            ByteArrayOutputStream passedOn = new ByteArrayOutputStream();
            ReceivedCounter counter = new ReceivedCounter(passedOn);
            for (int i = 0; i < content.length; i += piece) {
                counter.write(content, i, Math.min(piece, content.length - i));
            }
            assertThat(counter.count()).as("in pieces of " + piece).isEqualTo(expected);
            assertThat(passedOn.toByteArray()).isEqualTo(content);
        }
    }
}
