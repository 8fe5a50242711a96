// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ScenariosTest {
    private static final List<Scenario> ALL = Scenarios.all();

    @Test
    void everyScenarioHasAnIdAndATitleOfItsOwn() {
        assertThat(ALL).extracting(Scenario::id).doesNotHaveDuplicates();
        assertThat(ALL).extracting(Scenario::title).doesNotHaveDuplicates();
        assertThat(ALL).extracting(Scenario::id).allMatch(id -> id.matches("[a-z0-9-]+"));
    }

    @Test
    void everyPromisedFinalReplyIsExpectedSomewhere() {
        Set<String> codes = ALL.stream()
                .map(Scenario::expected)
                .filter(Expected.Returned.class::isInstance)
                .map(Expected.Returned.class::cast)
                .map(returned -> returned.replyCode() + " " + returned.enhancedCode())
                .collect(Collectors.toSet());
        assertThat(codes)
                .contains("551 5.7.4", "551 5.7.6", "551 5.4.8", "551 5.7.5", "550 5.7.321", "550 5.7.322")
                .contains("550 5.7.323", "550 5.7.324", "550 5.7.325", "550 5.4.312", "550 5.4.316", "550 5.4.315")
                .contains("550 5.4.318", "556 5.1.10", "550 5.4.310", "550 4.4.7", "550 5.7.30", "550 5.7.10");
    }

    @Test
    void everyProtectionIsExpectedSomewhere() {
        Set<Protection> protections = ALL.stream()
                .map(Scenario::expected)
                .filter(Expected.Delivered.class::isInstance)
                .map(expected -> ((Expected.Delivered) expected).protection())
                .collect(Collectors.toSet());
        assertThat(protections).containsExactlyInAnyOrder(Protection.values());
    }

    @Test
    void clearTextIsForbiddenExactlyWhereAPolicyIsHonoured() {
        assertThat(ALL)
                .filteredOn(Scenario::clearTextForbidden)
                .allMatch(scenario -> !scenario.bodyMayBeInClear())
                .extracting(Scenario::id)
                .contains("sts-stripped", "dane-stripped", "dane-unusable-stripped", "policy-down-stripped")
                .doesNotContain("plain-clear", "sts-none", "receiver-side-only", "policy-down", "sts-testing-stripped");
    }

    @Test
    void aFinalReplyMatchesToTheLetterButForTheReason() {
        var exact = new Expected.Returned("550 5.4.310 DNS domain 'a.test' does not exist", false);
        assertThat(exact.matches("550 5.4.310 DNS domain 'a.test' does not exist"))
                .isTrue();
        assertThat(exact.matches("550 5.4.310 DNS domain 'axtest' does not exist"))
                .isFalse();

        var withReason = new Expected.Returned("551 5.7.5 Failed. Reason: <reason>", true);
        assertThat(withReason.matches("551 5.7.5 Failed. Reason: expired on 2026-01-01"))
                .isTrue();
        assertThat(withReason.matches("551 5.7.5 Failed. Reason: ")).isFalse();
        assertThat(withReason.replyCode()).isEqualTo(551);
        assertThat(withReason.enhancedCode()).isEqualTo("5.7.5");
        assertThat(withReason.text()).isEqualTo("Failed. Reason: <reason>");
    }

    @Test
    void aScenarioSaysInWordsWhatIsAskedAndWhatHappens() {
        Scenario scenario = ALL.stream()
                .filter(candidate -> candidate.id().equals("policy-down-stripped"))
                .findFirst()
                .orElseThrow();
        assertThat(scenario.asksFor()).isEqualTo("MTA-STS enforce");
        assertThat(scenario.whatHappens())
                .isEqualTo("the policy host is down; the policy id changes; mx1: STARTTLS is stripped");
    }

    @Test
    void whatIsSpecialFromTheStartIsSaid() {
        assertThat(whatHappens("sts-expired")).isEqualTo("mx1 shows an expired certificate");
        assertThat(whatHappens("null-mx")).isEqualTo("publishes a null MX");
        assertThat(whatHappens("no-domain")).isEqualTo("does not exist");
        assertThat(whatHappens("dane-mismatch")).isEqualTo("TLSA records match another key");
        assertThat(whatHappens("dane-rollover")).isEqualTo("one of its TLSA records matches another key");
        assertThat(whatHappens("dane-unusable-stripped"))
                .isEqualTo("no TLSA record is usable; mx1: STARTTLS is stripped");
        assertThat(whatHappens("dane-signed-host")).isEqualTo("only its host's zone is signed");
        assertThat(whatHappens("receiver-side-only"))
                .isEqualTo("the sender checks nothing; TLSA records match another key;"
                        + " mx1 shows a self-signed certificate");
    }

    @Test
    void nothingIsSaidOnlyOfDomainsLikeMost() {
        assertThat(ALL)
                .filteredOn(scenario -> scenario.whatHappens().equals("nothing"))
                .extracting(Scenario::id)
                .containsExactly("plain-tls", "sts-good", "dane-311", "dane-301", "both-good", "sender-side-only");
    }

    private static String whatHappens(String id) {
        return ALL.stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow()
                .whatHappens();
    }
}
