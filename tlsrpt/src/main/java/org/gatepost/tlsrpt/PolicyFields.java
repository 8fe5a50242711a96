// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.tlsrpt.TlsReport.FailedSession;
import org.gatepost.tlsrpt.TlsReport.FailureDetails;
import org.gatepost.tlsrpt.TlsReport.ReportedPolicy;

/// The policy and the failure details of a report (RFC 8460 §4.4).
final class PolicyFields {
    private static final Set<String> POLICY_TYPES = terms(PolicyType.values());
    private static final Set<String> RESULT_TYPES = terms(ResultType.values());
    private static final Pattern MX_PREFIX = Pattern.compile("(?i)mx\\s*:\\s*");

    private PolicyFields() {}

    private static Set<String> terms(Enum<?>[] values) {
        return Arrays.stream(values).map(Object::toString).collect(Collectors.toUnmodifiableSet());
    }

    static ReportedPolicy policy(Field policy) throws NoReportException {
        String type = term(policy, FieldNames.POLICY_TYPE, POLICY_TYPES);
        String domain = policy.required(FieldNames.POLICY_DOMAIN);
        return new ReportedPolicy(
                type,
                policyStrings(policy.member(FieldNames.POLICY_STRING), policy.has(FieldNames.POLICY_STRING)),
                domain.isEmpty() ? "" : domain(policy.member(FieldNames.POLICY_DOMAIN), domain),
                mxHosts(policy.member(FieldNames.MX_HOST), policy.has(FieldNames.MX_HOST)));
    }

    private static String term(Field field, String name, Set<String> terms) {
        String written = field.required(name);
        String term = written.toLowerCase(Locale.ROOT).replace('_', '-');
        if (written.isEmpty() || terms.contains(written)) {
            return written;
        }
        if (terms.contains(term)) {
            field.member(name).note("spelt " + term + " (RFC 8460 §4.3, §4.4)");
            return term;
        }
        field.member(name).note("not one of RFC 8460: " + Printable.line(written, 40));
        return written;
    }

    /// The domain in A-labels; what is no domain stays as it is.
    private static String domain(Field field, String text) {
        try {
            DomainName name = DomainName.parse(text);
            if (!name.isRoot() && !name.ascii().equals(text.toLowerCase(Locale.ROOT))) {
                field.note("A-labels without a trailing dot are expected (RFC 8460 §4.4)");
            }
            return name.isRoot() ? text : name.ascii();
        } catch (NameSyntaxException e) {
            field.note("not a domain name: " + e.rule());
            return text;
        }
    }

    /// Each line of a policy and each record a string, however they are packed.
    private static List<String> policyStrings(Field field, boolean present) throws NoReportException {
        if (present && field.value() instanceof Json.Null) {
            field.note("null, where an array of strings is expected (RFC 8460 §4.4)");
        }
        var strings = new ArrayList<String>();
        for (Field element : field.elements()) {
            for (String text : element.text().stream().toList()) {
                if (text.startsWith("[")) {
                    strings.addAll(packed(element, text));
                } else if (text.indexOf('\n') >= 0) {
                    element.note("several lines in one string (RFC 8460 §4.4)");
                    text.lines()
                            .map(String::strip)
                            .filter(line -> !line.isEmpty())
                            .forEach(strings::add);
                } else {
                    strings.add(text);
                }
            }
        }
        return strings;
    }

    /// A JSON array that was written into a string.
    private static List<String> packed(Field element, String text) throws NoReportException {
        element.note("a string that holds a JSON array (RFC 8460 §4.4)");
        try {
            var inner = new Field(JsonText.parse(text, element.notes()), element.place(), element.notes());
            return inner.elements().stream().flatMap(one -> one.text().stream()).toList();
        } catch (NoReportException e) {
            return List.of(text);
        }
    }

    private static List<String> mxHosts(Field field, boolean present) {
        if (present && field.value() instanceof Json.Null) {
            field.note("null, where an array of strings is expected (RFC 8460 §4.4)");
        }
        var hosts = new ArrayList<String>();
        for (Field element : field.elements()) {
            element.text().map(text -> mxHost(element, text)).ifPresent(hosts::add);
        }
        return hosts;
    }

    private static String mxHost(Field element, String text) {
        String host = MX_PREFIX.matcher(text).lookingAt()
                ? text.substring(text.indexOf(':') + 1).strip()
                : text;
        if (!host.equals(text)) {
            element.note("a host pattern without 'mx:' is expected (RFC 8460 §4.4)");
        }
        return host;
    }

    /// @param assumed sessions of a detail that does not say how many
    static FailureDetails failure(Field detail, long assumed) {
        String type = term(detail, FieldNames.RESULT_TYPE, RESULT_TYPES);
        var session = new FailedSession(
                address(detail, FieldNames.SENDING_IP),
                detail.text(FieldNames.MX_NAME),
                detail.text(FieldNames.MX_HELO),
                address(detail, FieldNames.RECEIVING_IP),
                detail.text(FieldNames.INFORMATION),
                detail.text(FieldNames.REASON));
        if (!detail.has(FieldNames.SESSIONS)) {
            detail.member(FieldNames.SESSIONS).note("missing (RFC 8460 §4.4); taken as " + assumed);
            return new FailureDetails(type, session, assumed);
        }
        return new FailureDetails(type, session, detail.count(FieldNames.SESSIONS));
    }

    private static Optional<String> address(Field detail, String name) {
        Optional<String> text = detail.text(name);
        text.filter(address -> !isAddress(address))
                .ifPresent(address -> detail.member(name).note("not an IP address (RFC 8460 §4.4)"));
        return text;
    }

    private static boolean isAddress(String text) {
        try {
            return !text.contains("%") && InetAddress.ofLiteral(text) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
