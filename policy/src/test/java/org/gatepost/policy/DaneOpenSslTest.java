// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.policy.Answers.name;
import static org.gatepost.policy.DaneMatcherTest.chain;
import static org.gatepost.policy.TestCertificates.NOW;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.policy.TestCertificates.Validity;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// Chains of our own, sent by OpenSSL's server and judged by OpenSSL's client with DANE and by us: whether a record
/// authenticates the server must be the same, but for the differences that are listed.
@EnabledIf("installed")
@Tag("slow")
final class DaneOpenSslTest {
    private static final String BASE = "mx.example.com";
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates ISSUER = ROOT.authority("Issuer");
    private static final TestCertificates LEAF = ISSUER.server(BASE);
    private static final TestCertificates OTHER = TestCertificates.root("Other");
    private static final TestCertificates CROSSED = OTHER.crossSigned(ISSUER, Validity.CURRENT);
    private static final TestCertificates CROSSED_OVER = OTHER.crossSigned(ISSUER, Validity.OVER);
    private static final TestCertificates OLD_ROOT = TestCertificates.root("Old root", Validity.OVER);
    private static final TestCertificates OF_OLD = OLD_ROOT.authority("Of old");
    private static final TestCertificates OLD_ISSUER = ROOT.authority("Old issuer", Validity.OVER);
    private static final TestCertificates LOWEST = ROOT.lowestAuthority("Lowest");
    private static final TestCertificates TOO_LOW = LOWEST.authority("Too low");
    private static final TestCertificates ALONE = TestCertificates.selfSignedServer(Validity.CURRENT, BASE);

    /// @param leaf its key serves
    /// @param others what is sent after the leaf
    private record Sent(String name, TestCertificates leaf, List<TestCertificates> others) {
        Sent(String name, TestCertificates... chain) {
            this(name, chain[0], List.of(chain).subList(1, chain.length));
        }
    }

    private static final List<Sent> CHAINS = List.of(
            new Sent("full", LEAF, ISSUER, ROOT),
            new Sent("without root", LEAF, ISSUER),
            new Sent("leaf only", LEAF),
            new Sent("unordered with junk", LEAF, OTHER, ROOT, ISSUER),
            new Sent("gap", LEAF, ROOT),
            new Sent("cross-signed", LEAF, CROSSED, OTHER),
            new Sent("expired cross-sign first", LEAF, CROSSED_OVER, ISSUER, ROOT),
            new Sent("expired leaf", ISSUER.server(Validity.OVER, BASE), ISSUER, ROOT),
            new Sent("leaf of tomorrow", ISSUER.server(Validity.TO_COME, BASE), ISSUER, ROOT),
            new Sent("expired issuer", OLD_ISSUER.server(BASE), OLD_ISSUER, ROOT),
            new Sent("expired root", OF_OLD.server(BASE), OF_OLD, OLD_ROOT),
            new Sent("path too long", TOO_LOW.server(BASE), TOO_LOW, LOWEST, ROOT),
            new Sent("issued by a server", LEAF.server(BASE), LEAF, ISSUER, ROOT),
            new Sent("another name", ISSUER.server("other.test"), ISSUER, ROOT),
            new Sent("wildcard", ISSUER.server("*.example.com"), ISSUER, ROOT),
            new Sent("wildcard too deep", ISSUER.server("*.com"), ISSUER, ROOT),
            new Sent("common name", ISSUER.serverByCommonName(BASE), ISSUER, ROOT),
            new Sent("common name beside others", ISSUER.serverByCommonName(BASE, "other.test"), ISSUER, ROOT),
            new Sent("self-signed", ALONE),
            new Sent("expired self-signed", TestCertificates.selfSignedServer(Validity.OVER, "other.test")));

    private static final String EXPIRED_ANCHOR = "OpenSSL does not look at the dates of an anchor that is not"
            + " self-signed; here they count, as those of any authority (specification D6)";
    private static final String NO_AUTHORITY = "the key is sent in a certificate that is no authority's, which settles"
            + " what it may do; OpenSSL takes the key alone";

    private static final Map<String, String> MEANT = Map.of(
            "expired issuer, 2 0 0 CN=Old issuer", EXPIRED_ANCHOR,
            "expired issuer, 2 0 1 CN=Old issuer", EXPIRED_ANCHOR,
            "expired issuer, 2 1 0 CN=Old issuer", EXPIRED_ANCHOR,
            "issued by a server, 2 1 0 CN=mx.example.com", NO_AUTHORITY);

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();

    static boolean installed() {
        try {
            return new ProcessBuilder("openssl", "version").start().waitFor() == 0;
        } catch (IOException | InterruptedException e) {
            System.out.println("openssl not present: DANE verdicts were not compared with its own");
            return false;
        }
    }

