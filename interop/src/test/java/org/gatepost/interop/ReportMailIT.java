// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.interop.GatewaySettings.quoted;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.gatepost.names.DomainName;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.tlsrpt.SessionResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// TLS reports arrive at Postfix, also where DANE fails (RFC 8460 §5.3.1), and their signatures satisfy an
/// independent verifier (RFC 6376, RFC 8463).
@NeedsPeers
class ReportMailIT {
    private static final Duration DELIVERY = Duration.ofSeconds(30);
    private static final Pattern ZONE_LINE = Pattern.compile("(\\S+)\\. IN TXT \\((.*) \\)");

    private static Scratch scratch;
    private static String config;

    @BeforeAll
    static void sendTheReportsOfADay() {
        scratch = Scratch.create("gateway");
        var rsa = scratch.path("rsa.pem");
        var ed25519 = scratch.path("ed25519.pem");
        Command.of(scratch, "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out")
                .and(rsa.toString())
                .mustSucceed();
        Command.of(scratch, "openssl genpkey -algorithm ED25519 -out")
                .and(ed25519.toString())
                .mustSucceed();
        config = GatewaySettings.in(MiniInternet.shared())
                .with("reports.from", quoted("tls-reports@senders.test"))
                .with("reports.organization", quoted("Senders \u00fcber alles"))
                .with("reports.dkim-rsa-key-file", quoted(rsa.toString()))
                .with("reports.dkim-ed25519-key-file", quoted(ed25519.toString()))
                .write(scratch)
                .toString();
        var day = LocalDate.now(ZoneOffset.UTC).minusDays(2);
        try (var store = EmbeddedStore.open(scratch.path("spool"))) {
            for (var destination : List.of(Destinations.DANE_EE, Destinations.DANE_MISMATCH)) {
                store.sessionLog().record(List.of(session(day, destination.domain())));
            }
        }
        gatepost("report", "send", "--config", config, "--day", day.toString());
    }

    private static SessionResult session(LocalDate day, String domain) {
        return new SessionResult(
                day.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC),
                DomainName.parse(domain),
                new ReportedPolicy("no-policy-found", List.of(), domain, List.of()),
                Optional.empty());
    }

    private static String gatepost(String... arguments) {
        return new Command(GatewayProcess.command(arguments), scratch.folder(), Map.of(), Duration.ofSeconds(60))
                .mustSucceed();
    }

    private static StoredMessage report(Destination destination) {
        return MiniInternet.shared()
                .mailbox(destination)
                .awaitMessageFor(destination.recipient("tls-reports"), DELIVERY);
    }

    /// As `gatepost report dkim` prints them.
    private static Map<String, String> records() {
        var records = new TreeMap<String, String>();
        gatepost("report", "dkim", "--config", config).lines().forEach(line -> {
            var parsed = ZONE_LINE.matcher(line);
            assertThat(parsed.matches()).as(line).isTrue();
            records.put(
                    parsed.group(1), parsed.group(2).replaceAll("^ \"|\"$", "").replace("\" \"", ""));
        });
        return records;
    }

    @Test
    void bothSignaturesSatisfyAnIndependentVerifier() {
        var stored = report(Destinations.DANE_EE);
        var verifier = new DkimVerifier();
        assertThat(verifier.verify(stored.text(), records()))
                .containsExactlyInAnyOrder("True rsa-sha256", "True ed25519-sha256");
        var forged = stored.text().replace("TLS-Report-Submitter: senders", "TLS-Report-Submitter: others");
        assertThat(verifier.verify(forged, records()))
                .containsExactlyInAnyOrder("False rsa-sha256", "False ed25519-sha256");
        var extended = stored.text().replaceFirst("\nSubject: ", "\nTo: <x@other.test>\nSubject: ");
        assertThat(verifier.verify(extended, records())).allMatch(line -> line.startsWith("False"));
    }

    @Test
    void theReportOfADomainWhoseDaneFailsArrivesAllTheSame() {
        var stored = report(Destinations.DANE_MISMATCH);
        assertThat(stored.header())
                .contains("\nTLS-Required: No\n")
                .contains("Return-Path: <>\n")
                .contains("\nTLS-Report-Domain: dane-mismatch.test\n");
    }

    @Test
    void whatArrivesIsTheReport() throws IOException {
        var parts = DeliveryReport.of(report(Destinations.DANE_EE)).parts();
        assertThat(parts)
                .extracting(DeliveryReport.Part::type)
                .containsExactly("text/plain", "application/tlsrpt+gzip");
        var gzip = Base64.getMimeDecoder().decode(parts.getLast().content());
        var json =
                new String(new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes(), StandardCharsets.UTF_8);
        assertThat(json)
                .contains("Senders \u00fcber alles")
                .contains("\"policy-domain\":\"" + Destinations.DANE_EE.domain() + "\"")
                .contains("\"total-successful-session-count\":1");
    }
}
