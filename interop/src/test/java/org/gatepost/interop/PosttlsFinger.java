// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Postfix's own delivery TLS code, run by hand: what it makes of a destination. Its exit status is always 0, so
/// the verdict is read from its words.
final class PosttlsFinger {
    private PosttlsFinger() {}

    /// What posttls-finger says in the end, from the strongest to the weakest.
    enum Verdict {
        /// The peer proved the name or key that was demanded.
        VERIFIED,
        /// The chain is trusted, but no name that was demanded is in the certificate.
        TRUSTED,
        /// Encrypted to somebody who proved nothing.
        UNTRUSTED,
        /// Encrypted without any certificate.
        ANONYMOUS,
        /// STARTTLS was offered, and the handshake failed.
        HANDSHAKE_FAILED,
        /// STARTTLS is not offered.
        NO_STARTTLS,
        /// The lookup of MX, address or TLSA failed, or was bogus: delivery waits.
        DNS_FAILED,
        /// Nobody answers.
        UNREACHABLE,
        /// The destination takes no mail or does not exist.
        REFUSED
    }

    /// @param text all that posttls-finger printed
    record Report(Verdict verdict, String text) {}

    /// How the peer is to prove itself.
    sealed interface Demand {
        /// By the TLSA records, if there are any.
        record Dane() implements Demand {}

        /// By a certificate that the file's authorities vouch for and that names one of these: what a client of
        /// MTA-STS demands.
        record Secure(Path authorities, List<String> names) implements Demand {
            public Secure {
                names = List.copyOf(names);
            }
        }
    }

    static Report check(String destination, Demand demand) {
        var scratch = Scratch.create("finger");
        var config = scratch.subfolder("config");
        config.write(
                "main.cf",
                """
                compatibility_level = 3.6
                inet_protocols = ipv4
                smtp_host_lookup = dns
                myhostname = finger.example
                mail_owner = postfix
                """);
        var arguments = new ArrayList<String>();
        switch (demand) {
            case Demand.Dane() -> arguments.addAll(List.of("-l", "dane", destination));
            case Demand.Secure(var authorities, var names) -> {
                arguments.addAll(List.of("-l", "secure", "-F", authorities.toString(), destination));
                arguments.addAll(names);
            }
        }
        var finished = Command.of(scratch, "posttls-finger -t 30 -T 30 -c -L verbose,summary")
                .and(arguments.toArray(String[]::new))
                .with("MAIL_CONFIG", config.folder().toString())
                .run();
        return new Report(verdict(finished.output()), finished.output());
    }

    static Verdict verdict(String text) {
        if (text.contains("Verified TLS")) {
            return Verdict.VERIFIED;
        }
        throw new PeerFailure("unread:\n" + text);
    }
}
