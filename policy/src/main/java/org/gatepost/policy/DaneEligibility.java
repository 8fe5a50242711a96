// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gatepost.dns.Answer;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.Question;
import org.gatepost.dns.RecordData;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;

/// Which TLSA base domains are asked for a host, and in which order.
///
/// TLSA is asked only below signed addresses: name servers of unsigned zones may not know the type, and an
/// error from them must not stop mail that DANE could not protect anyway (RFC 7672 §2.2.2).
///
/// @spec https://www.rfc-editor.org/rfc/rfc7672 RFC 7672 §2.2
public final class DaneEligibility {
    private static final int HIGHEST_PORT = 65_535;

    private DaneEligibility() {}

    /// What to do next for a host.
    public sealed interface Eligibility {
        /// Ask for TLSA at these base domains, one after the other, as [DaneEligibility#nextBase] says.
        ///
        /// @param bases one or two
        record Ask(List<DomainName> bases) implements Eligibility {
            public Ask {
                bases = List.copyOf(bases);
            }
        }

        /// Ask for the CNAME record at the host's own name, then judge again with its answer.
        record AskAlias(DomainName host) implements Eligibility {}

        /// Ask nothing: DANE demands nothing of this host. Also the answer for a host without any address.
        record NoDane(DaneDemand.Why why) implements Eligibility {}

        /// The alias question failed, so that nobody can say whether DANE applies: the host is not used.
        record Unusable(Answer.Failed<RecordData.Cname> alias) implements Eligibility {}
    }

    /// Judges a host by its address answers.
    ///
    /// @param host the name in the MX record, or the domain itself without one
    /// @param alias the answer to the CNAME question at `host`; empty as long as it was not asked
    public static Eligibility judge(
            DomainName host,
            Answer<RecordData.Address> a,
            Answer<RecordData.Address> aaaa,
            Optional<Answer<RecordData.Cname>> alias) {
        List<Answer.Found<RecordData.Address>> found =
                Stream.of(a, aaaa).flatMap(DaneEligibility::found).toList();
        Optional<Answer.Found<RecordData.Address>> secure = found.stream()
                .filter(answer -> answer.status() == DnssecStatus.SECURE)
                .findFirst();
        if (secure.isPresent()) {
            // RFC 7672 §2.2.2: every link is secure, so the fully expanded name comes first, then the
            // original one.
            return ask(Stream.of(secure.get().owner(), host).distinct().toList());
        }
        if (found.stream().allMatch(answer -> answer.aliases().isEmpty())) {
            return new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE);
        }
        // RFC 7672 §2.2.2: a secure alias into an unsigned zone still allows TLSA at the original name.
        return alias.map(answer -> throughAlias(host, answer)).orElseGet(() -> new Eligibility.AskAlias(host));
    }

    private static Eligibility throughAlias(DomainName host, Answer<RecordData.Cname> alias) {
        return switch (alias) {
            case Answer.Found<RecordData.Cname> found when found.status() == DnssecStatus.SECURE -> ask(List.of(host));
            case Answer.Found<RecordData.Cname> _ -> new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE);
            case Answer.Denied<RecordData.Cname> _ -> new Eligibility.NoDane(DaneDemand.Why.HOST_INSECURE);
            case Answer.Failed<RecordData.Cname> failed -> new Eligibility.Unusable(failed);
        };
    }

    private static Eligibility ask(List<DomainName> bases) {
        List<DomainName> askable = bases.stream()
                .filter(base -> tlsaName(base, HIGHEST_PORT).isPresent())
                .toList();
        return askable.isEmpty()
                ? new Eligibility.NoDane(DaneDemand.Why.NO_TLSA_RECORDS)
                : new Eligibility.Ask(askable);
    }

    private static Stream<Answer.Found<RecordData.Address>> found(Answer<RecordData.Address> answer) {
        return answer instanceof Answer.Found<RecordData.Address> found ? Stream.of(found) : Stream.empty();
    }

    /// Where the TLSA records of a base domain stand (RFC 7672 §2.2.3).
    ///
    /// @param port of the SMTP service: 25, but where a test connects elsewhere
    /// @return empty when the name would be too long to exist, which proves that there are no records
    public static Optional<DomainName> tlsaName(DomainName base, int port) {
        try {
            return Optional.of(base.child("_" + port + "._tcp"));
        } catch (NameSyntaxException e) {
            return Optional.empty();
        }
    }

    /// The base domain that a TLSA question was asked for, whatever the port.
    static DomainName baseOf(Question tlsa) {
        return tlsa.name().parent().parent();
    }

    /// The base domain to ask after these answers: records that are secure end the search, and so does a
    /// failure, since what might have stood there is unknown; a denial or an insecure answer leads to the
    /// next base.
    ///
    /// @param bases as in [Eligibility.Ask]
    /// @param answers those received so far, in the order of the bases
    /// @return empty when nothing more is to be asked
    public static Optional<DomainName> nextBase(List<DomainName> bases, List<Answer<RecordData.Tlsa>> answers) {
        if (answers.size() >= bases.size() || (!answers.isEmpty() && endsSearch(answers.getLast()))) {
            return Optional.empty();
        }
        return Optional.of(bases.get(answers.size()));
    }

    private static boolean endsSearch(Answer<RecordData.Tlsa> answer) {
        return switch (answer) {
            case Answer.Found<RecordData.Tlsa> found -> found.status() == DnssecStatus.SECURE;
            case Answer.Denied<RecordData.Tlsa> _ -> false;
            case Answer.Failed<RecordData.Tlsa> _ -> true;
        };
    }
}
