// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertPathValidatorException.Reason;
import java.security.cert.PKIXReason;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// What the certificate of a trust anchor forbids. Path validation as RFC 5280 §6.1 has it asks an anchor for name
/// and key only, and the platform leaves it at that; an authority that DANE names may well be an intermediate one
/// under constraints, and those are to be applied (RFC 7671 §5.2.1, RFC 7672 §3.1.2). The same holds for an anchor
/// in a trust store.
record AnchorRules(X509Certificate anchor) {
    private static final String NAME_CONSTRAINTS = "2.5.29.30";
    private static final int KEY_CERT_SIGN = 5;

    /// A rule and the certificate that breaks it.
    record Breach(X509Certificate certificate, Reason rule) {}

    /// @param below the path without the anchor, leaf first, at least the leaf
    Optional<Breach> breach(List<X509Certificate> below) {
        return anchorBreach()
                .map(rule -> new Breach(anchor, rule))
                .or(() -> lengthBreach(below))
                .or(() -> nameBreach(below));
    }

    private Optional<Reason> anchorBreach() {
        // Version 1 cannot say that it is an authority; who trusts it has to know (RFC 5280 §6.1.4 (k)).
        if (anchor.getVersion() >= 3 && anchor.getBasicConstraints() < 0) {
            return Optional.of(PKIXReason.NOT_CA_CERT);
        }
        boolean[] usage = anchor.getKeyUsage();
        if (usage != null && !usage[KEY_CERT_SIGN]) {
            return Optional.of(PKIXReason.INVALID_KEY_USAGE);
        }
        if (!UsageChecker.mayServe(anchor)) {
            return Optional.of(UsageChecker.Broken.NOT_FOR_SERVERS);
        }
        return anchor.hasUnsupportedCriticalExtension()
                ? Optional.of(PKIXReason.UNRECOGNIZED_CRIT_EXT)
                : Optional.empty();
    }

    /// RFC 5280 §4.2.1.9: neither the leaf nor self-issued certificates count.
    private Optional<Breach> lengthBreach(List<X509Certificate> below) {
        if (anchor.getVersion() < 3) {
            return Optional.empty();
        }
        return below.subList(1, below.size()).reversed().stream()
                .filter(authority -> !isSelfIssued(authority))
                .skip(anchor.getBasicConstraints())
                .findFirst()
                .map(authority -> new Breach(authority, PKIXReason.PATH_TOO_LONG));
    }

    /// RFC 5280 §4.2.1.10: self-issued certificates are free, unless it is the leaf.
    private Optional<Breach> nameBreach(List<X509Certificate> below) {
        byte[] extension = anchor.getExtensionValue(NAME_CONSTRAINTS);
        if (extension == null) {
            return Optional.empty();
        }
        var within = new X509CertSelector();
        try {
            within.setNameConstraints(
                    DerElement.whole(extension).map(DerElement::content).orElse(new byte[0]));
        } catch (IOException e) {
            return Optional.of(new Breach(anchor, BasicReason.UNSPECIFIED));
        }
        return below.stream()
                .filter(certificate -> certificate.equals(below.getFirst()) || !isSelfIssued(certificate))
                .filter(certificate -> !within.match(certificate))
                .findFirst()
                .map(certificate -> new Breach(certificate, PKIXReason.INVALID_NAME));
    }

    private static boolean isSelfIssued(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }
}
