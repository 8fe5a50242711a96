// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;

/// OpenSSL's DANE cases under SMTP's rules (RFC 7672 §3.1): usages 0 and 1 are unusable, so that nothing is left to
/// authenticate with; DANE-EE ignores names and dates; DANE-TA always checks the name.
final class DaneCorpusTest {
    private static final DomainName BASE = DomainName.parse("example.com");
    private static final Pattern HEAD = Pattern.compile("(\\d+) (\\d+) ([01]) (\\d+) (-?\\d+)");
    private static final Pattern CASE = Pattern.compile("# case (\\d+) of .*");

    private static final String UNUSABLE =
            "usages 0 and 1 are unusable in SMTP (RFC 7672 §3.1.3): encrypt, without authentication";

    private static final String NOT_SENT =
            "passes as expected, but OpenSSL counts a depth for the anchor that the server did not send";

    record Case(String number, List<Tlsa> records, List<X509Certificate> chain, int result, int depth) {}

    @Test
    void casesGetTheirVerdicts() throws Exception {
        var waivers = new HashMap<String, String>();
        var wrong = new ArrayList<String>();
        List<String> lines = Corpus.lines("dane/danetest-odd.in").orElse(List.of());
        List<Case> cases = read(lines);
        assertThat(cases.isEmpty()).isEqualTo(lines.isEmpty());
        for (Case one : cases) {
            List<Tlsa> usable = DaneMatcher.usable(one.records());
            if (usable.isEmpty()) {
                waivers.put("case " + one.number(), UNUSABLE);
                if (one.records().stream().anyMatch(record -> record.usage() > 1)) {
                    wrong.add("case " + one.number() + " has a record that should be usable");
                }
                continue;
            }
            var demand = new DaneDemand.Authenticate(BASE, usable, one.records(), List.of(BASE), true);
            DaneMatch match = DaneMatcher.match(demand, one.chain(), TestCertificates.NOW);
            if (match instanceof DaneMatch.Matched matched && matched.depth().isEmpty() && one.result() == 0) {
                waivers.put("case " + one.number(), NOT_SENT);
                continue;
            }
            String expected = one.result() == 62 ? "62" : one.result() + " " + one.depth();
            if (!verdict(match).equals(expected)) {
                wrong.add("case " + one.number() + ": " + verdict(match) + " instead of " + expected + ": "
                        + match.evidence());
            }
        }
        Corpus.printWaivers("dane/danetest-odd.in", waivers);
        assertThat(wrong).isEmpty();
    }

    private static String verdict(DaneMatch match) {
        return switch (match) {
            case DaneMatch.Matched matched -> "0 " + matched.depth().orElseThrow();
            case DaneMatch.Failed failed ->
                failed.failure() instanceof DeliveryFailure.DaneNameMismatch ? "62" : "65 -1";
        };
    }

    private static List<Case> read(List<String> lines) throws Exception {
        var cases = new ArrayList<Case>();
        String number = "";
        for (int i = 0; i < lines.size(); i++) {
            var title = CASE.matcher(lines.get(i));
            var head = HEAD.matcher(lines.get(i));
            if (title.matches()) {
                number = title.group(1);
            } else if (head.matches()) {
                int records = Integer.parseInt(head.group(1));
                cases.add(new Case(
                        number,
                        lines.subList(i + 1, i + 1 + records).stream()
                                .map(DaneCorpusTest::record)
                                .toList(),
                        certificates(lines.subList(i + 1 + records, lines.size()), Integer.parseInt(head.group(2))),
                        Integer.parseInt(head.group(4)),
                        Integer.parseInt(head.group(5))));
                i += records;
            }
        }
        return cases;
    }

    private static Tlsa record(String line) {
        List<String> parts = List.of(line.split(" ", -1));
        return new Tlsa(
                Integer.parseInt(parts.get(0)),
                Integer.parseInt(parts.get(1)),
                Integer.parseInt(parts.get(2)),
                parts.get(3).toLowerCase(Locale.ROOT));
    }

    private static List<X509Certificate> certificates(List<String> lines, int count) throws Exception {
        var certificates = new ArrayList<X509Certificate>();
        var pem = new StringBuilder();
        for (String line : lines) {
            if (certificates.size() == count) {
                break;
            }
            if (line.startsWith("-----BEGIN") || !pem.isEmpty()) {
                pem.append(line).append('\n');
            }
            if (line.startsWith("-----END")) {
                certificates.add(certificate(pem.toString()));
                pem.setLength(0);
            }
        }
        return certificates;
    }

    /// The JDK refuses certificates without issuer, which some cases have; Bouncy Castle reads them.
    private static X509Certificate certificate(String pem) throws IOException, CertificateException {
        byte[] octets = pem.getBytes(StandardCharsets.US_ASCII);
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(octets));
        } catch (CertificateException e) {
            return (X509Certificate) CertificateFactory.getInstance("X.509", new BouncyCastleProvider())
                    .generateCertificate(new ByteArrayInputStream(octets));
        }
    }
}
