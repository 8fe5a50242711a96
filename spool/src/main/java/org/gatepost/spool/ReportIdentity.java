// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.TreeSet;
import org.gatepost.names.DomainName;
import org.gatepost.tlsrpt.TlsReport;

/// By what a report is recognised when it comes again, by the same way or another.
///
/// @param same SHA-256, in hexadecimal, of organization, report id and policy domains, without regard to case and order
/// @param content the same of everything the report says
/// @param voucher the signer's domain, empty for none
record ReportIdentity(String same, String content, String voucher) {
    static ReportIdentity of(ReceivedReport received) {
        TlsReport report = received.report();
        MessageDigest same = sha256();
        add(same, report.organizationName().strip().toLowerCase(Locale.ROOT));
        // Report ids are made by software and are compared as they are (RFC 8460 §4.4).
        add(same, report.reportId().strip());
        TreeSet<String> domains = new TreeSet<>();
        report.policies()
                .forEach(policy ->
                        domains.add(ReceivedTables.domain(policy.policy().domain())));
        domains.forEach(domain -> add(same, domain));
        MessageDigest content = sha256();
        // The text of a record names every component, so that equal digests mean equal reports.
        add(content, report.toString());
        return new ReportIdentity(
                HexFormat.of().formatHex(same.digest()),
                HexFormat.of().formatHex(content.digest()),
                received.arrival().signature().voucher().map(DomainName::ascii).orElse(""));
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
