// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.tls.CnFallback;
import org.gatepost.tls.PathProblem;
import org.gatepost.tls.PathVerdict;
import org.gatepost.tls.ReferenceNames;
import org.gatepost.tls.TrustStore;

/// Matches a server's certificates with TLSA records, by SMTP's rules: of DANE-EE only the leaf's octets
/// count, of DANE-TA also the path to the trust anchor, the dates and the name; any one record that matches
/// is enough.
///
/// Choices where the standards leave room:
/// - A DANE-TA record is matched with the issuers in the chain, not with the leaf: a trust anchor issues, and
///   a leaf that stands for itself is what DANE-EE is for. Only the key of a record `2 1 0` may be the leaf's,
///   which it then must have signed. OpenSSL, and so Postfix, see it the same way.
/// - The dates of a DANE-TA certificate count like those of any other certificate of the chain; a bare key
///   has none.
/// - Of the trust anchors that records hold in full and the server does not send, the first
///   [#MOST_ANCHORS_IN_RECORDS] are tried; a record set could name hundreds, each with signatures to verify.
///
/// @spec https://www.rfc-editor.org/rfc/rfc7672 RFC 7672 §3
/// @spec https://www.rfc-editor.org/rfc/rfc7671 RFC 7671 §5
/// @spec https://www.rfc-editor.org/rfc/rfc6698 RFC 6698 §2
public final class DaneMatcher {
    /// The most trust anchors taken from records in one match.
    public static final int MOST_ANCHORS_IN_RECORDS = 16;

    private static final List<SubReason> MOST_TELLING_FIRST =
            List.of(SubReason.EXPIRED, SubReason.NAME_MISMATCH, SubReason.NOT_YET_VALID, SubReason.CHAIN_INVALID);
    private static final int MOST_RECORDS_SHOWN = 6;
    private static final int MOST_DATA_SHOWN = 128;

    private final DaneDemand.Authenticate demand;
    private final List<X509Certificate> chain;
    private final Instant at;
    private final List<Tlsa> records;
    private final List<DeliveryFailure> failures = new ArrayList<>();
    private int anchorsTaken;

    private DaneMatcher(DaneDemand.Authenticate demand, List<X509Certificate> chain, Instant at) {
        this.demand = demand;
        this.chain = chain;
        this.at = at;
        this.records = strongest(demand.usable());
    }

    /// The records that can authenticate an SMTP server: usages 2 and 3, known selectors and matching types,
    /// data that fits them (RFC 7672 §3.1, RFC 6698 §4.1).
    public static List<Tlsa> usable(List<Tlsa> published) {
        return published.stream().filter(TlsaData::isUsable).toList();
    }

    /// The records left by digest agility (RFC 7671 §9): within one usage and selector, only the strongest
    /// digest counts; data in full always counts.
    static List<Tlsa> strongest(List<Tlsa> usable) {
        return usable.stream()
                .filter(record -> record.matchingType() != TlsaData.SHA2_256
                        || usable.stream()
                                .noneMatch(other -> other.usage() == record.usage()
                                        && other.selector() == record.selector()
                                        && other.matchingType() == TlsaData.SHA2_512))
                .toList();
    }

    /// @param chain the certificates as the server sent them, leaf first; at least one
    /// @param at the time that certificate dates are held against
    public static DaneMatch match(DaneDemand.Authenticate demand, List<X509Certificate> chain, Instant at) {
        return new DaneMatcher(demand, chain, at).match();
    }

    private DaneMatch match() {
        for (Tlsa record : records) {
            Optional<DaneMatch.Matched> matched =
                    record.usage() == TlsaData.DANE_EE ? matchLeaf(record) : matchAnchor(record);
            if (matched.isPresent()) {
                return matched.get();
            }
        }
        return new DaneMatch.Failed(failures.stream()
                .min(Comparator.comparingInt(DaneMatcher::rank))
                .orElseGet(this::nothingMatches));
    }

    /// RFC 7672 §3.1.1: neither names nor dates nor issuers of a DANE-EE certificate are looked at.
    private Optional<DaneMatch.Matched> matchLeaf(Tlsa record) {
        return TlsaData.matches(record, chain.getFirst())
                ? Optional.of(new DaneMatch.Matched(record, OptionalInt.of(0), evidence(record, 0)))
                : Optional.empty();
    }

    private Optional<DaneMatch.Matched> matchAnchor(Tlsa record) {
        boolean sent = false;
        for (int depth = 1; depth < chain.size(); depth++) {
            // A leaf sent twice is a leaf still.
            if (!chain.get(depth).equals(chain.getFirst()) && TlsaData.matches(record, chain.get(depth))) {
                sent = true;
                if (isAuthentic(TrustStore.validateTo(chain.get(depth), chain, at), record)) {
                    return Optional.of(new DaneMatch.Matched(record, OptionalInt.of(depth), evidence(record, depth)));
                }
            }
        }
        return sent ? Optional.empty() : matchAnchorInRecord(record);
    }

