// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

/// A gateway under test, which runs until it is closed.
sealed interface RelaySystem extends AutoCloseable permits PostfixRelay, GatepostRelay {
    String name();

    /// Where it takes mail: address and port.
    String endpoint();

    ProcessGroup group();

    /// The end of its log, for whoever must find out what went wrong.
    String logTail();

    @Override
    void close();
}
