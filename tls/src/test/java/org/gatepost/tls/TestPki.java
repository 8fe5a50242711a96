// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Makes certification authorities and certificates; happy defaults, one thing varied at a time.
final class TestPki {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    private static final AtomicLong SERIAL = new AtomicLong(1);

    private TestPki() {}

    /// A certificate with its key.
    record Issued(X509Certificate certificate, KeyPair keys) {
        PrivateKey key() {
            return keys.getPrivate();
        }
    }

    static Issued root(String commonName) {
        return new Certificate("CN=" + commonName).authority().issue();
    }

    static Issued intermediate(String commonName, Issued issuer) {
        return new Certificate("CN=" + commonName).authority().signedBy(issuer).issue();
    }

    static Issued leaf(String dnsName, Issued issuer) {
        return new Certificate("CN=" + dnsName).names(dnsName).signedBy(issuer).issue();
    }

    /// A certificate without issuer and subject, as some appliances make; the Java runtime cannot read it.
    static Issued nameless() {
        try {
            KeyPair keys = ecKeys();
            var builder = new X509v3CertificateBuilder(
                    new X500Name(new RDN[0]),
                    BigInteger.ONE,
                    Date.from(NOW.minusSeconds(86_400)),
                    Date.from(NOW.plusSeconds(86_400)),
                    new X500Name(new RDN[0]),
                    SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            return new Issued(
                    new JcaX509CertificateConverter()
                            .setProvider(new BouncyCastleProvider())
                            .getCertificate(builder.build(signer)),
                    keys);
        } catch (OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static KeyPair ecKeys() {
        return keys("EC", 256);
    }

    static KeyPair keys(String algorithm, int size) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(size);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String pem(X509Certificate... certificates) {
        return Stream.of(certificates)
                .map(certificate -> {
                    try {
                        return pem("CERTIFICATE", certificate.getEncoded());
                    } catch (GeneralSecurityException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .collect(Collectors.joining());
    }

    static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + label + "-----\n";
    }

    static Path write(Path folder, String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// A certificate about to be issued: self-signed, valid for 90 days around [#NOW], serverAuth.
    static final class Certificate {
        private final String subject;
        private final List<GeneralName> names = new ArrayList<>();
        private KeyPair keys = ecKeys();
        private Optional<Issued> issuer = Optional.empty();
        private Instant from = NOW.minusSeconds(45L * 86_400);
        private Instant to = NOW.plusSeconds(45L * 86_400);
        private Optional<BasicConstraints> constraints = Optional.empty();
        private Optional<String> permittedName = Optional.empty();
        private List<KeyPurposeId> usages = List.of(KeyPurposeId.id_kp_serverAuth);
        private String digest = "SHA256";
        private int keyUsage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
        private boolean criticalUnknown;

        Certificate(String subject) {
            this.subject = subject;
        }

        Certificate names(String... dnsNames) {
            Stream.of(dnsNames).forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
            return this;
        }

        Certificate address(String address) {
            names.add(new GeneralName(GeneralName.iPAddress, address));
            return this;
        }

        Certificate keys(KeyPair pair) {
            keys = pair;
            return this;
        }

        Certificate signedBy(Issued authority) {
            issuer = Optional.of(authority);
            return this;
        }

        Certificate valid(Instant notBefore, Instant notAfter) {
            from = notBefore;
            to = notAfter;
            return this;
        }

        Certificate expired() {
            return valid(NOW.minusSeconds(86_400 * 30), NOW.minusSeconds(86_400));
        }

        Certificate authority() {
            constraints = Optional.of(new BasicConstraints(true));
            usages = List.of();
            return this;
        }

        Certificate authority(int pathLength) {
            authority();
            constraints = Optional.of(new BasicConstraints(pathLength));
            return this;
        }

        Certificate permits(String dnsName) {
            permittedName = Optional.of(dnsName);
            return this;
        }

        Certificate usages(KeyPurposeId... purposes) {
            usages = List.of(purposes);
            return this;
        }

        /// Of an authority.
        Certificate keyUsage(int bits) {
            keyUsage = bits;
            return this;
        }

        /// With a critical extension that no software knows.
        Certificate criticalUnknown() {
            criticalUnknown = true;
            return this;
        }

        Certificate digest(String name) {
            digest = name;
            return this;
        }

        Issued issue() {
            try {
                var builder = new JcaX509v3CertificateBuilder(
                        issuer.map(i -> i.certificate().getSubjectX500Principal())
                                .orElse(new X500Principal(subject)),
                        BigInteger.valueOf(SERIAL.getAndIncrement()),
                        Date.from(from),
                        Date.from(to),
                        new X500Principal(subject),
                        keys.getPublic());
                addExtensions(builder);
                PrivateKey signing = issuer.map(Issued::key).orElse(keys.getPrivate());
                var signer = new JcaContentSignerBuilder(
                                digest + "with" + (signing.getAlgorithm().equals("EC") ? "ECDSA" : "RSA"))
                        .build(signing);
                return new Issued(new JcaX509CertificateConverter().getCertificate(builder.build(signer)), keys);
            } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private void addExtensions(JcaX509v3CertificateBuilder builder) throws IOException {
            if (constraints.isPresent()) {
                builder.addExtension(Extension.basicConstraints, true, constraints.get());
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(keyUsage));
            }
            if (permittedName.isPresent()) {
                var permitted = new GeneralSubtree(new GeneralName(GeneralName.dNSName, permittedName.get()));
                builder.addExtension(
                        Extension.nameConstraints,
                        true,
                        new NameConstraints(new GeneralSubtree[] {permitted}, new GeneralSubtree[0]));
            }
            if (criticalUnknown) {
                builder.addExtension(new ASN1ObjectIdentifier("2.999.1"), true, DERNull.INSTANCE);
            }
            if (!usages.isEmpty()) {
                builder.addExtension(
                        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(usages.toArray(new KeyPurposeId[0])));
            }
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(new GeneralName[0])));
            }
        }
    }
}