    /// RFC 7671 §5.2: a trust anchor that the record gives in full need not be sent by the server.
    private Optional<DaneMatch.Matched> matchAnchorInRecord(Tlsa record) {
        if (record.matchingType() != TlsaData.FULL
                || (TlsaData.matches(record, chain.getFirst()) && !isSelfSignedByKey(record))
                || anchorsTaken++ >= MOST_ANCHORS_IN_RECORDS) {
            return Optional.empty();
        }
        return verdictByRecord(record, at)
                .filter(verdict -> verdict instanceof PathVerdict.Valid || !isUnrelated(record))
                .filter(verdict -> isAuthentic(verdict, record))
                .map(_ -> new DaneMatch.Matched(
                        record, OptionalInt.empty(), "TLSA " + show(record) + " itself holds the trust anchor"));
    }

    /// RFC 7671 §5.2.3: a bare key may have signed any certificate that is the last of its chain, the leaf too.
    private boolean isSelfSignedByKey(Tlsa record) {
        X509Certificate leaf = chain.getFirst();
        try {
            leaf.verify(leaf.getPublicKey());
            return record.selector() == TlsaData.SPKI;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false;
        }
    }

    private Optional<PathVerdict> verdictByRecord(Tlsa record, Instant when) {
        return record.selector() == TlsaData.CERT
                ? TlsaData.certificate(record).map(anchor -> TrustStore.validateTo(anchor, chain, when))
                : TlsaData.key(record).map(key -> TrustStore.validateTo(key, chain, when));
    }

    /// An anchor that did not issue this chain is merely another anchor, no fault of the chain's. Asked of a time
    /// when the leaf is within its dates, since those are told before anything else.
    private boolean isUnrelated(Tlsa record) {
        Instant then = chain.getFirst().getNotBefore().toInstant();
        return verdictByRecord(record, then)
                .filter(verdict -> verdict instanceof PathVerdict.Invalid invalid
                        && invalid.problem() == PathProblem.UNTRUSTED_ISSUER)
                .isPresent();
    }

    /// Whether path and name are right; if not, notes why.
    private boolean isAuthentic(PathVerdict verdict, Tlsa record) {
        return switch (verdict) {
            case PathVerdict.Valid _ -> isNamed();
            case PathVerdict.Invalid invalid -> {
                String evidence = "TLSA " + show(record) + ": " + PrintableText.line(invalid.detail(), 300);
                SubReason problem = problem(invalid);
                failures.add(
                        problem == SubReason.EXPIRED
                                ? new DeliveryFailure.DaneCertificateExpired(demand.base(), evidence)
                                : new DeliveryFailure.DaneMismatch(demand.base(), problem, evidence));
                yield false;
            }
        };
    }

    private static SubReason problem(PathVerdict.Invalid invalid) {
        return switch (invalid.problem()) {
            case EXPIRED -> SubReason.EXPIRED;
            case NOT_YET_VALID -> SubReason.NOT_YET_VALID;
            case UNTRUSTED_ISSUER, INVALID -> SubReason.CHAIN_INVALID;
        };
    }

    /// RFC 7672 §3.2.2 and §3.2.3: the common name counts only in a certificate without DNS names.
    private boolean isNamed() {
        List<String> names = ReferenceNames.presentedNames(chain.getFirst(), CnFallback.WITHOUT_DNS_NAMES);
        boolean named = names.stream()
                .anyMatch(name ->
                        demand.referenceNames().stream().anyMatch(wanted -> ReferenceNames.matches(name, wanted)));
        if (!named) {
            failures.add(new DeliveryFailure.DaneNameMismatch(
                    demand.base(), demand.referenceNames(), CertificateText.names(names)));
        }
        return named;
    }

    private static int rank(DeliveryFailure failure) {
        int place = MOST_TELLING_FIRST.indexOf(failure.subReason());
        return place < 0 ? MOST_TELLING_FIRST.size() : place;
    }

    private DeliveryFailure nothingMatches() {
        boolean anyEe = records.stream().anyMatch(record -> record.usage() == TlsaData.DANE_EE);
        boolean anyEeKey = records.stream()
                .anyMatch(record -> record.usage() == TlsaData.DANE_EE && record.selector() == TlsaData.SPKI);
        SubReason reason = anyEeKey
                ? SubReason.EE_KEY_MISMATCH
                : anyEe ? SubReason.EE_CERTIFICATE_MISMATCH : SubReason.TA_NOT_IN_CHAIN;
        String wanted = records.stream()
                .limit(MOST_RECORDS_SHOWN)
                .map(DaneMatcher::show)
                .collect(Collectors.joining(", ", "TLSA ", records.size() > MOST_RECORDS_SHOWN ? ", …" : ""));
        return new DeliveryFailure.DaneMismatch(
                demand.base(), reason, wanted + "; the server sent " + CertificateText.chain(chain));
    }

    private String evidence(Tlsa record, int depth) {
        return "TLSA " + show(record) + " matches certificate " + depth + ", "
                + CertificateText.certificate(chain.get(depth));
    }

    /// The record with its data cut when it holds a certificate or key in full.
    private static String show(Tlsa record) {
        return PrintableText.line(record.toString(), MOST_DATA_SHOWN + 8);
    }
}
