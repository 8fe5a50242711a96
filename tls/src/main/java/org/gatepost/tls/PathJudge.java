// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.gatepost.tls.PathSearch.Candidate;
import org.gatepost.tls.PathVerdict.Invalid;
import org.gatepost.tls.PathVerdict.Valid;

/// Judges a chain as sent against anchors at one instant.
///
/// Problems are named in this order, so that the same chain always gets the same name: the leaf's own dates,
/// whoever issued it; no way to an anchor; dates of the anchor or of an intermediate certificate; any other
/// rule.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5280 RFC 5280 §6: certification path validation
record PathJudge(Anchors anchors, Instant at, boolean refuseWeakSignatures) {
    PathVerdict judge(List<X509Certificate> chainAsSent) {
        if (chainAsSent.isEmpty()) {
            return new Invalid(PathProblem.INVALID, "the server sent no certificate");
        }
        if (chainAsSent.size() > PathSearch.MAX_PATH) {
            return new Invalid(
                    PathProblem.INVALID,
                    "the server sent " + chainAsSent.size() + " certificates, and " + PathSearch.MAX_PATH
                            + " are the most that are looked at");
        }
        X509Certificate leaf = chainAsSent.getFirst();
        return dates(leaf).<PathVerdict>map(problem -> problem).orElseGet(() -> judgePaths(chainAsSent));
    }

    private PathVerdict judgePaths(List<X509Certificate> chainAsSent) {
        List<Invalid> problems = new ArrayList<>();
        for (Candidate candidate : PathSearch.candidates(chainAsSent, anchors)) {
            switch (judge(candidate)) {
                case Valid valid -> {
                    return valid;
                }
                case Invalid invalid -> problems.add(invalid);
            }
        }
        return problems.stream()
                .filter(invalid -> invalid.problem() != PathProblem.INVALID)
                .findFirst()
                .or(() -> problems.stream().findFirst())
                .orElseGet(() -> untrusted(chainAsSent.getFirst()));
    }

    private static Invalid untrusted(X509Certificate leaf) {
        boolean selfIssued = leaf.getSubjectX500Principal().equals(leaf.getIssuerX500Principal());
        return new Invalid(
                PathProblem.UNTRUSTED_ISSUER,
                selfIssued
                        ? subject(leaf) + " is self-signed and not trusted itself"
                        : "no path leads from " + subject(leaf) + ", issued by "
                                + quoted(leaf.getIssuerX500Principal().getName()) + ", to a trust anchor");
    }

    private PathVerdict judge(Candidate candidate) {
        X509Certificate anchor = candidate.anchor().getTrustedCert();
        if (anchor != null) {
            Optional<Invalid> dated = dates(anchor);
            if (dated.isPresent()) {
                return dated.get();
            }
        }
        if (candidate.certificates().isEmpty()) {
            return judgeAnchoredLeaf(candidate.anchor());
        }
        PathVerdict verdict = validate(candidate);
        return verdict instanceof Valid && anchor != null ? judgeByAnchor(anchor, candidate.certificates()) : verdict;
    }

    private static PathVerdict judgeByAnchor(X509Certificate anchor, List<X509Certificate> below) {
        List<X509Certificate> path = new ArrayList<>(below);
        path.add(anchor);
        return new AnchorRules(anchor)
                .breach(below)
                .<PathVerdict>map(
                        breach -> new Invalid(PathProblem.INVALID, rule(subject(breach.certificate()), breach.rule())))
                .orElseGet(() -> new Valid(path));
    }

    private PathVerdict judgeAnchoredLeaf(TrustAnchor anchor) {
        X509Certificate leaf = anchor.getTrustedCert();
        return UsageChecker.mayServe(leaf)
                ? new Valid(List.of(leaf))
                : new Invalid(PathProblem.INVALID, rule(subject(leaf), UsageChecker.Broken.NOT_FOR_SERVERS));
    }

    private PathVerdict validate(Candidate candidate) {
        List<X509Certificate> certificates = candidate.certificates();
        try {
            PKIXParameters parameters = new PKIXParameters(Set.of(candidate.anchor()));
            parameters.setDate(Date.from(at));
            // Nothing is fetched while a message waits: neither certificates nor revocation lists.
            parameters.setRevocationEnabled(false);
            parameters.addCertPathChecker(new UsageChecker(refuseWeakSignatures));
            CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(certificates);
            CertPathValidator.getInstance("PKIX").validate(path, parameters);
        } catch (CertPathValidatorException e) {
            return invalid(candidate, e);
        } catch (GeneralSecurityException | RuntimeException e) {
            return new Invalid(PathProblem.INVALID, "the path cannot be checked");
        }
        return new Valid(certificates);
    }

    private Invalid invalid(Candidate candidate, CertPathValidatorException e) {
        int index = Math.clamp(e.getIndex(), 0, candidate.certificates().size() - 1);
        X509Certificate certificate = candidate.certificates().get(index);
        return dates(certificate)
                .orElseGet(() -> new Invalid(
                        PathProblem.INVALID,
                        rule(e.getIndex() < 0 ? "the path" : subject(certificate), e.getReason())));
    }

    private Optional<Invalid> dates(X509Certificate certificate) {
        Instant from = certificate.getNotBefore().toInstant();
        Instant to = certificate.getNotAfter().toInstant();
        if (at.isAfter(to)) {
            return Optional.of(new Invalid(
                    PathProblem.EXPIRED, subject(certificate) + " expired at " + to.truncatedTo(ChronoUnit.SECONDS)));
        }
        return at.isBefore(from)
                ? Optional.of(new Invalid(
                        PathProblem.NOT_YET_VALID,
                        subject(certificate) + " is not valid before " + from.truncatedTo(ChronoUnit.SECONDS)))
                : Optional.empty();
    }

    private static String rule(String subject, CertPathValidatorException.Reason reason) {
        return subject
                + switch (reason.toString()) {
                    case "NOT_FOR_SERVERS" -> " has an extended key usage without serverAuth (RFC 5280 §4.2.1.12)";
                    case "WEAK_SIGNATURE" -> " is signed with MD5 or SHA-1";
                    case "ALGORITHM_CONSTRAINED" -> " uses an algorithm or key size that is too weak";
                    case "NOT_CA_CERT" -> " issued a certificate without being an authority (RFC 5280 §4.2.1.9)";
                    case "PATH_TOO_LONG" -> " breaks a path length constraint (RFC 5280 §4.2.1.9)";
                    case "INVALID_KEY_USAGE" -> " must not sign certificates by its key usage (RFC 5280 §4.2.1.3)";
                    case "INVALID_NAME" -> " breaks a name constraint (RFC 5280 §4.2.1.10)";
                    case "INVALID_POLICY" -> " breaks a policy constraint (RFC 5280 §4.2.1.11)";
                    case "UNRECOGNIZED_CRIT_EXT" -> " has a critical extension that is not known (RFC 5280 §4.2)";
                    default -> " breaks a rule of path validation (RFC 5280 §6.1)";
                };
    }

    private static String subject(X509Certificate certificate) {
        return "the certificate " + quoted(certificate.getSubjectX500Principal().getName());
    }

    private static String quoted(String name) {
        return "'" + Printable.line(name, 200) + "'";
    }
}
