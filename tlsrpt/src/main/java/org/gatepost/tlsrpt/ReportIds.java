// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;

/// The reports met so far, eight octets of a digest each: two of a billion are taken for one with a chance of
/// one in
/// 37, two of a million with one in 37 million. What comes when it is full is taken as new.
final class ReportIds {
    private static final int START = 1 << 10;

    private final MessageDigest digest = sha256();
    private final int most;
    private long[] slots = new long[START];
    private int size;

    ReportIds(int most) {
        this.most = most;
    }

    /// Whether a report is new. A report is told from others by its sender, its id, its time and its domains.
    boolean add(TlsReport report) {
        return add(key(report));
    }

    boolean isFull() {
        return size >= most;
    }

    private boolean add(long key) {
        int slot = slot(slots, key);
        if (slots[slot] == key) {
            return false;
        }
        if (size < most) {
            slots[slot] = key;
            size++;
            if (size > slots.length / 2) {
                grow();
            }
        }
        return true;
    }

    private void grow() {
        long[] wider = new long[slots.length * 2];
        for (long key : slots) {
            if (key != 0) {
                wider[slot(wider, key)] = key;
            }
        }
        slots = wider;
    }

    /// Where the key is, or the free place where it belongs.
    private static int slot(long[] slots, long key) {
        int slot = (int) key & (slots.length - 1);
        while (slots[slot] != 0 && slots[slot] != key) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    private long key(TlsReport report) {
        digest.reset();
        if (report.reportId().isEmpty()) {
            digest.update(ReportWriter.write(report));
        } else {
            update(report.organizationName().toLowerCase(Locale.ROOT));
            update(report.reportId());
            update(report.start().toString());
            report.policies().stream()
                    .map(result -> result.policy().domain())
                    .distinct()
                    .sorted()
                    .forEach(this::update);
        }
        long key = ByteBuffer.wrap(Arrays.copyOf(digest.digest(), Long.BYTES)).getLong();
        return key == 0 ? 1 : key;
    }

    private void update(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
