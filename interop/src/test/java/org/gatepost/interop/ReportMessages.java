// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;

/// TLS reports as a sender makes them (RFC 8460).
final class ReportMessages {
    private ReportMessages() {}

    static byte[] gzip(String id, String domain) {
        var json = """
                {"organization-name": "Sender Inc.", "contact-info": "tls@sender.example", "report-id": "%s",
                 "date-range": {"start-datetime": "2026-11-20T00:00:00Z", "end-datetime": "2026-11-20T23:59:59Z"},
                 "policies": [{"policy": {"policy-type": "sts", "policy-string": ["version: STSv1"],
                                          "policy-domain": "%s"},
                               "summary": {"total-successful-session-count": 7, "total-failure-session-count": 2},
                               "failure-details": [{"result-type": "certificate-expired",
                                                    "sending-mta-ip": "192.0.2.1", "failed-session-count": 2}]}]}
                """.formatted(id, domain);
        var octets = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(octets)) {
            out.write(json.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return octets.toByteArray();
    }

    /// @return CRLF lines, without a signature
    static String mail(String id, String domain) {
        var head = """
                Date: Sat, 21 Nov 2026 04:00:00 +0000
                From: TLS reports <tls@sender.example>
                To: <reports@example.com>
                Subject: Report Domain: %1$s
                 Submitter: sender.example Report-ID: <%2$s>
                Message-ID: <%2$s@sender.example>
                TLS-Report-Domain: %1$s
                TLS-Report-Submitter: sender.example
                MIME-Version: 1.0
                Content-Type: multipart/report; report-type="tlsrpt"; boundary="=_b"

                --=_b
                Content-Type: text/plain; charset=us-ascii

                A report,  with spaces \u0020
                .and a dot.
                --=_b
                Content-Type: application/tlsrpt+gzip
                Content-Transfer-Encoding: base64
                Content-Disposition: attachment; filename="sender.example!%1$s!1!2.json.gz"

                """.formatted(domain, id);
        return head.replace("\n", "\r\n") + Base64.getMimeEncoder().encodeToString(gzip(id, domain))
                + "\r\n--=_b--\r\n";
    }
}
