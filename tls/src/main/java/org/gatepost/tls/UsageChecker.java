// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The rules for certificates of TLS servers that PKIX itself leaves out.
final class UsageChecker extends PKIXCertPathChecker {
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String ANY_USAGE = "2.5.29.37.0";

    private final boolean refuseWeakSignatures;

    /// @param refuseWeakSignatures whether MD5 and SHA-1 are refused below the anchor, as public authorities
    ///     must not use them
    UsageChecker(boolean refuseWeakSignatures) {
        this.refuseWeakSignatures = refuseWeakSignatures;
    }

    /// The rules, as reasons of a failed path.
    enum Broken implements CertPathValidatorException.Reason {
        NOT_FOR_SERVERS,
        WEAK_SIGNATURE
    }

    @Override
    public void init(boolean forward) {
        // Each certificate is judged by itself.
    }

    @Override
    public boolean isForwardCheckingSupported() {
        return true;
    }

    @Override
    public Set<String> getSupportedExtensions() {
        return Set.of(EXTENDED_KEY_USAGE);
    }

    @Override
    public void check(Certificate certificate, Collection<String> unresolved) throws CertPathValidatorException {
        unresolved.remove(EXTENDED_KEY_USAGE);
        X509Certificate judged = (X509Certificate) certificate;
        if (!mayServe(judged)) {
            throw broken(Broken.NOT_FOR_SERVERS);
        }
        if (refuseWeakSignatures && isWeak(judged)) {
            throw broken(Broken.WEAK_SIGNATURE);
        }
    }

    /// Absent, the extension restricts nothing (RFC 5280 §4.2.1.12); in a CA's certificate it restricts all
    /// below it, as every widespread verifier reads it.
    static boolean mayServe(X509Certificate certificate) {
        try {
            List<String> usages = certificate.getExtendedKeyUsage();
            return usages == null || usages.contains(SERVER_AUTH) || usages.contains(ANY_USAGE);
        } catch (CertificateParsingException e) {
            return false;
        }
    }

    private static boolean isWeak(X509Certificate certificate) {
        String algorithm = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        return algorithm.startsWith("MD") || algorithm.startsWith("SHA1");
    }

    private static CertPathValidatorException broken(Broken rule) {
        return new CertPathValidatorException(rule.name(), null, null, -1, rule);
    }
}
