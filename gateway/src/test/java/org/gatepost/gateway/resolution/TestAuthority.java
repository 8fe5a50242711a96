// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.gatepost.tls.TrustStore;

/// A certification authority that lives for one test.
final class TestAuthority {
    private static final X500Principal NAME = new X500Principal("CN=Test Authority");

    private final KeyPair keys = newKeys();
    private final Instant now;
    private final X509Certificate root;

    TestAuthority(Instant now) {
        this.now = now;
        this.root = sign(NAME, keys, Extension.basicConstraints, new BasicConstraints(true));
    }

    TrustStore trust() {
        return TrustStore.of(List.of(root));
    }

    List<X509Certificate> issue(String name) {
        return List.of(sign(
                new X500Principal("CN=" + name),
                newKeys(),
                Extension.subjectAlternativeName,
                new GeneralNames(new GeneralName(GeneralName.dNSName, name))));
    }

    private X509Certificate sign(
            X500Principal subject,
            KeyPair subjectKeys,
            org.bouncycastle.asn1.ASN1ObjectIdentifier extension,
            org.bouncycastle.asn1.ASN1Encodable value) {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    NAME,
                    BigInteger.valueOf(System.nanoTime()),
                    Date.from(now.minusSeconds(3600)),
                    Date.from(now.plusSeconds(86_400)),
                    subject,
                    subjectKeys.getPublic());
            builder.addExtension(extension, subject.equals(NAME), value);
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (OperatorCreationException | GeneralSecurityException | CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
