// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Authorities and server certificates made for one test, so that none has to loosen trust.
///
/// @param certificate valid around [#NOW] unless said otherwise
record TestCertificates(X509Certificate certificate, KeyPair keys) {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration YEAR = Duration.ofDays(365);
    private static final BasicConstraints NO_AUTHORITY = new BasicConstraints(false);
    private static final AtomicLong SERIAL = new AtomicLong(1);

    /// When a certificate is valid.
    record Validity(Instant from, Instant to) {
        static final Validity CURRENT = new Validity(NOW.minus(YEAR), NOW.plus(YEAR));
        static final Validity OVER = new Validity(NOW.minus(YEAR), NOW.minusSeconds(1));
        static final Validity TO_COME = new Validity(NOW.plusSeconds(1), NOW.plus(YEAR));
    }

    static TestCertificates root(String commonName) {
        return root(commonName, Validity.CURRENT);
    }

    static TestCertificates root(String commonName, Validity validity) {
        KeyPair keys = newKeys();
        var subject = new Subject("CN=" + commonName, keys, validity, new BasicConstraints(true));
        return new TestCertificates(signed(subject, subject.name(), keys), keys);
    }

    static TestCertificates selfSignedServer(Validity validity, String dnsName) {
        KeyPair keys = newKeys();
        var subject = new Subject("CN=" + dnsName, keys, validity, NO_AUTHORITY);
        return new TestCertificates(signed(subject, subject.name(), keys, dnsName), keys);
    }

    TestCertificates authority(String commonName) {
        return authority(commonName, Validity.CURRENT);
    }

    TestCertificates authority(String commonName, Validity validity) {
        return issue(new Subject("CN=" + commonName, newKeys(), validity, new BasicConstraints(true)));
    }

    /// An authority that may issue server certificates only.
    TestCertificates lowestAuthority(String commonName) {
        return issue(new Subject("CN=" + commonName, newKeys(), Validity.CURRENT, new BasicConstraints(0)));
    }

    /// An authority for names at and below one.
    TestCertificates confinedAuthority(String commonName, String permitted) {
        return issue(
                new Subject("CN=" + commonName, newKeys(), Validity.CURRENT, new BasicConstraints(true), permitted));
    }

    /// Another certificate for the name and key of an authority, issued by this one.
    TestCertificates crossSigned(TestCertificates authority, Validity validity) {
        String subject = authority.certificate().getSubjectX500Principal().getName();
        return issue(new Subject(subject, authority.keys(), validity, new BasicConstraints(true)));
    }

    TestCertificates server(Validity validity, String... dnsNames) {
        return issue(new Subject("CN=" + dnsNames[0], newKeys(), validity, NO_AUTHORITY), dnsNames);
    }

    TestCertificates server(String... dnsNames) {
        return server(Validity.CURRENT, dnsNames);
    }

    /// A server certificate whose common name is not among its subject alternative names, if it has any.
    TestCertificates serverByCommonName(String commonName, String... dnsNames) {
        return issue(new Subject("CN=" + commonName, newKeys(), Validity.CURRENT, NO_AUTHORITY), dnsNames);
    }

    private TestCertificates issue(Subject subject, String... dnsNames) {
        X500Principal issuer = certificate.getSubjectX500Principal();
        return new TestCertificates(signed(subject, issuer, keys, dnsNames), subject.keys());
    }

    /// @param permitted the DNS names that an authority is confined to; empty for all
    private record Subject(
            String text, KeyPair keys, Validity validity, BasicConstraints constraints, String permitted) {
        Subject(String text, KeyPair keys, Validity validity, BasicConstraints constraints) {
            this(text, keys, validity, constraints, "");
        }

        X500Principal name() {
            return new X500Principal(text);
        }
    }

    private static X509Certificate signed(Subject subject, X500Principal issuer, KeyPair signer, String... dnsNames) {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    BigInteger.valueOf(SERIAL.getAndIncrement()),
                    Date.from(subject.validity().from()),
                    Date.from(subject.validity().to()),
                    subject.name(),
                    subject.keys().getPublic());
            builder.addExtension(Extension.basicConstraints, true, subject.constraints());
            if (!subject.permitted().isEmpty()) {
                var permitted = new GeneralSubtree(new GeneralName(GeneralName.dNSName, subject.permitted()));
                builder.addExtension(
                        Extension.nameConstraints,
                        true,
                        new NameConstraints(new GeneralSubtree[] {permitted}, new GeneralSubtree[0]));
            }
            if (dnsNames.length > 0) {
                GeneralName[] names = Stream.of(dnsNames)
                        .map(name -> new GeneralName(GeneralName.dNSName, name))
                        .toArray(GeneralName[]::new);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
        } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
