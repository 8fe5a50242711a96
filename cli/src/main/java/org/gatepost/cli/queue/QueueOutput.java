// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.queue;

import java.io.PrintWriter;
import java.util.function.Consumer;
import org.gatepost.gateway.queue.QueueAnswer;

/// Prints an answer about the queue as it comes.
public interface QueueOutput extends Consumer<QueueAnswer> {
    /// @param width of the terminal, in columns
    static QueueOutput of(boolean json, PrintWriter out, int width) {
        return json ? new QueueJson(out) : new QueueText(out, width);
    }
}
