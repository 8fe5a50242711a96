// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// Waits for a thread of ours that was told to end. An interrupt does not end the wait; it is kept.
final class Ended {
    private Ended() {}

    static void await(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
