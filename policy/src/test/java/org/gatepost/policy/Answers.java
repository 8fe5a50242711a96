// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.names.DomainName;

/// DNS answers in one line each.
final class Answers {
    static final DnssecStatus SECURE = DnssecStatus.SECURE;
    static final DnssecStatus INSECURE = DnssecStatus.INSECURE;
    private static final Instant EXPIRES = Instant.parse("2030-01-01T00:00:00Z");

    private Answers() {}

    static DomainName name(String text) {
        return DomainName.parse(text);
    }

    static Question question(String name, RecordType type) {
        return new Question(name(name), type);
    }

    static Answer<RecordData.Mx> mx(String domain, DnssecStatus status, String... exchanges) {
        List<RecordData.Mx> records = Stream.of(exchanges)
                .map(exchange -> new RecordData.Mx(10, name(exchange)))
                .toList();
        return new Answer.Found<>(question(domain, RecordType.MX), status, records, List.of(), EXPIRES);
    }

    static Answer<RecordData.Address> address(String host, DnssecStatus status, String address, String... aliases) {
        var data = new RecordData.Address(InetAddress.ofLiteral(address));
        RecordType type = address.contains(":") ? RecordType.AAAA : RecordType.A;
        return new Answer.Found<>(
                question(host, type),
                status,
                List.of(data),
                Stream.of(aliases).map(Answers::name).toList(),
                EXPIRES);
    }

    static Answer<RecordData.Cname> cname(String host, DnssecStatus status, String target) {
        return new Answer.Found<>(
                question(host, RecordType.CNAME),
                status,
                List.of(new RecordData.Cname(name(target))),
                List.of(),
                EXPIRES);
    }

    static Answer<RecordData.Tlsa> tlsa(String base, DnssecStatus status, RecordData.Tlsa... records) {
        return new Answer.Found<>(
                question("_25._tcp." + base, RecordType.TLSA), status, List.of(records), List.of(), EXPIRES);
    }

    static Answer<RecordData.Tlsa> noTlsa(String base, DnssecStatus status) {
        return denied("_25._tcp." + base, RecordType.TLSA, status);
    }

    static <R extends RecordData> Answer<R> denied(String name, RecordType type, DnssecStatus status) {
        return denied(question(name, type), status, Answer.Denial.NO_DATA);
    }

    static <R extends RecordData> Answer<R> denied(Question question, DnssecStatus status, Answer.Denial denial) {
        return new Answer.Denied<>(question, status, denial, List.of(), EXPIRES);
    }

    static <R extends RecordData> Answer<R> failed(String name, RecordType type, DnsFailure.Reason reason) {
        return new Answer.Failed<>(question(name, type), new DnsFailure(reason, "detail of " + reason));
    }

    static <R extends RecordData> Answer<R> bogus(String name, RecordType type) {
        return failed(name, type, DnsFailure.Reason.BOGUS);
    }

    static <R extends RecordData> Answer<R> servfail(String name, RecordType type) {
        return failed(name, type, DnsFailure.Reason.SERVER_FAILURE);
    }
}
