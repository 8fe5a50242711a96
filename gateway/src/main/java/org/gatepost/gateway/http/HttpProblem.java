// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

/// A request that is answered with an error; the message is one printable line for the client. Has no stack trace,
/// for it is the peer's doing and frequent.
public final class HttpProblem extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    public HttpProblem(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }
}
