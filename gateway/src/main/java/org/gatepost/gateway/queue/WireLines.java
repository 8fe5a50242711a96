// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Lines of a bounded length, ended by LF.
final class WireLines {
    private final InputStream in;
    private final int most;

    WireLines(InputStream in, int most) {
        this.in = new BufferedInputStream(in);
        this.most = most;
    }

    /// @return empty when the stream ends, also within a line
    /// @throws IOException when a line is too long
    Optional<String> next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int octet = in.read();
        while (octet >= 0 && octet != '\n') {
            if (line.size() >= most - 1) {
                throw new IOException("a line is longer than " + most + " octets");
            }
            line.write(octet);
            octet = in.read();
        }
        return octet < 0 ? Optional.empty() : Optional.of(line.toString(StandardCharsets.UTF_8));
    }
}
