// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.gatepost.tlsrpt.ReadReport.Accepted;
import org.gatepost.tlsrpt.ReadReport.Unreadable;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.PolicyResult;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8460 §4.4, and what senders make of it (pitfall 26).
final class ReportReaderTest {
    private static final String DETAIL = """
            {"result-type": "certificate-expired", "sending-mta-ip": "192.0.2.7",
             "receiving-mx-hostname": "mx1.example.com", "receiving-mx-helo": "mail.example.com",
             "receiving-ip": "2001:db8::25", "failed-session-count": 4,
             "additional-information": "since noon", "failure-reason-code": "X"}""";

    private static final String GOOD = """
            {"organization-name": "Sender Ltd",
             "date-range": {"start-datetime": "2026-11-27T00:00:00Z", "end-datetime": "2026-11-27T23:59:59Z"},
             "contact-info": "tls@sender.example",
             "report-id": "2026-11-27-example.com",
             "policies": [{
               "policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing"],
                          "policy-domain": "example.com", "mx-host": ["*.example.com"]},
               "summary": {"total-successful-session-count": 10, "total-failure-session-count": 4},
               "failure-details": [%s]}]}""".formatted(DETAIL);

    private static final TlsReport REPORT = new TlsReport(
            "Sender Ltd",
            Instant.parse("2026-11-27T00:00:00Z"),
            Instant.parse("2026-11-27T23:59:59Z"),
            Optional.of("tls@sender.example"),
            "2026-11-27-example.com",
            List.of(new PolicyResult(
                    new ReportedPolicy(
                            "sts", List.of("version: STSv1", "mode: testing"), "example.com", List.of("*.example.com")),
                    10,
                    4,
                    List.of(new FailureDetails(
                            "certificate-expired",
                            new FailedSession(
                                    Optional.of("192.0.2.7"),
                                    Optional.of("mx1.example.com"),
                                    Optional.of("mail.example.com"),
                                    Optional.of("2001:db8::25"),
                                    Optional.of("since noon"),
                                    Optional.of("X")),
                            4)))));

    @Test
    void reportToTheLetterIsReadWithoutDeviation() {
        assertThat(read(GOOD)).isEqualTo(new Accepted(REPORT, List.of()));
    }

