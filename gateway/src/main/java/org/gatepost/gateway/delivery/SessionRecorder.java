// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.util.List;
import org.gatepost.tlsrpt.SessionResult;

/// Takes what each attempt means for TLS reports, as it is made: before the delivery's result is stored, so that a
/// crash between the two repeats the delivery rather than lose the session. Never throws for trouble of the store: a
/// report is worth less than the mail.
@FunctionalInterface
public interface SessionRecorder {
    void record(List<SessionResult> results);

    /// Nobody counts.
    static SessionRecorder none() {
        return results -> {};
    }
}
