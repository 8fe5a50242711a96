// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.Set;
import java.util.regex.Pattern;

/// Asks one question with `dig +dnssec`.
final class Dig {
    private static final Pattern STATUS = Pattern.compile("status: ([A-Z]+)");
    private static final Pattern FLAGS = Pattern.compile(";; flags: ([a-z ]+);");

    private Dig() {}

    /// @param rcode as dig spells it, such as `NOERROR`
    /// @param flags of the header, such as `qr rd ra ad`
    /// @param text all that dig printed
    record Reply(String rcode, Set<String> flags, String text) {
        Reply {
            flags = Set.copyOf(flags);
        }

        boolean authenticData() {
            return flags.contains("ad");
        }
    }

    /// @param server IPv4
    /// @param question and options as on dig's command line, such as `mx.test. A +cd`
    static Reply ask(String server, String question) {
        var text = Command.of(Scratch.create("dig"), "dig +dnssec +tries=2 +timeout=5 @" + server + " " + question)
                .mustSucceed();
        var status = STATUS.matcher(text);
        var flags = FLAGS.matcher(text);
        if (!status.find() || !flags.find()) {
            throw new PeerFailure("dig shows no header:\n" + text);
        }
        return new Reply(status.group(1), Set.of(flags.group(1).strip().split(" ")), text);
    }
}
