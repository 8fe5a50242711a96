// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

/// Counts what a client does that leads nowhere, until its connection is closed. An accepted message sets all
/// counts back.
final class Patience {
    /// Commands such as NOOP and RSET that are harmless but carry no mail.
    private static final int MAXIMUM_IDLE_COMMANDS = 100;

    private final int maximumErrors;
    private final int maximumRefusals;
    private int errors;
    private int refusals;
    private int idleCommands;

    Patience(ServerOptions options) {
        this.maximumErrors = options.maximumErrors();
        // Refused recipients are no fault of the client's: a list with many dead addresses must get through.
        this.maximumRefusals = options.maximumErrors() + 10 * Math.min(options.maximumRecipients(), 100_000);
    }

    void faultyCommand() {
        errors++;
    }

    void refusal() {
        refusals++;
    }

    void idleCommand() {
        idleCommands++;
    }

    void acceptedMessage() {
        errors = 0;
        refusals = 0;
        idleCommands = 0;
    }

    boolean isOver() {
        return errors > maximumErrors || refusals > maximumRefusals || idleCommands > MAXIMUM_IDLE_COMMANDS;
    }
}
