// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/// What a command line printed and how it ended, run in this process.
record CommandRun(int status, String out, String err) {
    static CommandRun of(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
        return new CommandRun(status, out.toString(), err.toString());
    }
}
