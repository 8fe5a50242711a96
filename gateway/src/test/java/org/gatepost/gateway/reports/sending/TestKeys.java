// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.reports.sending;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
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
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;

/// Keys and certificates that live for one run of the tests.
final class TestKeys {
    static final DomainName SIGNER = DomainName.parse("sender.example");
    private static final KeyPair RSA = generate("RSA", 2048);
    private static final KeyPair ED25519 = generate("Ed25519", 255);

    private TestKeys() {}

    static KeyPair generate(String algorithm, int size) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(size);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path pem(Path folder, String name, KeyPair pair) throws IOException {
        return Files.writeString(
                folder.resolve(name),
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(pair.getPrivate().getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
    }

    static DkimKey rsa(Path folder) throws IOException {
        return DkimKey.read(SIGNER, "r1", pem(folder, "rsa.pem", RSA));
    }

    static DkimKey ed25519(Path folder) throws IOException {
        return DkimKey.read(SIGNER, "e1", pem(folder, "ed25519.pem", ED25519));
    }

    static Reporter reporter(Path folder) throws IOException {
        Mailbox from = Mailbox.parse("tls-reports@sender.example");
        return new Reporter(
                DomainName.parse("mx.sender.example"),
                from,
                "Sender",
                from,
                Optional.empty(),
                List.of(rsa(folder), ed25519(folder)));
    }

    static X509Certificate selfSigned(KeyPair keys, String name) {
        try {
            X500Principal subject = new X500Principal("CN=" + name);
            Instant now = Instant.now();
            var builder = new JcaX509v3CertificateBuilder(
                    subject,
                    BigInteger.valueOf(now.toEpochMilli()),
                    Date.from(now.minusSeconds(3600)),
                    Date.from(now.plusSeconds(86_400)),
                    subject,
                    keys.getPublic());
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate())));
        } catch (OperatorCreationException | GeneralSecurityException | CertIOException e) {
            throw new IllegalStateException(e);
        }
    }
}
