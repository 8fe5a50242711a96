// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gatepost.cli.demo.Demonstration;
import org.gatepost.cli.demo.ScenarioResult;
import org.gatepost.lab.Scenario;
import org.gatepost.lab.Scenarios;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Every scenario of the lab, run once for all through the gateway's SMTP port, and every code that the product
/// promises, to the letter.
@Tag("slow")
class ScenariosTest {
    /// A final code and text as the product promises it, and a scenario that must end with it. The words are written
    /// down here for a second time, so that neither the gateway nor the lab is taken at its word.
    private record Promise(String id, String scenario, String reply) {}

    private static final List<Promise> PROMISES = List.of(
            new Promise("C1", "sts-stripped", "551 5.7.4 STARTTLS is required by recipient domain's MTA-STS policy"),
            new Promise("C2", "sts-tls11", "551 5.7.6 MTA-STS requires TLS 1.2 or higher. TLS Version: TLSv1.1"),
            new Promise(
                    "C3",
                    "sts-mx-not-listed",
                    "551 5.4.8 MX hosts of 'sts-mx-not-listed.test' failed MTA-STS validation."),
            new Promise(
                    "C4",
                    "sts-name-mismatch",
                    "551 5.7.5 Remote certificate MUST have a subject alternative name matching the hostname (MTA-STS)"),
            new Promise("C5", "sts-expired", "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: expired"),
            new Promise(
                    "C5",
                    "sts-untrusted",
                    "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: untrusted-issuer"),
            new Promise(
                    "C5",
                    "sts-handshake-broken",
                    "551 5.7.5 Remote certificate failed MTA-STS validation. Reason: handshake-failed"),
            new Promise(
                    "C6",
                    "dane-stripped",
                    "550 5.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail."),
            new Promise(
                    "C6",
                    "dane-handshake-broken",
                    "550 5.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail."),
            new Promise(
                    "C7",
                    "dane-ta-expired",
                    "550 5.7.322 certificate-expired: Destination mail server's certificate is expired."),
            new Promise("C8", "dane-mismatch", "550 5.7.323 tlsa-invalid: The domain failed DANE validation."),
            new Promise(
                    "C9",
                    "dane-bogus-mx",
                    "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records"),
            new Promise(
                    "C9",
                    "dane-bogus-tlsa",
                    "550 5.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records"),
            new Promise(
                    "C10",
                    "dane-ta-name-mismatch",
                    "550 5.7.325 certificate-host-mismatch: Remote certificate MUST have a common name or subject"
                            + " alternative name matching the hostname (DANE)"),
            new Promise("C11", "mx-servfail", "550 5.4.312 DNS query failed"),
            new Promise("C11", "dane-tlsa-servfail", "550 5.4.312 DNS query failed"),
            new Promise("C12", "unreachable", "550 5.4.316 Connection refused"),
            new Promise("C12", "timeout", "550 5.4.315 Connection timed out"),
            new Promise("C12", "closed", "550 5.4.318 Connection was closed abruptly"),
            new Promise("C13", "null-mx", "556 5.1.10 Recipient address has null MX"),
            new Promise("C15", "greylisted-for-ever", "550 4.4.7 Message expired"),
            new Promise("C16", "no-domain", "550 5.4.310 DNS domain 'no-domain.test' does not exist"),
            new Promise("C16", "no-mx-no-address", "550 5.4.310 DNS domain 'no-mx-no-address.test' does not exist"));

    private static final Map<String, ScenarioResult> RESULTS = new LinkedHashMap<>();

    @BeforeAll
    static void runAll(@TempDir Path folder) throws Exception {
        Logging.silence();
        try (Demonstration demonstration = Demonstration.start(folder, Scenarios.all())) {
            demonstration.run(result -> RESULTS.put(result.scenario().id(), result));
        }
    }

    @TestFactory
    List<DynamicTest> aScenarioEndsAsItMust() {
        return Scenarios.all().stream()
                .map(scenario -> DynamicTest.dynamicTest(name(scenario), () -> {
                    ScenarioResult result = result(scenario.id());
                    assertThat(result.objections())
                            .as(name(scenario) + ": " + result.happened())
                            .isEmpty();
                }))
                .toList();
    }

    private static String name(Scenario scenario) {
        return scenario.id() + ": " + scenario.title();
    }

    @TestFactory
    List<DynamicTest> aPromisedCodeReachesTheSenderToTheLetter() {
        return PROMISES.stream()
                .map(promise -> DynamicTest.dynamicTest(
                        promise.id() + " by " + promise.scenario() + ": " + promise.reply(), () -> require(promise)))
                .toList();
    }

    /// What counts is the report that the sender's host received.
    private static void require(Promise promise) {
        ScenarioResult result = result(promise.scenario());
        assertThat(result.reply()).as(promise.toString()).contains(promise.reply());
        assertThat(result.report().orElse("no report"))
                .as(promise.toString())
                .contains("\r\nDiagnostic-Code: smtp; " + promise.reply() + "\r\n")
                .contains("\r\nFinal-Recipient: rfc822; bob@" + promise.scenario() + ".test\r\n");
    }

    @Test
    void everyCodeThatADomainOrItsAttackerCanCauseIsPromisedHere() {
        assertThat(PROMISES.stream().map(Promise::id).distinct())
                .containsExactly(
                        "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C13", "C15", "C16");
    }

    @Test
    void theReportOnAnExpiredMessageNamesTheLastCause() { // RFC 3463 §3.5: 4.4.7 says only that time is over
        assertThat(result("greylisted-for-ever").report().orElse("no report"))
                .contains("\r\nStatus: 4.4.7\r\n")
                .contains("450 4.7.1 greylisted, try again");
    }

    private static ScenarioResult result(String id) {
        ScenarioResult result = RESULTS.get(id);
        if (result == null) {
            throw new AssertionError("no scenario " + id + " was run");
        }
        return result;
    }
}
