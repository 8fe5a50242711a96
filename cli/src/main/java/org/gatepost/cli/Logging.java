// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/// The log of the process.
final class Logging {
    private Logging() {}

    /// Lets nothing through but what ends the program anyway.
    static void silence() {
        if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.OFF);
        }
    }
}
