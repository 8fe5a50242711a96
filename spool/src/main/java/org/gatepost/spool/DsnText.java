// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import org.gatepost.smtp.MessageDsn;
import org.gatepost.smtp.RecipientDsn;

/// How stores write down what a sender asks of reports: the SMTP parameters themselves, separated by spaces;
/// empty when nothing is asked.
///
/// ```
/// RET=HDRS ENVID=QQ314159
/// NOTIFY=SUCCESS,DELAY ORCPT=rfc822;anna@example.net
/// ```
///
/// @spec https://www.rfc-editor.org/rfc/rfc3461 RFC 3461 §4
final class DsnText {
    private DsnText() {}

    static String of(MessageDsn dsn) {
        return String.join(" ", dsn.parameters());
    }

    static String of(RecipientDsn dsn) {
        return String.join(" ", dsn.parameters());
    }

    /// @throws IllegalArgumentException when the text is none that [#of(MessageDsn)] writes
    static MessageDsn message(String text) {
        MessageDsn dsn = MessageDsn.NONE;
        for (String parameter : parameters(text)) {
            dsn = dsn.with(keyword(parameter), value(parameter));
        }
        return dsn;
    }

    /// @throws IllegalArgumentException when the text is none that [#of(RecipientDsn)] writes
    static RecipientDsn recipient(String text) {
        RecipientDsn dsn = RecipientDsn.NONE;
        for (String parameter : parameters(text)) {
            dsn = dsn.with(keyword(parameter), value(parameter));
        }
        return dsn;
    }

    private static String[] parameters(String text) {
        return text.isEmpty() ? new String[0] : text.split(" ", -1);
    }

    private static String keyword(String parameter) {
        int equals = parameter.indexOf('=');
        return equals < 0 ? parameter : parameter.substring(0, equals);
    }

    private static String value(String parameter) {
        return parameter.substring(parameter.indexOf('=') + 1);
    }
}
