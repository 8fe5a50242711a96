// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Postfix's own delivery TLS code, run by hand: what it makes of a destination. Its exit status is always 0, so
/// the verdict is read from its words.
final class PosttlsFinger {
    private static final Pattern SESSION =
            Pattern.compile("posttls-finger: (Verified|Trusted|Untrusted|Anonymous) TLS connection established");

    /// What stands in its output when there is no TLS session; the first that does decides.
    private static final Map<String, Verdict> PHRASES = phrases();

    private PosttlsFinger() {}

    private static Map<String, Verdict> phrases() {
        var phrases = new LinkedHashMap<String, Verdict>();
        phrases.put("(nullMX)", Verdict.NO_MAIL);
        phrases.put("TLSA lookup error", Verdict.DNS_FAILED);
        phrases.put("Host not found, try again", Verdict.DNS_FAILED);
        phrases.put("Host not found", Verdict.NO_MAIL);
        phrases.put("Connection refused", Verdict.UNREACHABLE);
        phrases.put("Connection timed out", Verdict.UNREACHABLE);
        phrases.put("SSL_connect error", Verdict.HANDSHAKE_FAILED);
        phrases.put("> STARTTLS", Verdict.HANDSHAKE_FAILED);
        phrases.put("> QUIT", Verdict.NO_STARTTLS); // after an EHLO that offered none
        return phrases;
    }

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
        NO_MAIL
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
        config.writeAged("main.cf", """
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
        var finished = Command.of(scratch, "posttls-finger -t 30 -T 30 -L verbose,summary")
                .and(arguments.toArray(String[]::new))
                .with("MAIL_CONFIG", config.folder().toString())
                .run();
        return new Report(verdict(finished.output()), finished.output());
    }

    static Verdict verdict(String text) {
        var session = SESSION.matcher(text);
        if (session.find()) {
            return Verdict.valueOf(session.group(1).toUpperCase(Locale.ROOT));
        }
        return PHRASES.entrySet().stream()
                .filter(phrase -> text.contains(phrase.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new PeerFailure("posttls-finger says nothing that is known:\n" + text));
    }
}
