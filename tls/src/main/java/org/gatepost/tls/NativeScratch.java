// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/// Memory outside of the heap that one call into the native library reads and writes. A call never blocks, so a few of
/// these serve any number of connections.
record NativeScratch(Area in, Area out) {
    /// The largest record: header, 2^14 octets and what encryption may add in TLS 1.2 (RFC 5246 §6.2.3).
    static final int MAX_RECORD = 5 + 16_384 + 2048;

    private static final int KEPT = 16;
    private static final ArrayBlockingQueue<NativeScratch> FREE = new ArrayBlockingQueue<>(KEPT);

    /// A buffer and where it lies.
    record Area(ByteBuffer buffer, long address) {
        static Area of(int size) {
            MemorySegment segment = Arena.ofAuto().allocate(size);
            return new Area(segment.asByteBuffer(), segment.address());
        }

        /// Copies octets in, from the start.
        void put(ByteBuffer from, int length) {
            buffer.clear().put(0, from, from.position(), length);
        }

        /// Copies the first octets out; `to` advances.
        void take(ByteBuffer to, int length) {
            to.put(buffer.clear().limit(length));
        }
    }

    static NativeScratch borrow() {
        NativeScratch free = FREE.poll();
        return free == null ? new NativeScratch(Area.of(MAX_RECORD), Area.of(MAX_RECORD)) : free;
    }

    /// Gives it back; more than enough of them are left to the garbage collector.
    void giveBack() {
        FREE.offer(this);
    }
}
