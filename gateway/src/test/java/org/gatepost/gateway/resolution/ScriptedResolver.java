// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnsFailure;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.dns.Resolver;
import org.gatepost.names.DomainName;

/// A resolver that answers what a test told it, and "no such name" for all else; keeps the questions.
public final class ScriptedResolver implements Resolver {
    private static final Instant LATER = Instant.MAX;

    private final Map<Question, Answer<?>> answers = new HashMap<>();
    private final List<Question> asked = new ArrayList<>();

    public ScriptedResolver found(String name, RecordType type, DnssecStatus status, RecordData... records) {
        Question question = question(name, type);
        answers.put(question, new Answer.Found<>(question, status, List.of(records), List.of(), LATER));
        return this;
    }

    /// Records at the end of a chain of aliases.
    public ScriptedResolver aliased(
            String name, RecordType type, DnssecStatus status, RecordData record, String... targets) {
        Question question = question(name, type);
        List<DomainName> aliases = Stream.of(targets).map(DomainName::parse).toList();
        answers.put(question, new Answer.Found<>(question, status, List.of(record), aliases, LATER));
        return this;
    }

    public ScriptedResolver failed(String name, RecordType type, DnsFailure.Reason reason) {
        Question question = question(name, type);
        answers.put(question, new Answer.Failed<>(question, new DnsFailure(reason, "scripted " + reason)));
        return this;
    }

    public ScriptedResolver denied(String name, RecordType type, DnssecStatus status, Answer.Denial denial) {
        Question question = question(name, type);
        answers.put(question, new Answer.Denied<>(question, status, denial, List.of(), LATER));
        return this;
    }

    public ScriptedResolver forget(String name, RecordType type) {
        answers.remove(question(name, type));
        return this;
    }

    public List<Question> asked() {
        return List.copyOf(asked);
    }

    private static Question question(String name, RecordType type) {
        return new Question(DomainName.parse(name), type);
    }

    @SuppressWarnings("unchecked") // a test scripts records of the type it asks for
    private synchronized <R extends RecordData> Answer<R> answer(DomainName name, RecordType type) {
        Question question = new Question(name, type);
        asked.add(question);
        Answer<?> answer = answers.get(question);
        return answer != null
                ? (Answer<R>) answer
                : new Answer.Denied<>(question, DnssecStatus.SECURE, Answer.Denial.NAME_ERROR, List.of(), LATER);
    }

    @Override
    public Answer<RecordData.Mx> mx(DomainName name) {
        return answer(name, RecordType.MX);
    }

    @Override
    public Answer<RecordData.Address> a(DomainName name) {
        return answer(name, RecordType.A);
    }

    @Override
    public Answer<RecordData.Address> aaaa(DomainName name) {
        return answer(name, RecordType.AAAA);
    }

    @Override
    public Answer<RecordData.Txt> txt(DomainName name) {
        return answer(name, RecordType.TXT);
    }

    @Override
    public Answer<RecordData.Tlsa> tlsa(DomainName name) {
        return answer(name, RecordType.TLSA);
    }

    @Override
    public Answer<RecordData.Cname> cname(DomainName name) {
        return answer(name, RecordType.CNAME);
    }
}
