// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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
    private static final Duration DAY = Duration.ofDays(1);

    private final Instant now;
    private final Issued self;

    /// A root.
    TestAuthority(Instant now) {
        this.now = now;
        KeyPair keys = newKeys();
        X500Principal name = new X500Principal("CN=Test Authority");
        this.self = new Issued(
                List.of(sign(name, keys, new Validity(now.minus(DAY), now.plus(DAY)), name, keys, true, List.of())),
                keys.getPrivate());
    }

    private TestAuthority(Instant now, Issued self) {
        this.now = now;
        this.self = self;
    }

    /// A chain, leaf first, without the root; the key is the leaf's.
    record Issued(List<X509Certificate> chain, PrivateKey key) {
        Issued withoutIntermediates() {
            return new Issued(chain.subList(0, 1), key);
        }
    }

    private record Validity(Instant from, Instant to) {}

    TrustStore trust() {
        return TrustStore.of(self.chain());
    }

    List<X509Certificate> issue(String name) {
        return server(name).chain();
    }

    Issued server(String name) {
        return issue(name, List.of(name), new Validity(now.minus(DAY), now.plus(DAY)));
    }

    Issued withoutSubjectAlternativeName(String commonName) {
        return issue(commonName, List.of(), new Validity(now.minus(DAY), now.plus(DAY)));
    }

    Issued expired(String name) {
        return issue(name, List.of(name), new Validity(now.minus(DAY), now.minusSeconds(1)));
    }

    Issued notYetValid(String name) {
        return issue(name, List.of(name), new Validity(now.plusSeconds(60), now.plus(DAY)));
    }

    Issued selfSigned(String name) {
        KeyPair keys = newKeys();
        X500Principal subject = new X500Principal("CN=" + name);
        return new Issued(
                List.of(sign(
                        subject,
                        keys,
                        new Validity(now.minus(DAY), now.plus(DAY)),
                        subject,
                        keys,
                        false,
                        List.of(name))),
                keys.getPrivate());
    }

    /// An authority that this one vouches for, and whose certificate servers must send along.
    TestAuthority intermediate() {
        KeyPair keys = newKeys();
        X500Principal subject = new X500Principal("CN=Test Intermediate");
        X509Certificate certificate = sign(
                self.chain().getFirst().getSubjectX500Principal(),
                keys,
                new Validity(now.minus(DAY), now.plus(DAY)),
                subject,
                new KeyPair(self.chain().getFirst().getPublicKey(), self.key()),
                true,
                List.of());
        return new TestAuthority(now, new Issued(List.of(certificate), keys.getPrivate()));
    }

    private Issued issue(String commonName, List<String> names, Validity validity) {
        KeyPair keys = newKeys();
        X509Certificate leaf = sign(
                self.chain().getFirst().getSubjectX500Principal(),
                keys,
                validity,
                new X500Principal("CN=" + commonName),
                new KeyPair(self.chain().getFirst().getPublicKey(), self.key()),
                false,
                names);
        List<X509Certificate> chain = new ArrayList<>(List.of(leaf));
        X509Certificate issuer = self.chain().getFirst();
        if (!issuer.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            chain.add(issuer);
        }
        return new Issued(List.copyOf(chain), keys.getPrivate());
    }

    private static X509Certificate sign(
            X500Principal issuer,
            KeyPair subjectKeys,
            Validity validity,
            X500Principal subject,
            KeyPair issuerKeys,
            boolean authority,
            List<String> names) {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    BigInteger.valueOf(System.nanoTime()),
                    Date.from(validity.from()),
                    Date.from(validity.to()),
                    subject,
                    subjectKeys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(names.stream()
                                .map(name -> new GeneralName(GeneralName.dNSName, name))
                                .toArray(GeneralName[]::new)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
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
