// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

/// Why the bench cannot go on; the message says it in words for whoever started it.
final class BenchFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    BenchFailure(String message) {
        super(message);
    }
}
