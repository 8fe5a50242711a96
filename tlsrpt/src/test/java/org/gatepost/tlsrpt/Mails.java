// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;

/// Mails and octets that tests send.
final class Mails {
    static final String JSON = """
            {"organization-name": "Sender Ltd",
             "date-range": {"start-datetime": "2026-11-27T00:00:00Z", "end-datetime": "2026-11-27T23:59:59Z"},
             "contact-info": "tls@sender.example", "report-id": "r-1",
             "policies": [{"policy": {"policy-type": "no-policy-found", "policy-domain": "example.com"},
               "summary": {"total-successful-session-count": 2, "total-failure-session-count": 0}}]}
            """;

    static final String NAME = "sender.example!example.com!1795737600!1795823999!r-1.json.gz";

    private static final String HEADER = """
            From: tls@sender.example
            To: reports@example.com
            Subject: Report Domain: example.com
             Submitter: sender.example
             Report-ID: <r-1@sender.example>
            TLS-Report-Domain: example.com
            TLS-Report-Submitter: sender.example
            MIME-Version: 1.0
            """;

    private Mails() {}

    static byte[] gzip(byte[] octets) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(octets);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static byte[] gzip(String text) {
        return gzip(text.getBytes(StandardCharsets.UTF_8));
    }

    static String base64(byte[] octets) {
        return Base64.getMimeEncoder().encodeToString(octets);
    }

    /// The mail of RFC 8460 §5.3, to the letter.
    static String proper() {
        return HEADER + """
                Content-Type: multipart/report; report-type="tlsrpt"; boundary="=b="

                --=b=
                Content-Type: text/plain; charset=us-ascii

                This is an aggregate TLS report.
                --=b=
                Content-Type: application/tlsrpt+gzip
                Content-Transfer-Encoding: base64
                Content-Disposition: attachment; filename="%s"

                %s
                --=b=--
                """.formatted(NAME, base64(gzip(JSON)));
    }

    static byte[] crlf(String text) {
        return text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
    }
}
