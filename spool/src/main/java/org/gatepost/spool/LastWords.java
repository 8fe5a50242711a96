// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import org.slf4j.Logger;

/// Log lines of threads that must go on, even when there is no memory for the line.
final class LastWords {
    private LastWords() {}

    /// @param text whole; put together before there was trouble
    static void error(Logger log, String text, Throwable trouble) {
        try {
            if (trouble instanceof SpoolException || trouble instanceof java.io.IOException) {
                log.error("{}: {}", text, trouble.getMessage());
            } else {
                log.error(text, trouble);
            }
        } catch (Error e) {
            // Others will wait for this thread.
            return;
        }
    }
}
