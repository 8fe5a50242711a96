// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gatepost.tls.TestPki.NOW;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.gatepost.tls.TestPki.Certificate;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.Test;

/// What a trust anchor named by DANE forbids in its certificate holds, though PKIX itself asks an anchor for its
/// key only (RFC 7671 §5.2.1, RFC 7672 §3.1.2).
class DaneAnchorTest {
    private final Issued root = TestPki.root("Root");

    private static List<X509Certificate> chain(Issued... certificates) {
        return Stream.of(certificates).map(Issued::certificate).toList();
    }

    private static PathVerdict validate(Issued anchor, Issued... sent) {
        PathVerdict byCertificate = TrustStore.validateTo(anchor.certificate(), chain(sent), NOW);
        if (Stream.of(sent).anyMatch(anchor::equals)) {
            // Where its certificate is sent, a bare key is held to it.
            assertThat(TrustStore.validateTo(anchor.keys().getPublic(), chain(sent), NOW))
                    .isEqualTo(byCertificate);
        }
        return byCertificate;
    }

    private static void assertBroken(PathVerdict verdict, String rule) {
        assertThat(verdict).isInstanceOf(PathVerdict.Invalid.class);
        var invalid = (PathVerdict.Invalid) verdict;
        assertThat(invalid.problem()).isEqualTo(PathProblem.INVALID);
        assertThat(invalid.detail()).contains(rule);
    }

    @Test
    void itsPathLengthHoldsWhetherItIsSentOrNot() {
        for (Issued issuer : List.of(root, TestPki.intermediate("Between", root))) {
            Issued anchor =
                    new Certificate("CN=Short").authority(0).signedBy(issuer).issue();
            Issued below = TestPki.intermediate("Below", anchor);
            Issued leaf = TestPki.leaf("mx.example.com", below);
            assertBroken(validate(anchor, leaf, below, anchor), "path length");
            assertBroken(validate(anchor, leaf, below), "path length");
            Issued direct = TestPki.leaf("mx.example.com", anchor);
            assertThat(validate(anchor, direct, anchor)).isEqualTo(new PathVerdict.Valid(chain(direct, anchor)));
        }
    }

    @Test
    void selfIssuedCertificatesDoNotCountForItsPathLength() { // RFC 5280 §4.2.1.9
        Issued anchor = new Certificate("CN=Rolled").authority(0).issue();
        Issued rolled =
                new Certificate("CN=Rolled").authority(0).signedBy(anchor).issue();
        Issued leaf = TestPki.leaf("mx.example.com", rolled);
        assertThat(validate(anchor, leaf, rolled, anchor)).isInstanceOf(PathVerdict.Valid.class);
    }

    @Test
    void itsNameConstraintsHold() {
        Issued anchor = new Certificate("CN=Narrow")
                .authority()
                .signedBy(root)
                .permits("example.com")
                .issue();
        assertThat(validate(anchor, TestPki.leaf("mx.example.com", anchor), anchor))
                .isInstanceOf(PathVerdict.Valid.class);
        assertBroken(validate(anchor, TestPki.leaf("mx.example.net", anchor), anchor), "name constraint");
        assertBroken(validate(anchor, TestPki.leaf("mx.example.net", anchor)), "name constraint");
        Issued below = TestPki.intermediate("Below", anchor);
        assertBroken(validate(anchor, TestPki.leaf("mx.example.net", below), below, anchor), "name constraint");
    }

    @Test
    void itMustBeAllowedToSignCertificates() { // RFC 5280 §4.2.1.3, §4.2.1.9
        Issued noSigner = new Certificate("CN=TA")
                .authority()
                .keyUsage(KeyUsage.digitalSignature)
                .issue();
        assertBroken(validate(noSigner, TestPki.leaf("mx.example.com", noSigner), noSigner), "key usage");
        Issued server = TestPki.leaf("ta.example.com", root);
        assertBroken(validate(server, TestPki.leaf("mx.example.com", server), server), "without being an authority");
    }

    @Test
    void itsExtendedKeyUsageMustAllowServers() { // RFC 5280 §4.2.1.12
        Issued anchor = new Certificate("CN=TA")
                .authority()
                .usages(KeyPurposeId.id_kp_emailProtection)
                .issue();
        assertBroken(validate(anchor, TestPki.leaf("mx.example.com", anchor), anchor), "serverAuth");
    }

    @Test
    void aCriticalExtensionThatNobodyKnowsSpoilsIt() { // RFC 5280 §4.2
        Issued anchor = new Certificate("CN=TA").authority().criticalUnknown().issue();
        assertBroken(validate(anchor, TestPki.leaf("mx.example.com", anchor), anchor), "critical extension");
        Issued leaf = new Certificate("CN=mx")
                .names("mx.example.com")
                .signedBy(root)
                .criticalUnknown()
                .issue();
        assertBroken(validate(root, leaf, root), "critical extension");
    }

    @Test
    void ofTwoCrossSignedPathsThatWithinItsConstraintsCounts() { // pitfall 10
        Issued wide = TestPki.root("Wide");
        Issued middle = TestPki.intermediate("Middle", wide);
        Issued narrow = new Certificate("CN=Middle")
                .authority(0)
                .keys(middle.keys())
                .signedBy(root)
                .issue();
        Issued low = TestPki.intermediate("Low", middle);
        Issued leaf = TestPki.leaf("mx.example.com", low);
        assertThat(validate(wide, leaf, narrow, low, middle, wide))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low, middle, wide)));
        assertBroken(validate(root, leaf, narrow, low, middle, root), "path length");
    }

    @Test
    void aBareKeyWhoseCertificateIsNotSentForbidsNothing() { // RFC 7671 §5.2.3
        Issued anchor = new Certificate("CN=Short").authority(0).signedBy(root).issue();
        Issued below = TestPki.intermediate("Below", anchor);
        Issued leaf = TestPki.leaf("mx.example.com", below);
        assertThat(TrustStore.validateTo(anchor.keys().getPublic(), chain(leaf, below), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, below)));
    }
}
