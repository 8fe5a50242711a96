// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import org.gatepost.lab.Scenario;
import org.gatepost.names.Mailbox;

/// A message of the demonstration. Its body holds a phrase that nothing else holds, so that it can be looked for in
/// what was sent in clear.
///
/// @param purpose the local part of the recipient, which tells the messages of one scenario apart
public record LabMessage(Scenario scenario, String purpose) {
    static final String SENDER = "alice@sender.test";

    Mailbox to() {
        return Mailbox.parse(purpose + "@" + scenario.domain());
    }

    /// The phrase.
    String secret() {
        return "The secret word of " + to() + " is zygomorphic.";
    }

    String content() {
        return "From: Alice <" + SENDER + ">\r\n"
                + "To: <" + to() + ">\r\n"
                + "Subject: " + scenario.title() + "\r\n"
                + "Message-ID: <" + purpose + "." + scenario.id() + "@sender.test>\r\n"
                + "\r\n"
                + secret() + "\r\n"
                + ".. a line that begins with dots, and one with a single one:\r\n"
                + ".\r\n"
                + "Grüße\r\n";
    }
}
