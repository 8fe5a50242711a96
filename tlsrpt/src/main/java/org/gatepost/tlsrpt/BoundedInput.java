// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.io.IOException;
import java.io.InputStream;

/// A stream that fails beyond a bound, so that what is too long is told from what ends.
final class BoundedInput extends InputStream {
    private final InputStream input;
    private final int most;
    private long count;

    BoundedInput(InputStream input, int most) {
        this.input = input;
        this.most = most;
    }

    /// More octets than allowed.
    static final class BeyondBound extends IOException {
        private static final long serialVersionUID = 1;

        private BeyondBound(int most) {
            super("more than " + most + " octets");
        }
    }

    @Override
    public int read() throws IOException {
        int octet = input.read();
        return octet < 0 ? octet : counted(1, octet);
    }

    @Override
    public int read(byte[] octets, int offset, int length) throws IOException {
        int n = input.read(octets, offset, length);
        return n < 0 ? n : counted(n, n);
    }

    private int counted(int n, int result) throws BeyondBound {
        count += n;
        if (count > most) {
            throw new BeyondBound(most);
        }
        return result;
    }
}
