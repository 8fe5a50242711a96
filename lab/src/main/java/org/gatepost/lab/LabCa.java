// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority with a root, an issuing intermediate, and EC P-256 keys throughout. Its
/// root certifies nothing outside the lab, and its keys live no longer than the process. Safe for use
/// by many threads.
public final class LabCa {
    private static final Duration LEAF_LIFE = Duration.ofDays(30);
    private static final Duration CA_LIFE = Duration.ofDays(3650);

    private final InstantSource clock;
    private final Issuer root;
    private final Issuer issuing;

    private record Issuer(KeyPair keys, X509Certificate certificate) {}

    /// When a certificate is valid.
    public record Period(Instant notBefore, Instant notAfter) {}

    private record Request(X500Name subject, Period period, KeyPair keys, List<String> names, boolean authority) {}

    private LabCa(InstantSource clock, Issuer root, Issuer issuing) {
        this.clock = clock;
        this.root = root;
        this.issuing = issuing;
    }

    /// @param name what the certificates call the authority; two authorities need two names
    public static LabCa create(String name, InstantSource clock) {
        Period life = new Period(clock.instant().minus(CA_LIFE), clock.instant().plus(CA_LIFE));
        KeyPair rootKeys = newKeys();
        X500Name rootName = commonName(name + " Root");
        X509Certificate rootCertificate =
                sign(new Request(rootName, life, rootKeys, List.of(), true), rootName, rootKeys);
        Issuer root = new Issuer(rootKeys, rootCertificate);
        return new LabCa(clock, root, intermediate(name, root, life));
    }

    private static Issuer intermediate(String name, Issuer root, Period life) {
        KeyPair keys = newKeys();
        var request = new Request(commonName(name + " Issuing"), life, keys, List.of(), true);
        return new Issuer(keys, sign(request, subject(root.certificate()), root.keys()));
    }

    public X509Certificate root() {
        return root.certificate();
    }

    /// A leaf for these DNS names, valid from an hour ago for 30 days, sent with the intermediate.
    public CertifiedKey issue(List<String> names) {
        return issue(names, now());
    }

    public CertifiedKey issue(List<String> names, Period period) {
        return issue(names, period, issuing);
    }

    /// A leaf that is valid, below an intermediate that expired yesterday.
    public CertifiedKey issueBelowExpiredIntermediate(List<String> names) {
        return issue(names, now(), intermediate("Expired", root, expired()));
    }

    private CertifiedKey issue(List<String> names, Period period, Issuer issuer) {
        KeyPair keys = newKeys();
        var request = new Request(commonName(names.getFirst()), period, keys, names, false);
        X509Certificate leaf = sign(request, subject(issuer.certificate()), issuer.keys());
        return new CertifiedKey(keys.getPrivate(), List.of(leaf, issuer.certificate()), issuer.certificate());
    }

    /// A leaf for these DNS names that no authority vouches for.
    public CertifiedKey selfSigned(List<String> names) {
        KeyPair keys = newKeys();
        X500Name name = commonName(names.getFirst());
        X509Certificate leaf = sign(new Request(name, now(), keys, names, false), name, keys);
        return new CertifiedKey(keys.getPrivate(), List.of(leaf), leaf);
    }

    private Period now() {
        Instant from = clock.instant().minus(Duration.ofHours(1));
        return new Period(from, from.plus(LEAF_LIFE));
    }

    /// A period that ended yesterday.
    Period expired() {
        Instant end = clock.instant().minus(Duration.ofDays(1));
        return new Period(end.minus(LEAF_LIFE), end);
    }

    /// A period that begins tomorrow.
    Period future() {
        Instant start = clock.instant().plus(Duration.ofDays(1));
        return new Period(start, start.plus(LEAF_LIFE));
    }

    /// Writes the root as PEM, for a client to trust.
    ///
    /// @return the file, inside the folder
    public Path writeBundle(Path folder, String fileName) throws IOException {
        return Files.writeString(folder.resolve(fileName), pem(root.certificate()), StandardCharsets.US_ASCII);
    }

    private static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate of the lab's own cannot be encoded", e);
        }
    }

    private static String pem(String label, byte[] der) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n";
    }

    /// Writes a server's chain and its key in PKCS #8, both as PEM, to files of these names.
    public static void writeIdentity(CertifiedKey certified, Path chainFile, Path keyFile) throws IOException {
        String chain = certified.chain().stream().map(LabCa::pem).collect(Collectors.joining());
        Files.writeString(chainFile, chain, StandardCharsets.US_ASCII);
        Files.writeString(keyFile, pem("PRIVATE KEY", certified.key().getEncoded()), StandardCharsets.US_ASCII);
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no EC keys", e);
        }
    }

    private static X500Name commonName(String name) {
        return new X500NameBuilder().addRDN(BCStyle.CN, name).build();
    }

    private static X500Name subject(X509Certificate certificate) {
        return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    }

    private static X509Certificate sign(Request request, X500Name issuer, KeyPair issuerKeys) {
        var serial = new BigInteger(63, new SecureRandom()).setBit(62);
        var builder = new JcaX509v3CertificateBuilder(
                issuer,
                serial,
                Date.from(request.period().notBefore()),
                Date.from(request.period().notAfter()),
                request.subject(),
                request.keys().getPublic());
        try {
            extend(builder, request, issuerKeys);
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("cannot sign a certificate of the lab", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode a certificate of the lab", e);
        }
    }

    private static void extend(JcaX509v3CertificateBuilder builder, Request request, KeyPair issuerKeys)
            throws GeneralSecurityException, IOException {
        var identifiers = new JcaX509ExtensionUtils();
        builder.addExtension(
                Extension.subjectKeyIdentifier,
                false,
                identifiers.createSubjectKeyIdentifier(request.keys().getPublic()));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                identifiers.createAuthorityKeyIdentifier(issuerKeys.getPublic()));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(request.authority()));
        int usage = request.authority() ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature;
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        if (!request.authority()) {
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            var names = request.names().stream()
                    .map(name -> new GeneralName(GeneralName.dNSName, name))
                    .toArray(GeneralName[]::new);
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        }
    }
}
