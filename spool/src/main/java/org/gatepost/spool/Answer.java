// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// What a thread tells one that waits for it, once. Telling needs no memory; and where there is none to wait
/// with, the one that waits looks again and again, for the answer must be known.
final class Answer<T> {
    private static final long LOOK_AGAIN = 10_000_000; // nanoseconds

    private final CountDownLatch told = new CountDownLatch(1);
    private volatile @Nullable T answer;

    /// Tells; what one and the same thread tells later counts for nothing.
    void tell(T what) {
        if (answer == null) {
            answer = what;
            told.countDown();
        }
    }

    boolean isTold() {
        return answer != null;
    }

    /// What was told. An interrupt does not end the wait; it is kept.
    T await() {
        boolean interrupted = false;
        while (answer == null) {
            try {
                told.await();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (Error e) {
                LockSupport.parkNanos(LOOK_AGAIN);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return Objects.requireNonNull(answer);
    }
}
