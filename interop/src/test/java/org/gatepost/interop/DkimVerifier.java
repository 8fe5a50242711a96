// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Debian's python3-dkim as a receiver of TLS reports that verifies signatures and wants keys whose service type
/// says so (RFC 8460 §3); the TXT records are given instead of looked up.
final class DkimVerifier {
    private static final String SCRIPT = """
            import sys, dkim
            message = open(sys.argv[1], 'rb').read()
            records = dict(line.rstrip('\\n').split(' ', 1) for line in open(sys.argv[2]))
            def txt(name, timeout=5):
                name = name.decode() if isinstance(name, bytes) else name
                return records[name.rstrip('.')].encode()
            verifier = dkim.DKIM(message, tlsrpt='strict')
            count = sum(1 for name, value in verifier.headers if name.lower() == b'dkim-signature')
            for index in range(count):
                verifier = dkim.DKIM(message, tlsrpt='strict')
                print(verifier.verify(idx=index, dnsfunc=txt), verifier.signature_fields[b'a'].decode())
            """;

    private final Scratch scratch = Scratch.create("dkim");

    /// @param message one Latin-1 character for each octet
    /// @param records text by name
    /// @return a line for each signature: `True` or `False` and its algorithm
    List<String> verify(String message, Map<String, String> records) {
        var script = scratch.write("verify.py", SCRIPT);
        var file = scratch.writeOctets("message", message);
        var keys = scratch.write(
                "records",
                records.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue() + "\n")
                        .collect(Collectors.joining()));
        return Command.of(scratch, "/usr/bin/python3")
                .and(script.toString(), file.toString(), keys.toString())
                .mustSucceed()
                .lines()
                .toList();
    }
}
