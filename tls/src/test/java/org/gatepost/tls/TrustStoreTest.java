// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gatepost.tls.TestPki.NOW;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.gatepost.tls.TestPki.Certificate;
import org.gatepost.tls.TestPki.Issued;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustStoreTest {
    private final Issued root = TestPki.root("Root");
    private final Issued middle = TestPki.intermediate("Middle", root);
    private final Issued low = TestPki.intermediate("Low", middle);
    private final Issued leaf = TestPki.leaf("mx.example.com", low);
    private final TrustStore store = TrustStore.of(List.of(root.certificate()));

    private static List<X509Certificate> chain(Issued... certificates) {
        return List.of(certificates).stream().map(Issued::certificate).toList();
    }

    private static PathProblem problem(PathVerdict verdict) {
        return switch (verdict) {
            case PathVerdict.Valid valid ->
                throw new AssertionError("valid: " + valid.path().size());
            case PathVerdict.Invalid invalid -> {
                assertThat(invalid.detail()).isNotBlank().doesNotContain("Exception", "java.", "\n");
                yield invalid.problem();
            }
        };
    }

    @Test
    void aCompleteChainIsValidAndItsPathEndsAtTheRoot() {
        assertThat(store.validate(chain(leaf, low, middle), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low, middle, root)));
    }

    @Test
    void theOrderOfTheOtherCertificatesDoesNotMatterNorDoSuperfluousOnes() {
        Issued stranger = TestPki.root("Stranger");
        assertThat(store.validate(chain(leaf, stranger, root, middle, low, middle), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low, middle, root)));
    }

    @Test
    void aMissingIntermediateLeavesTheIssuerUntrusted() {
        assertThat(problem(store.validate(chain(leaf, middle), NOW))).isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void selfSignedAndForeignChainsAreUntrusted() {
        Issued alone = new Certificate("CN=mx").names("mx.example.com").issue();
        Issued foreign = TestPki.root("Foreign");
        assertThat(problem(store.validate(chain(alone), NOW))).isEqualTo(PathProblem.UNTRUSTED_ISSUER);
        assertThat(problem(store.validate(chain(TestPki.leaf("mx", foreign), foreign), NOW)))
                .isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void anAuthorityThatOnlyBearsTheTrustedNameIsUntrusted() {
        Issued impostor = TestPki.root("Root");
        assertThat(problem(store.validate(chain(TestPki.leaf("mx", impostor), impostor), NOW)))
                .isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void anEmptyStoreTrustsNothing() {
        assertThat(problem(TrustStore.of(List.of()).validate(chain(leaf, low, middle, root), NOW)))
                .isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void anExpiredLeafSaysSoWhoeverIssuedIt() {
        Issued trusted = new Certificate("CN=a")
                .names("a.example")
                .signedBy(root)
                .expired()
                .issue();
        Issued untrusted = new Certificate("CN=a").names("a.example").expired().issue();
        assertThat(problem(store.validate(chain(trusted), NOW))).isEqualTo(PathProblem.EXPIRED);
        assertThat(problem(store.validate(chain(untrusted), NOW))).isEqualTo(PathProblem.EXPIRED);
    }

    @Test
    void datesAreJudgedAtTheGivenInstantIncludingBothEnds() {
        Instant from = leaf.certificate().getNotBefore().toInstant();
        Instant to = leaf.certificate().getNotAfter().toInstant();
        List<X509Certificate> sent = chain(leaf, low, middle);
        assertThat(store.validate(sent, from)).isInstanceOf(PathVerdict.Valid.class);
        assertThat(store.validate(sent, to)).isInstanceOf(PathVerdict.Valid.class);
        assertThat(problem(store.validate(sent, from.minusSeconds(1)))).isEqualTo(PathProblem.NOT_YET_VALID);
        assertThat(problem(store.validate(sent, to.plusSeconds(1)))).isEqualTo(PathProblem.EXPIRED);
    }

    @Test
    void anExpiredIntermediateOrRootExpiresTheWholePath() {
        Issued oldMiddle =
                new Certificate("CN=Old").authority().signedBy(root).expired().issue();
        Issued oldRoot = new Certificate("CN=Old Root").authority().expired().issue();
        Issued below = TestPki.leaf("mx", oldRoot);
        assertThat(problem(store.validate(chain(TestPki.leaf("mx", oldMiddle), oldMiddle), NOW)))
                .isEqualTo(PathProblem.EXPIRED);
        assertThat(problem(TrustStore.of(chain(oldRoot)).validate(chain(below), NOW)))
                .isEqualTo(PathProblem.EXPIRED);
    }

    @Test
    void anIntermediateOfTomorrowIsNotYetValid() {
        Issued early = new Certificate("CN=Early")
                .authority()
                .signedBy(root)
                .valid(NOW.plusSeconds(60), NOW.plusSeconds(3600))
                .issue();
        assertThat(problem(store.validate(chain(TestPki.leaf("mx", early), early), NOW)))
                .isEqualTo(PathProblem.NOT_YET_VALID);
    }

    @Test
    void ofTwoCrossSignedPathsTheSoundOneCounts() {
        Issued oldRoot = new Certificate("CN=Old Root").authority().expired().issue();
        Issued crossed = new Certificate("CN=Middle")
                .authority()
                .keys(middle.keys())
                .signedBy(oldRoot)
                .expired()
                .issue();
        Issued end = TestPki.leaf("mx", middle);
        TrustStore both = TrustStore.of(chain(oldRoot, root));
        assertThat(both.validate(chain(end, crossed, middle, oldRoot), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(end, middle, root)));
    }

    @Test
    void anExtendedKeyUsageMustAllowServersInLeafAndAuthorities() {
        Issued mailLeaf = new Certificate("CN=a")
                .signedBy(root)
                .usages(KeyPurposeId.id_kp_emailProtection)
                .issue();
        Issued anyLeaf = new Certificate("CN=a")
                .signedBy(root)
                .usages(KeyPurposeId.anyExtendedKeyUsage)
                .issue();
        Issued plainLeaf = new Certificate("CN=a").signedBy(root).usages().issue();
        Issued mailAuthority = new Certificate("CN=Mail")
                .authority()
                .signedBy(root)
                .usages(KeyPurposeId.id_kp_emailProtection)
                .issue();
        assertThat(problem(store.validate(chain(mailLeaf), NOW))).isEqualTo(PathProblem.INVALID);
        assertThat(store.validate(chain(anyLeaf), NOW)).isInstanceOf(PathVerdict.Valid.class);
        assertThat(store.validate(chain(plainLeaf), NOW)).isInstanceOf(PathVerdict.Valid.class);
        assertThat(problem(store.validate(chain(TestPki.leaf("mx", mailAuthority), mailAuthority), NOW)))
                .isEqualTo(PathProblem.INVALID);
    }

    @Test
    void aServerCertificateCannotIssueAnother() {
        Issued end = TestPki.leaf("mx", leaf);
        assertThat(store.validate(chain(end, leaf, low, middle), NOW))
                .isEqualTo(new PathVerdict.Invalid(
                        PathProblem.INVALID,
                        "the certificate 'CN=mx.example.com' issued a certificate without being an authority"
                                + " (RFC 5280 §4.2.1.9)"));
    }

    @Test
    void pathLengthAndNameConstraintsHold() {
        Issued shortest =
                new Certificate("CN=Short").authority(0).signedBy(root).issue();
        Issued below = TestPki.intermediate("Below", shortest);
        assertThat(problem(store.validate(chain(TestPki.leaf("mx", below), below, shortest), NOW)))
                .isEqualTo(PathProblem.INVALID);
        Issued narrow = new Certificate("CN=Narrow")
                .authority()
                .signedBy(root)
                .permits("example.com")
                .issue();
        assertThat(store.validate(chain(TestPki.leaf("mx.example.com", narrow), narrow), NOW))
                .isInstanceOf(PathVerdict.Valid.class);
        assertThat(problem(store.validate(chain(TestPki.leaf("mx.example.net", narrow), narrow), NOW)))
                .isEqualTo(PathProblem.INVALID);
    }

    @Test
    void sha1SignaturesAreRefusedBelowPublicAuthorities() {
        Issued weak = new Certificate("CN=a").signedBy(root).digest("SHA1").issue();
        assertThat(problem(store.validate(chain(weak), NOW))).isEqualTo(PathProblem.INVALID);
    }

    @Test
    void aServersOwnCertificateInTheStoreIsTrustedForItselfOnly() {
        Issued alone = new Certificate("CN=mx").names("mx.example.com").issue();
        TrustStore pinned = TrustStore.of(chain(alone));
        assertThat(pinned.validate(chain(alone), NOW)).isEqualTo(new PathVerdict.Valid(chain(alone)));
        assertThat(problem(pinned.validate(chain(TestPki.leaf("evil", alone), alone), NOW)))
                .isEqualTo(PathProblem.INVALID);
    }

    @Test
    void anEmptyOrEndlessChainIsInvalid() {
        assertThat(problem(store.validate(List.of(), NOW))).isEqualTo(PathProblem.INVALID);
        assertThat(problem(store.validate(
                        IntStream.range(0, 11).mapToObj(i -> leaf.certificate()).toList(), NOW)))
                .isEqualTo(PathProblem.INVALID);
    }

    /// Ten authorities with one name and one key each sign all the others: 9! paths, none of which ends.
    @Test
    void authoritiesThatAllSignEachOtherCostBoundedWork() {
        Issued first = TestPki.root("Loop");
        List<X509Certificate> sent = new ArrayList<>();
        sent.add(TestPki.leaf("mx", first).certificate());
        IntStream.range(0, 9)
                .mapToObj(i -> new Certificate("CN=Loop")
                        .authority()
                        .keys(first.keys())
                        .signedBy(first)
                        .issue())
                .map(Issued::certificate)
                .forEach(sent::add);
        assertThat(problem(store.validate(sent, NOW))).isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void aTrustAnchorOfDaneNeedsNoStoreAndMayBeAnywhere() {
        List<X509Certificate> sent = chain(leaf, low, middle);
        assertThat(TrustStore.validateTo(root.certificate(), sent, NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low, middle, root)));
        assertThat(TrustStore.validateTo(low.certificate(), sent, NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low)));
        assertThat(TrustStore.validateTo(low.certificate(), chain(leaf), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low)));
        assertThat(problem(TrustStore.validateTo(TestPki.root("Other").certificate(), sent, NOW)))
                .isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void anExpiredTrustAnchorOfDaneIsExpired() {
        Issued old = new Certificate("CN=TA").authority().expired().issue();
        List<X509Certificate> sent = chain(TestPki.leaf("mx", old), old);
        assertThat(problem(TrustStore.validateTo(old.certificate(), sent, NOW))).isEqualTo(PathProblem.EXPIRED);
        assertThat(problem(TrustStore.validateTo(old.keys().getPublic(), sent, NOW)))
                .isEqualTo(PathProblem.EXPIRED);
    }

    @Test
    void aBareKeyAnchorsWhatItSignedWhetherItsCertificateIsSentOrNot() {
        assertThat(TrustStore.validateTo(root.keys().getPublic(), chain(leaf, low, middle), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low, middle)));
        assertThat(TrustStore.validateTo(root.keys().getPublic(), chain(leaf, low, middle, root), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low, middle, root)));
        assertThat(TrustStore.validateTo(middle.keys().getPublic(), chain(leaf, low), NOW))
                .isEqualTo(new PathVerdict.Valid(chain(leaf, low)));
        assertThat(problem(TrustStore.validateTo(TestPki.ecKeys().getPublic(), chain(leaf, low, middle), NOW)))
                .isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void anExpiredLeafUnderABareKeyIsExpired() {
        Issued old = new Certificate("CN=a").signedBy(root).expired().issue();
        assertThat(problem(TrustStore.validateTo(root.keys().getPublic(), chain(old), NOW)))
                .isEqualTo(PathProblem.EXPIRED);
    }

    @Test
    void aHostileSubjectDoesNotForgeLines() {
        Issued hostile = new Certificate("CN=\"evil\r\n250 ok\"").issue();
        assertThat(problem(store.validate(chain(hostile), NOW))).isEqualTo(PathProblem.UNTRUSTED_ISSUER);
    }

    @Test
    void thePlatformTrustsPublicAuthorities() {
        assertThat(TrustStore.platform().authorities()).hasSizeGreaterThan(50);
    }

    @Test
    void aBundleIsReadWithItsCommentary(@TempDir Path folder) {
        String text = "# our root\n" + TestPki.pem(root.certificate()) + "\nand another\n"
                + TestPki.pem(middle.certificate());
        assertThat(TrustStore.fromBundle(TestPki.write(folder, "ca.pem", text)).authorities())
                .containsExactly(root.certificate(), middle.certificate());
    }

    @Test
    void aBadBundleNamesTheFileAndTheCertificate(@TempDir Path folder) {
        Path bad = TestPki.write(
                folder, "ca.pem", TestPki.pem(root.certificate()) + TestPki.pem("CERTIFICATE", new byte[] {1, 2}));
        Path empty = TestPki.write(folder, "empty.pem", "nothing here\n");
        Path cut = TestPki.write(folder, "cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
        Path noise =
                TestPki.write(folder, "noise.pem", "\n-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n");
        assertThatThrownBy(() -> TrustStore.fromBundle(bad))
                .isInstanceOf(PemFileException.class)
                .hasMessageStartingWith(bad.toString())
                .hasMessageContaining("certificate 2 is not an X.509 certificate");
        assertThatThrownBy(() -> TrustStore.fromBundle(empty))
                .hasMessage(empty + ": the file holds no certificate in PEM form");
        assertThatThrownBy(() -> TrustStore.fromBundle(cut))
                .hasMessage(cut + ": line 1: the block CERTIFICATE does not end");
        assertThatThrownBy(() -> TrustStore.fromBundle(noise)).hasMessageContaining("line 2: the block is not base64");
        assertThatThrownBy(() -> TrustStore.fromBundle(folder.resolve("none.pem")))
                .hasMessageEndingWith("none.pem: the file does not exist");
    }
}
