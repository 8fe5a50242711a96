// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.gatepost.tlsrpt.PolicyType;
import org.gatepost.tlsrpt.ReportWriter;
import org.gatepost.tlsrpt.ResultType;
import org.gatepost.tlsrpt.TlsReport;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// Reports as a provider with many domains gets them: a year, some hundred senders and two thousand domains,
/// most of them
/// without failures. The same ones each time.
final class SampleReports {
    private static final int SENDERS = 200;
    private static final int DOMAINS = 2_000;
    private static final int DAYS = 365;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<ResultType> RESULT_TYPES = List.of(ResultType.values());

    private final Random random = new Random(8460);
    private long duplicates;
    private long successful;
    private long failed;

    private SampleReports() {}

    /// @param reports without duplicates
    record Made(long reports, long duplicates, long successful, long failed) {}

    /// Writes that many files, a thousand to a folder; one of a hundred is a report that was there before.
    static Made write(Path folder, int count) throws IOException {
        var samples = new SampleReports();
        byte[] last = new byte[0];
        for (int i = 0; i < count; i++) {
            Path within = folder.resolve(String.valueOf(i / 1000));
            Files.createDirectories(within);
            boolean again = i % 100 == 99;
            byte[] json = again ? last : ReportWriter.write(samples.report(i));
            samples.duplicates += again ? 1 : 0;
            last = json;
            switch (i % 3) {
                case 0 -> Files.write(within.resolve(i + ".json"), json);
                case 1 -> Files.write(within.resolve(i + ".json.gz"), gzip(json));
                default -> Files.write(within.resolve(i + ".eml"), mail(gzip(json)));
            }
        }
        return new Made(count - samples.duplicates, samples.duplicates, samples.successful, samples.failed);
    }

    private TlsReport report(int number) {
        Instant day = START.plus(Duration.ofDays(random.nextInt(DAYS)));
        String domain = "customer-" + random.nextInt(DOMAINS) + ".example";
        var policies = new ArrayList<PolicyResult>();
        policies.add(result(PolicyType.STS, domain));
        if (random.nextInt(4) == 0) {
            policies.add(result(PolicyType.TLSA, domain));
        }
        return new TlsReport(
                "Sender " + random.nextInt(SENDERS),
                day,
                day.plus(Duration.ofDays(1)).minusSeconds(1),
                Optional.of("tls@sender.example"),
                "report-" + number,
                policies);
    }

    private PolicyResult result(PolicyType type, String domain) {
        var failures = new ArrayList<FailureDetails>();
        long sum = 0;
        for (int i = random.nextInt(10) == 0 ? random.nextInt(20) : 0; i > 0; i--) {
            long sessions = 1 + random.nextInt(50);
            sum += sessions;
            failures.add(new FailureDetails(
                    RESULT_TYPES.get(random.nextInt(RESULT_TYPES.size())).toString(), session(domain), sessions));
        }
        long good = random.nextInt(2_000);
        successful += good;
        failed += sum;
        List<String> strings = type == PolicyType.STS
                ? List.of("version: STSv1", "mode: enforce", "mx: *." + domain, "max_age: 604800")
                : List.of("3 1 1 " + "0123456789abcdef".repeat(4));
        return new PolicyResult(
                new ReportedPolicy(
                        type.toString(), strings, domain, type == PolicyType.STS ? List.of("*." + domain) : List.of()),
                good,
                sum,
                failures);
    }

    private FailedSession session(String domain) {
        return new FailedSession(
                Optional.of("192.0.2." + random.nextInt(256)),
                Optional.of("mx" + random.nextInt(4) + "." + domain),
                Optional.empty(),
                Optional.of("2001:db8::" + Integer.toHexString(random.nextInt(0xffff))),
                Optional.empty(),
                Optional.empty());
    }

    private static byte[] gzip(byte[] octets) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(octets);
        }
        return out.toByteArray();
    }

    private static byte[] mail(byte[] gzip) {
        return """
                From: tls@sender.example
                Subject: Report Domain: example.com Submitter: sender.example Report-ID: <1@sender.example>
                TLS-Report-Domain: example.com
                TLS-Report-Submitter: sender.example
                MIME-Version: 1.0
                Content-Type: multipart/report; report-type="tlsrpt"; boundary="=b="

                --=b=
                Content-Type: text/plain

                A report about TLS.
                --=b=
                Content-Type: application/tlsrpt+gzip
                Content-Transfer-Encoding: base64
                Content-Disposition: attachment; filename="sender.example!example.com!1!2.json.gz"

                %s
                --=b=--
                """.formatted(Base64.getMimeEncoder().encodeToString(gzip)).getBytes(StandardCharsets.US_ASCII);
    }
}
