// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.receiving;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.dkim.TestSignature;
import org.gatepost.gateway.resolution.ScriptedResolver;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.ReportWriter;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// Reports of a sender with a DKIM key, in the forms in which they come.
public final class TestReports {
    public static final Instant NOW = Instant.parse("2026-11-28T09:30:00Z");
    private static final DomainName SENDER = DomainName.parse("sender.example");

    private final KeyPair keys;

    public TestReports() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
    }

    /// A resolver that knows the sender's key.
    public ScriptedResolver resolver() {
        return new ScriptedResolver()
                .found(
                        "s1._domainkey.sender.example",
                        RecordType.TXT,
                        DnssecStatus.SECURE,
                        new RecordData.Txt("v=DKIM1; s=tlsrpt; p=" + TestSignature.published(keys)));
    }

    public static byte[] json(String id, String type, String... domains) {
        Instant start = Instant.parse("2026-11-27T00:00:00Z");
        List<PolicyResult> policies = List.of(domains).stream()
                .map(domain ->
                        new PolicyResult(new ReportedPolicy(type, List.of(), domain, List.of()), 7, 0, List.of()))
                .toList();
        return ReportWriter.write(new TlsReport(
                "Sender Inc.", start, start.plusSeconds(86_399), Optional.of("tls@sender.example"), id, policies));
    }

    public static byte[] gzip(byte[] octets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(octets);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /// A mail as RFC 8460 §5.3 has it, not signed.
    ///
    /// @param attachment compressed
    public static String mail(byte[] attachment) {
        return header() + "\r\n" + body(attachment);
    }

    /// The same with the sender's signature.
    public String signedMail(byte[] attachment) {
        return new TestSignature(keys, SENDER, "s1").sign("", header(), body(attachment));
    }

    private static String header() {
        return """
                From: tls@sender.example
                To: reports@example.com
                Subject: Report Domain: example.com
                TLS-Report-Domain: example.com
                TLS-Report-Submitter: sender.example
                MIME-Version: 1.0
                Content-Type: multipart/report; report-type=tlsrpt; boundary=b
                """.replace("\n", "\r\n");
    }

    private static String body(byte[] attachment) {
        String encoded = Base64.getMimeEncoder().encodeToString(attachment);
        return """
                --b
                Content-Type: text/plain

                A report.
                --b
                Content-Type: application/tlsrpt+gzip
                Content-Transfer-Encoding: base64
                Content-Disposition: attachment; filename="sender.example!example.com!1!2.json.gz"

                """.replace("\n", "\r\n") + encoded + "\r\n--b--\r\n";
    }
}