    /// Each line: what is written in place of what, and the place that is noted. The report is the same.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "2026-11-27T00:00:00"        | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "2026-11-27 00:00:00"        | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "2026-11-27T00:00"           | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "2026-11-27"                 | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "2026-11-27T00:00:00+00:00"  | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "2026-11-27T02:00:00+0200"   | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "2026-11-26T19:00:00.0-05:00" | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": 1795737600                   | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "start-datetime": "1795737600"                 | /date-range/start-datetime
            "start-datetime": "2026-11-27T00:00:00Z" | "x": 1                                         | /date-range/start-datetime
            "end-datetime": "2026-11-27T23:59:59Z"   | "end-datetime": "2026-11-28T00:00:00Z"         | /date-range/end-datetime
            "end-datetime": "2026-11-27T23:59:59Z"   | "end-datetime": "2026-11-28T00:00:00"          | /date-range/end-datetime
            "end-datetime": "2026-11-27T23:59:59Z"   | "end-datetime": "2026-11-27"                   | /date-range/end-datetime
            "end-datetime": "2026-11-27T23:59:59Z"   | "end-datetime": "2026-11-20T00:00:00Z"         | /date-range
            "end-datetime": "2026-11-27T23:59:59Z"   | "end-datetime": "soon"                         | /date-range/end-datetime
            "date-range": {"start-datetime": "2026-11-27T00:00:00Z", "end-datetime": "2026-11-27T23:59:59Z"} | "date-range": null | /date-range
            "date-range": {"start-datetime": "2026-11-27T00:00:00Z", "end-datetime": "2026-11-27T23:59:59Z"} | "start-datetime": "2026-11-27T00:00:00Z", "end-datetime": "2026-11-27T23:59:59Z" | /date-range
            "report-id"        | "reportId"                        | /reportId
            "report-id"        | "Report_ID"                       | /Report_ID
            "organization-name" | "organisation-name"              | /organisation-name
            "policies": [{     | "policies": [null, {              | /policies/0
            "mx-host": ["*.example.com"] | "mx-host": "*.example.com"        | /policies/0/policy/mx-host
            "mx-host": ["*.example.com"] | "mx-host": "mx: *.example.com"    | /policies/0/policy/mx-host
            "mx-host": ["*.example.com"] | "mx-host": ["mx:*.example.com"]   | /policies/0/policy/mx-host/0
            "mx-host": ["*.example.com"] | "mx-host": ["", "*.example.com"]  | /policies/0/policy/mx-host/0
            "mx-host":         | "mx-host-pattern":                | /policies/0/policy/mx-host-pattern
            "policy-string":   | "policy-strings":                 | /policies/0/policy/policy-strings
            ["version: STSv1", "mode: testing"] | "version: STSv1\\r\\nmode: testing\\n"            | /policies/0/policy/policy-string
            ["version: STSv1", "mode: testing"] | ["[\\"version: STSv1\\",\\"mode: testing\\"]"]    | /policies/0/policy/policy-string/0
            ["version: STSv1", "mode: testing"] | "[\\"version: STSv1\\",\\"mode: testing\\"]"      | /policies/0/policy/policy-string
            "policy-type": "sts"           | "policy-type": "STS"             | /policies/0/policy/policy-type
            "policy-domain": "example.com" | "policy-domain": "example.com."  | /policies/0/policy/policy-domain
            "policy-domain": "example.com" | "policy-domain": ["example.com"] | /policies/0/policy/policy-domain
            -session-count": 10 | -session-count": "10"                       | /policies/0/summary/total-successful-session-count
            -session-count": 10 | -session-count": 10.0                       | /policies/0/summary/total-successful-session-count
            -session-count": 10 | -session-count": 1e1                        | /policies/0/summary/total-successful-session-count
            "total-successful-session-count" | "total-success-session-count"  | /policies/0/summary/total-success-session-count
            "result-type": "certificate-expired" | "result-type": "certificate_expired" | /policies/0/failure-details/0/result-type
            "failed-session-count": 4 | "failed-session-count": "4"           | /policies/0/failure-details/0/failed-session-count
            "failed-session-count": 4, | ``                                   | /policies/0/failure-details/0/failed-session-count
            "failure-reason-code" | "failure-error-code"                      | /policies/0/failure-details/0/failure-error-code
            "report-id": "2026-11-27-example.com" | "report-id": "2026-11-27-example.com", "report-id": "2" | /report-id
            "result-type":     | "sending-mta-ip": "192.0.2.7", "result-type": | /policies/0/failure-details/0/sending-mta-ip
            """)
    void deviationsAreTakenForWhatTheyMean(String instead, String written, String place) {
        assertThat(GOOD).contains(instead);
        assertThat(read(GOOD.replace(instead, written))).isInstanceOfSatisfying(Accepted.class, accepted -> {
            assertThat(accepted.report()).isEqualTo(REPORT);
            assertThat(accepted.deviations()).extracting(Deviation::place).contains(place);
            assertThat(accepted.deviations()).hasSizeLessThanOrEqualTo(4);
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "contact-info": "tls@sender.example" | "contact-info": null | /contact-info
            "contact-info": "tls@sender.example" | "contact-info": ""   | /contact-info
            "contact-info": "tls@sender.example" | "contact-info": {}   | /contact-info
            "contact-info": "tls@sender.example" | "x": {}              | /contact-info
            """)
    void contactMayBeMissing(String instead, String written, String place) {
        Accepted accepted = accepted(GOOD.replace(instead, written));
        assertThat(accepted.report().contactInfo()).isEmpty();
        assertThat(accepted.deviations()).extracting(Deviation::place).containsOnly(place);
    }

    @Test
    void missingAndEmptyFieldsLeaveTheRestReadable() {
        Accepted accepted = accepted("""
                {"organization-name": "", "report-id": null,
                 "date-range": {"start-datetime": "2026-11-27T00:00:00Z", "end-datetime": "2026-11-27T23:59:59Z"},
                 "policies": [
                   {"policy": {"policy-type": "invented"}, "summary": {"total-failure-session-count": 2},
                    "failure-details": [{"result-type": ""}, {"sending-mta-ip": "here", "receiving-ip": ""}]},
                   {"policy": {"policy-type": "tlsa", "policy-domain": "b.example", "policy-string": null}},
                   {"policy": {"policy-type": "tlsa", "policy-domain": "B.example", "mx-host": null},
                    "summary": {"total-successful-session-count": -1}, "failure-details": null}]}""");

        assertThat(accepted.report().organizationName()).isEmpty();
        assertThat(accepted.report().reportId()).isEmpty();
        assertThat(accepted.report().policies()).hasSize(3);
        assertThat(accepted.report().policies().getFirst().policy())
                .isEqualTo(new ReportedPolicy("invented", List.of(), "", List.of()));
        assertThat(accepted.report().policies().getFirst().failures())
                .extracting(FailureDetails::sessions)
                .containsExactly(1L, 1L);
        assertThat(accepted.report().policies().getLast())
                .isEqualTo(new PolicyResult(
                        new ReportedPolicy("tlsa", List.of(), "b.example", List.of()), 0, 0, List.of()));
        assertThat(accepted.deviations())
                .extracting(Deviation::place)
                .contains(
                        "/organization-name",
                        "/report-id",
                        "/contact-info",
                        "/policies/0/policy/policy-type",
                        "/policies/0/policy/policy-domain",
                        "/policies/0/summary/total-successful-session-count",
                        "/policies/0/failure-details/0/result-type",
                        "/policies/0/failure-details/1/sending-mta-ip",
                        "/policies/0/failure-details/1/failed-session-count",
                        "/policies/1/policy/policy-string",
                        "/policies/1/summary",
                        "/policies/2/policy/mx-host",
                        "/policies/2/summary/total-successful-session-count");
    }

    @Test
    void countsThatDoNotAddUpStayAndAreTold() {
        Accepted accepted =
                accepted(GOOD.replace("total-failure-session-count\": 4", "total-failure-session-count\": 9"));
        assertThat(accepted.report().policies().getFirst().failed()).isEqualTo(9);
        assertThat(accepted.deviations())
                .containsExactly(new Deviation(
                        "/policies/0/summary", "the counts of the details do not add up (RFC 8460 §4.4): 4 of 9"));
    }

    @Test
    void detailsMayCountASessionInSeveralWays() { // RFC 8460 §4
        String less = GOOD.replace("total-failure-session-count\": 4", "total-failure-session-count\": 3");
        assertThat(accepted(less).deviations()).isEmpty();
    }

    @Test
    void reportsOfSeveralDaysAreTold() {
        Accepted accepted = accepted(GOOD.replace("2026-11-27T23:59:59Z", "2026-12-03T23:59:59Z"));
        assertThat(accepted.report().end()).isEqualTo(Instant.parse("2026-12-03T23:59:59Z"));
        assertThat(accepted.deviations())
                .containsExactly(new Deviation("/date-range", "covers more than a day (RFC 8460 §4.1)"));
    }

    @Test
    void internationalNamesBecomeALabels() {
        assertThat(accepted(GOOD.replace("\"example.com\"", "\"Bücher.example\""))
                        .report()
                        .policies()
                        .getFirst()
                        .policy()
                        .domain())
                .isEqualTo("xn--bcher-kva.example");
    }

    @Test
    void flatPoliciesAndLoneObjectsAreTaken() {
        String flat = GOOD.replace("\"policies\": [{", "\"policies\": {")
                .replace("]}]}", "]}}")
                .replace("[" + DETAIL + "]", DETAIL);
        assertThat(accepted(flat).report()).isEqualTo(REPORT);
        assertThat(accepted("[" + GOOD + "]").report()).isEqualTo(REPORT);
        String merged = GOOD.replace("\"policy\": {", "").replace("[\"*.example.com\"]},", "[\"*.example.com\"],");
        assertThat(accepted(merged).report()).isEqualTo(REPORT);
    }

    @Test
    void slipsOfHandMadeJsonAreTaken() {
        assertThat(accepted(GOOD.replace("since noon", "since\nnoon")).deviations())
                .extracting(Deviation::rule)
                .singleElement()
                .asString()
                .startsWith("not JSON (RFC 8259): ");
        assertThat(accepted(GOOD.replace("\"failure-reason-code\": \"X\"}", "\"failure-reason-code\": \"X\",}"))
                        .report())
                .isEqualTo(REPORT);
        assertThat(accepted(GOOD + "\n\0\0").report()).isEqualTo(REPORT);
        assertThat(accepted(GOOD + GOOD).deviations()).hasSize(1);
    }

    @Test
    void otherEncodingsAreTaken() {
        assertThat(accepted("\ufeff" + GOOD).report()).isEqualTo(REPORT);
        for (Charset charset : List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE)) {
            String text = charset.equals(StandardCharsets.UTF_16LE) ? "\ufeff" + GOOD : GOOD;
            assertThat(ReportReader.read(text.getBytes(charset)))
                    .isInstanceOfSatisfying(
                            Accepted.class,
                            accepted -> assertThat(accepted.report()).isEqualTo(REPORT));
        }
        byte[] latin = GOOD.replace("Sender", "Sënder").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(ReportReader.read(latin))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted ->
                                assertThat(accepted.report().organizationName()).isEqualTo("S\ufffdnder Ltd"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "null",
                "7",
                "\"report\"",
                "[]",
                "{}",
                "{\"policies\": []}",
                "{\"policies\": [], \"date-range\": {\"start-datetime\": \"0000-00-00\"}}",
                "{\"policies\": [], \"date-range\": {\"start-datetime\": \"+999999999-01-01T00:00:00Z\"}}",
                "{\"policies\": [{]}",
                "<feedback><report_metadata/></feedback>",
            })
    void whatIsNoReportIsUnreadable(String text) {
        assertThat(read(text))
                .isInstanceOfSatisfying(
                        Unreadable.class,
                        unreadable -> assertThat(unreadable.toString())
                                .hasSizeBetween(10, 420)
                                .doesNotContainPattern("\\p{Cc}"));
    }

    @Test
    void reportThatBreaksOffSaysWhere() {
        assertThat(read(GOOD.substring(0, 300)))
                .isInstanceOfSatisfying(
                        Unreadable.class,
                        unreadable -> assertThat(unreadable.rule())
                                .startsWith("not JSON (RFC 8259): ")
                                .contains(" at line 6, column "));
    }

    @Test
    void everythingIsBounded() {
        assertUnreadable("{\"policies\":" + "[".repeat(100_000), "beyond the bounds");
        assertUnreadable(GOOD.replace("since noon", "x".repeat(40_000)), "beyond the bounds");
        assertUnreadable(GOOD.replace(": 10,", ": " + "1".repeat(1000) + ","), "beyond the bounds");
        assertUnreadable(GOOD.replace("[" + DETAIL + "]", list(DETAIL, 50_000)), "more than 400000 JSON values");
        assertUnreadable(GOOD.replace("[" + DETAIL + "]", list("{}", 40_001)), "more than 40000 failure details");
        assertUnreadable(GOOD.replace("[" + DETAIL + "]", list("7", 400_000)), "more than 400000 JSON values");
        assertUnreadable(GOOD.replaceFirst("(?s)\"policies\": .*", "\"policies\": " + list("{}", 1001) + "}"), "1000");
        assertThat(read("[" + GOOD.replace("\"x\"", "y") + " ".repeat(ReportReader.MOST_OCTETS)))
                .isInstanceOf(Unreadable.class);
    }

    @Test
    void deviationsAreBoundedAndCounted() {
        Accepted accepted =
                accepted(GOOD.replaceFirst("(?s)\"policies\": .*", "\"policies\": " + list("7", 900) + "}"));
        assertThat(accepted.deviations()).hasSize(ReportReader.MOST_DEVIATIONS);
        assertThat(accepted.deviations().getLast().rule()).isEqualTo("more deviations: 801");
    }

    private static String list(String element, int count) {
        return "[" + String.join(",", Collections.nCopies(count, element)) + "]";
    }

    private static void assertUnreadable(String text, String rule) {
        assertThat(read(text))
                .isInstanceOfSatisfying(
                        Unreadable.class,
                        unreadable -> assertThat(unreadable.rule()).contains(rule));
    }

    private static Accepted accepted(String text) {
        ReadReport report = read(text);
        assertThat(report).isInstanceOf(Accepted.class);
        return (Accepted) report;
    }

    private static ReadReport read(String text) {
        return ReportReader.read(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void brokenJsonIsToldWithoutTheWordsOfALibrary() {
        assertThat(ReportReader.read("{".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(
                        ReadReport.Unreadable.class,
                        unreadable -> assertThat(unreadable.rule())
                                .startsWith("not JSON (RFC 8259): ")
                                .endsWith(" at line 1, column 2")
                                .doesNotContain("Source", "[", "Feature"));
    }
}
