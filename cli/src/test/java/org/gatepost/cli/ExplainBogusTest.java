// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.gatepost.names.DomainName;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Tampering;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// `gatepost explain` of a name that is bogus says in one line which zone, which record set, which key and what is
/// wrong. The lines are pinned: people search for them.
class ExplainBogusTest {
    private static final String KEY = "key \\d{1,5} \\(ECDSAP256SHA256\\)";
    private static final String TIME = "20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
    private static final Tampering.Forged OTHER_KEY =
            new Tampering.Forged(List.of("spoilt.test. 300 IN DNSKEY 257 3 13 " + "q6ur".repeat(21) + "qw=="));

    private final SignedWorld world = SignedWorld.builder(InstantSource.system())
            .signedZone(DomainName.parse("spoilt.test"))
            .add("spoilt.test. 300 IN MX 10 mx.spoilt.test.")
            .add("mx.spoilt.test. 300 IN A 127.0.0.9")
            .add("_25._tcp.mx.spoilt.test. 300 IN TLSA 3 1 1 " + "ab".repeat(32))
            .build();

    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private DnsServer server;

    @BeforeEach
    void serve() throws IOException {
        server = DnsServer.start(world, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void signatureThatExpired() throws IOException {
        assertReason(
                "spoilt.test",
                "MX",
                new Tampering.SignaturesExpired(),
                "mx-bogus: spoilt\\.test\\. MX: the signature over spoilt\\.test\\. MX by zone spoilt\\.test\\. " + KEY
                        + " expired at " + TIME);
    }

    @Test
    void signatureThatIsWrong() throws IOException {
        assertReason(
                "mx.spoilt.test",
                "A",
                new Tampering.SignaturesCorrupted(),
                "address-bogus: mx\\.spoilt\\.test\\. A: the signature over mx\\.spoilt\\.test\\. A by zone"
                        + " spoilt\\.test\\. " + KEY + " does not match the records");
    }

    @Test
    void signatureThatIsMissing() throws IOException {
        assertReason(
                "_25._tcp.mx.spoilt.test",
                "TLSA",
                new Tampering.SignaturesStripped(),
                "tlsa-bogus: _25\\._tcp\\.mx\\.spoilt\\.test\\. TLSA: _25\\._tcp\\.mx\\.spoilt\\.test\\. TLSA has no"
                        + " signature though its zone spoilt\\.test\\. is signed");
    }

    @Test
    void keyThatTheZoneAboveDoesNotVouchFor() throws IOException {
        assertReason(
                "spoilt.test",
                "DNSKEY",
                OTHER_KEY,
                "mx-bogus: spoilt\\.test\\. MX: the chain of trust breaks at zone spoilt\\.test\\. - no key of the zone"
                        + " matches the parent's DS record or the trust anchor, which is for " + KEY
                        + " by digest type 2; spoilt\\.test\\. DNSKEY has " + KEY);
    }

    @Test
    void denialThatIsNotProven() throws IOException {
        assertReason(
                "_25._tcp.mx.spoilt.test",
                "TLSA",
                new Tampering.DenialWithoutProof(),
                "tlsa-bogus: _25\\._tcp\\.mx\\.spoilt\\.test\\. TLSA: zone spoilt\\.test\\. does not prove that"
                        + " _25\\._tcp\\.mx\\.spoilt\\.test\\. does not exist: it sent no signed NSEC or NSEC3 record");
    }

    /// The same line stands in the text and, without its label, in the JSON.
    private void assertReason(String name, String type, Tampering tampering, String line) throws IOException {
        server.tamper(DomainName.parse(name), type, tampering);
        Path config = config();

        CommandRun text = CommandRun.of("explain", "--config", config.toString(), "bob@spoilt.test");
        CommandRun json = CommandRun.of("explain", "--config", config.toString(), "--json", "spoilt.test");

        assertThat(text.status()).isEqualTo(1);
        assertThat(text.out().lines().filter(each -> each.startsWith("  reason:")))
                .singleElement()
                .asString()
                .matches("  reason:   " + line);
        var verdict = JsonMapper.builder().build().readTree(json.out()).path("verdict");
        assertThat(verdict.path("outcome").asString()).isEqualTo("C9");
        assertThat(verdict.path("reason").asString() + ": "
                        + verdict.path("evidence").asString())
                .matches(line);
    }

    private Path config() throws IOException {
        Path anchor = Files.writeString(folder.resolve("anchor"), world.trustAnchor() + "\n");
        return Files.writeString(
                folder.resolve("gatepost.toml"),
                "dns.upstreams = [\"127.0.0.1:" + server.address().getPort() + "\"]\ndns.trust-anchor-file = \""
                        + anchor + "\"\npolicy.mta-sts = \"none\"\n");
    }
}
