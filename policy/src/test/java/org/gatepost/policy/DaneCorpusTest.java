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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Test;

/// OpenSSL's DANE cases under SMTP's rules (RFC 7672 §3.1): usages 0 and 1 are unusable, so that nothing is left to
/// authenticate with; DANE-EE ignores names and dates; DANE-TA always checks the name. The cases whose verdict
/// differs from OpenSSL's for that are listed by number, and one that is missing from the list, or no longer
/// differs, is a failure.
final class DaneCorpusTest {
    private static final String FILE = "dane/danetest-odd.in";
    private static final DomainName BASE = DomainName.parse("example.com");
    private static final Pattern HEAD = Pattern.compile("(\\d+) (\\d+) ([01]) (\\d+) (-?\\d+)");
    private static final Pattern CASE = Pattern.compile("# case (\\d+) of .*");

    private static final String UNUSABLE =
            "usages 0 and 1 are unusable in SMTP (RFC 7672 §3.1.3): encrypt, without authentication";
    private static final String NOT_SENT =
            "passes as it should; OpenSSL counts a depth for the anchor that the record holds and the server did not send";
    private static final String NO_ISSUER = "passes as it should; but the certificate has an empty issuer, which the"
            + " platform's TLS refuses (RFC 5280 §4.1.2.4), so that no such server is ever talked to";

    private static final Map<Integer, String> DIFFERENCES = Map.ofEntries(
            Map.entry(1, NO_ISSUER),
            Map.entry(3, NO_ISSUER),
            Map.entry(5, NO_ISSUER),
            Map.entry(23, UNUSABLE),
            Map.entry(25, UNUSABLE),
            Map.entry(27, UNUSABLE),
            Map.entry(29, UNUSABLE),
            Map.entry(31, UNUSABLE),
            Map.entry(33, UNUSABLE),
            Map.entry(35, UNUSABLE),
            Map.entry(37, UNUSABLE),
            Map.entry(39, UNUSABLE),
            Map.entry(41, UNUSABLE),
            Map.entry(47, NOT_SENT),
            Map.entry(49, NOT_SENT));

    /// @param result what OpenSSL says: 0 verified, 62 another name, everything else no match
    /// @param depth of the match, -1 for none
    record Case(int number, List<Tlsa> records, List<X509Certificate> chain, int result, int depth) {}

    @Test
    void casesGetTheirVerdicts() throws Exception {
        List<Case> cases = cases();
        var differences = new TreeMap<Integer, String>();
        for (Case one : cases) {
            difference(one).ifPresent(why -> differences.put(one.number(), why));
        }
        differences.forEach((number, why) -> System.out.println("waiver " + FILE + " case " + number + ": " + why));
        if (!cases.isEmpty()) {
            assertThat(cases).hasSize(27);
            assertThat(differences).isEqualTo(DIFFERENCES);
        }
    }

    /// What OpenSSL verified by one record it would verify by any other form of it.
    @Test
    void everyFormOfTheRecordThatMatchesGetsTheSameVerdict() throws Exception {
        for (Case one : cases()) {
            for (Tlsa record : DaneMatcher.usable(one.records())) {
                if (match(one, List.of(record)) instanceof DaneMatch.Matched matched
                        && matched.depth().isPresent()) {
                    X509Certificate certificate =
                            one.chain().get(matched.depth().getAsInt());
                    for (Tlsa form : DaneMatcherTest.forms(record.usage(), certificate)) {
                        assertThat(verdict(match(one, List.of(form))))
                                .as("case " + one.number() + " with " + form)
                                .isEqualTo(verdict(matched));
                    }
                }
            }
        }
    }

    private static List<Case> cases() throws Exception {
        return read(Corpus.lines(FILE).orElse(List.of()));
    }

    /// How the verdict differs from OpenSSL's: for a reason that is known, or as it is.
    private static Optional<String> difference(Case one) {
        List<Tlsa> usable = DaneMatcher.usable(one.records());
        if (usable.isEmpty()) {
            return Optional.of(one.records().stream().allMatch(record -> record.usage() <= 1) ? UNUSABLE : "unusable");
        }
        DaneMatch match = match(one, usable);
        String expected = one.result() == 62 ? "62" : one.result() + " " + one.depth();
        if (one.result() == 0 && verdict(match).equals("0 not sent")) {
            return Optional.of(NOT_SENT);
        }
        if (!verdict(match).equals(expected)) {
            return Optional.of(verdict(match) + " instead of " + expected + ": " + match.evidence());
        }
        boolean readable = one.chain().stream().noneMatch(DaneCorpusTest::hasNoIssuer);
        return one.result() == 0 && !readable ? Optional.of(NO_ISSUER) : Optional.empty();
    }

    private static DaneMatch match(Case one, List<Tlsa> usable) {
        var demand = new DaneDemand.Authenticate(BASE, usable, one.records(), List.of(BASE), true);
        return DaneMatcher.match(demand, one.chain(), TestCertificates.NOW);
    }

    private static boolean hasNoIssuer(X509Certificate certificate) {
        return certificate.getIssuerX500Principal().getName().isEmpty();
    }

    private static String verdict(DaneMatch match) {
        return switch (match) {
            case DaneMatch.Matched matched ->
                "0 "
                        + (matched.depth().isPresent()
                                ? Integer.toString(matched.depth().getAsInt())
                                : "not sent");
            case DaneMatch.Failed failed ->
                failed.failure() instanceof DeliveryFailure.DaneNameMismatch ? "62" : "65 -1";
        };
    }

    private static List<Case> read(List<String> lines) throws Exception {
        var cases = new ArrayList<Case>();
        int number = 0;
        for (int i = 0; i < lines.size(); i++) {
            var title = CASE.matcher(lines.get(i));
            var head = HEAD.matcher(lines.get(i));
            if (title.matches()) {
                number = Integer.parseInt(title.group(1));
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