    @Test
    void verdictsAreThoseOfOpenSsl() throws Exception {
        var differences = new TreeMap<String, String>();
        int compared = 0;
        try {
            for (Sent sent : CHAINS) {
                int port = serve(sent);
                for (Tlsa record : records(sent)) {
                    boolean theirs = accepts(port, record);
                    DaneMatch ours = match(certificates(sent), record);
                    if (theirs != ours instanceof DaneMatch.Matched) {
                        differences.put(sent.name() + ", " + label(sent, record), ours.evidence());
                    }
                    compared++;
                }
            }
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
        System.out.println("DANE verdicts compared with OpenSSL's: " + compared);
        assertThat(compared).isGreaterThan(150);
        MEANT.forEach((one, why) -> System.out.println("waiver OpenSSL, " + one + ": " + why));
        assertThat(differences.keySet()).as(differences.toString()).isEqualTo(MEANT.keySet());
    }

    /// DANE-EE for the leaf by two forms, DANE-TA for leaf, root and every other certificate sent by three.
    private static List<Tlsa> records(Sent sent) throws Exception {
        List<Tlsa> leaf = DaneMatcherTest.forms(3, sent.leaf().certificate());
        var records = new ArrayList<>(List.of(leaf.get(0), leaf.get(4)));
        var authorities = new LinkedHashSet<>(sent.others());
        authorities.addAll(List.of(ROOT, sent.leaf()));
        for (TestCertificates authority : authorities) {
            List<Tlsa> forms = DaneMatcherTest.forms(2, authority.certificate());
            records.addAll(List.of(forms.get(0), forms.get(1), forms.get(3)));
        }
        return records;
    }

    private static String label(Sent sent, Tlsa record) {
        String kind = record.usage() + " " + record.selector() + " " + record.matchingType();
        var all = new ArrayList<>(List.of(ROOT, ISSUER, sent.leaf()));
        all.addAll(sent.others());
        return all.stream()
                .filter(each -> TlsaData.matches(record, each.certificate()))
                .map(each -> kind + " "
                        + each.certificate().getSubjectX500Principal().getName())
                .findFirst()
                .orElse(kind);
    }

    private static List<X509Certificate> certificates(Sent sent) {
        var all = new ArrayList<>(List.of(sent.leaf()));
        all.addAll(sent.others());
        return chain(all.toArray(TestCertificates[]::new));
    }

    private static DaneMatch match(List<X509Certificate> chain, Tlsa record) {
        List<Tlsa> records = List.of(record);
        return DaneMatcher.match(
                new DaneDemand.Authenticate(name(BASE), records, records, List.of(name(BASE)), true), chain, NOW);
    }

    private int serve(Sent sent) throws Exception {
        Path key =
                write("key", pem("PRIVATE KEY", sent.leaf().keys().getPrivate().getEncoded()));
        Path certificate = write("certificate", pem(sent.leaf()));
        var command = new ArrayList<>(List.of("openssl", "s_server", "-accept", "127.0.0.1:0"));
        command.addAll(List.of("-cert", certificate.toString(), "-key", key.toString()));
        var rest = new StringBuilder();
        for (TestCertificates other : sent.others()) {
            rest.append(pem(other));
        }
        if (!rest.isEmpty()) {
            command.addAll(
                    List.of("-cert_chain", write("chain", rest.toString()).toString()));
        }
        Process server = new ProcessBuilder(command).redirectErrorStream(true).start();
        processes.add(server);
        var output = server.inputReader(StandardCharsets.US_ASCII);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("ACCEPT ")) {
                Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {}));
                return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
            }
        }
        throw new AssertionError("openssl s_server did not start for: " + sent.name());
    }

    private static boolean accepts(int port, Tlsa record) throws Exception {
        Process client = new ProcessBuilder(
                        "openssl",
                        "s_client",
                        "-brief",
                        "-connect",
                        "127.0.0.1:" + port,
                        "-attime",
                        Long.toString(NOW.getEpochSecond()),
                        "-verify_return_error",
                        "-dane_tlsa_domain",
                        BASE,
                        "-dane_ee_no_namechecks",
                        "-dane_tlsa_rrdata",
                        record.toString())
                .redirectErrorStream(true)
                .start();
        client.getOutputStream().close();
        String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(client.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(said).containsAnyOf("Verification: OK", "certificate verify failed");
        return said.contains("Verification: OK");
    }

    private Path write(String file, String text) throws IOException {
        return Files.writeString(folder.resolve(file), text);
    }

    private static String pem(TestCertificates of) throws CertificateEncodingException {
        return pem("CERTIFICATE", of.certificate().getEncoded());
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + label + "-----\n";
    }
}
