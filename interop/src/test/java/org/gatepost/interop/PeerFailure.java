// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

/// A peer did not start, stop or answer as asked: trouble of the harness, not a verdict on Gatepost.
final class PeerFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerFailure(String message) {
        super(message);
    }
}
