// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

import java.io.IOException;

/// Told whenever a client session enters a phase, so that the owner of the connection can set its time-out.
@FunctionalInterface
public interface PhaseListener {
    /// @throws IOException when the connection does not allow it; counts as a lost connection
    void entering(Phase phase) throws IOException;
}
