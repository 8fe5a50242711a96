// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The names of a report's fields (RFC 8460 §4.4), and the other spellings that were seen or come easily.
final class FieldNames {
    static final String ORGANIZATION = "organization-name";
    static final String DATE_RANGE = "date-range";
    static final String START = "start-datetime";
    static final String END = "end-datetime";
    static final String CONTACT = "contact-info";
    static final String REPORT_ID = "report-id";
    static final String POLICIES = "policies";
    static final String POLICY = "policy";
    static final String POLICY_TYPE = "policy-type";
    static final String POLICY_STRING = "policy-string";
    static final String POLICY_DOMAIN = "policy-domain";
    static final String MX_HOST = "mx-host";
    static final String SUMMARY = "summary";
    static final String SUCCESSFUL = "total-successful-session-count";
    static final String FAILED = "total-failure-session-count";
    static final String DETAILS = "failure-details";
    static final String RESULT_TYPE = "result-type";
    static final String SENDING_IP = "sending-mta-ip";
    static final String MX_NAME = "receiving-mx-hostname";
    static final String MX_HELO = "receiving-mx-helo";
    static final String RECEIVING_IP = "receiving-ip";
    static final String SESSIONS = "failed-session-count";
    static final String INFORMATION = "additional-information";
    static final String REASON = "failure-reason-code";

    /// Some are of drafts of the RFC; `mx-host-pattern` is what the RFC's own text says once.
    private static final Map<String, List<String>> SPELLINGS = Map.ofEntries(
            Map.entry(ORGANIZATION, List.of("organisation-name", "org-name")),
            Map.entry(DATE_RANGE, List.of()),
            Map.entry(START, List.of("start-date-time", "start-date", "start")),
            Map.entry(END, List.of("end-date-time", "end-date", "end")),
            Map.entry(CONTACT, List.of("contact", "email-address")),
            Map.entry(REPORT_ID, List.of("id")),
            Map.entry(POLICIES, List.of()),
            Map.entry(POLICY, List.of()),
            Map.entry(POLICY_TYPE, List.of("type")),
            Map.entry(POLICY_STRING, List.of("policy-strings")),
            Map.entry(POLICY_DOMAIN, List.of("domain")),
            Map.entry(MX_HOST, List.of("mx-hosts", "mx-host-pattern", "mx-host-patterns", "mx")),
            Map.entry(SUMMARY, List.of()),
            Map.entry(
                    SUCCESSFUL,
                    List.of("total-success-session-count", "total-successful-sessions", "success-aggregate")),
            Map.entry(FAILED, List.of("total-failed-session-count", "total-failure-sessions", "failure-aggregate")),
            Map.entry(DETAILS, List.of("failure-detail")),
            Map.entry(RESULT_TYPE, List.of("result")),
            Map.entry(SENDING_IP, List.of("sending-ip", "sender-ip")),
            Map.entry(MX_NAME, List.of("receiving-mx-host-name", "receiving-mx-host", "mx-hostname")),
            Map.entry(MX_HELO, List.of("receiving-mx-ehlo")),
            Map.entry(RECEIVING_IP, List.of("receiving-mx-ip")),
            Map.entry(SESSIONS, List.of("session-count", "failure-session-count", "failed-sessions-count")),
            Map.entry(INFORMATION, List.of("additional-info", "additional-info-uri", "additional-information-uri")),
            Map.entry(REASON, List.of("failure-error-code", "failure-reason")));

    private static final Map<String, String> CANONICAL = SPELLINGS.entrySet().stream()
            .flatMap(entry -> Stream.concat(Stream.of(entry.getKey()), entry.getValue().stream())
                    .map(spelling -> Map.entry(spelling, entry.getKey())))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

    private static final Set<String> KNOWN = SPELLINGS.keySet();
    private static final Pattern HUMP = Pattern.compile("(?<=[a-z])(?=[A-Z])");

    private FieldNames() {}

    /// The RFC's name for a field, or the name as it is when it means nothing to us.
    static String canonical(String name) {
        if (KNOWN.contains(name)) {
            return name;
        }
        String dashed = HUMP.matcher(name)
                .replaceAll("-")
                .replace('_', '-')
                .replace(' ', '-')
                .toLowerCase(Locale.ROOT);
        return CANONICAL.getOrDefault(dashed, name);
    }
}
