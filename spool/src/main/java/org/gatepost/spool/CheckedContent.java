// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/// A content read from its file. At the end it is compared with what was written: on a difference the read that
/// would have told the end throws instead, so that a delivery under way breaks off rather than completes.
final class CheckedContent extends FilterInputStream {
    private final StoredContent expected;
    private final String what;
    private final CRC32C crc = new CRC32C();
    private long size;

    CheckedContent(InputStream file, StoredContent expected, String what) {
        super(file);
        this.expected = expected;
        this.what = what;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] octets, int offset, int length) throws IOException {
        int count = super.read(octets, offset, length);
        if (count > 0) {
            crc.update(octets, offset, count);
            size += count;
        } else if (count < 0 && (size != expected.size() || crc.getValue() != expected.crc())) {
            throw new IOException(what + " is damaged: it differs from what was stored");
        }
        return count;
    }

    /// Reads, since what is passed over counts for the comparison too.
    @Override
    public long skip(long count) throws IOException {
        byte[] passed = new byte[(int) Math.min(8192, Math.max(count, 0))];
        int read = passed.length == 0 ? 0 : read(passed, 0, passed.length);
        return Math.max(read, 0);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
