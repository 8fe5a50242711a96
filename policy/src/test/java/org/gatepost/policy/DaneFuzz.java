// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.Certificate;
import org.gatepost.dns.RecordData.Tlsa;
import org.gatepost.names.DomainName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Arbitrary TLSA records and spoiled certificates. Nothing is thrown, and what matches does so truly: a DANE-EE
/// record by what another parser of ours to compare with finds in the leaf, a DANE-TA record only for a leaf whose
/// signed part is as it was issued.
final class DaneFuzz {
    private static final DomainName BASE = DomainName.parse("mx.example.com");
    private static final TestCertificates ROOT = TestCertificates.root("Root");
    private static final TestCertificates ISSUER = ROOT.authority("Issuer");
    private static final TestCertificates LEAF = ISSUER.server("mx.example.com");
    private static final List<TestCertificates> CHAIN = List.of(LEAF, ISSUER, ROOT);

    /// How the input begins: which certificate is spoiled, how many octets are, and how many records follow.
    private static final int HEAD = 3;

    /// What Jazzer calls.
    public static void fuzzerTestOneInput(byte[] octets) {
        ByteBuffer input = ByteBuffer.wrap(octets);
        if (input.remaining() < HEAD) {
            return;
        }
        int spoiled = input.get() & 3;
        int spoils = input.get() & 7;
        int records = 1 + (input.get() & 7);
        List<X509Certificate> chain = chain(spoiled, spoils, input);
        List<Tlsa> usable = DaneMatcher.usable(records(records, input));
        if (!usable.isEmpty() && !chain.isEmpty()) {
            var demand = new DaneDemand.Authenticate(BASE, usable, usable, List.of(BASE), true);
            judge(DaneMatcher.match(demand, chain, TestCertificates.NOW), chain);
        }
    }

    /// Octets of one certificate are changed, at a place and to a value from the input. A certificate that cannot be
    /// read never comes out of a handshake, so it is left out.
    private static List<X509Certificate> chain(int spoiled, int spoils, ByteBuffer input) {
        var chain = new ArrayList<X509Certificate>();
        for (int i = 0; i < CHAIN.size(); i++) {
            byte[] der = encoded(CHAIN.get(i).certificate());
            for (int n = i == spoiled ? spoils : 0; n > 0 && input.remaining() >= 3; n--) {
                der[(input.getShort() & 0xffff) % der.length] = input.get();
            }
            certificate(der).ifPresent(chain::add);
        }
        return chain;
    }

    /// Data from the input, or such as fit a certificate of the chain, or those spoiled.
    private static List<Tlsa> records(int count, ByteBuffer input) {
        var records = new ArrayList<Tlsa>();
        for (int i = 0; i < count && input.remaining() >= 5; i++) {
            int usage = input.get() & 3;
            int selector = input.get() & 1;
            int matching = input.get() & 3;
            int source = input.get() & 7;
            int length = Math.min(input.get() & 0xff, input.remaining());
            byte[] data = new byte[length];
            input.get(data);
            records.add(new Tlsa(
                    usage, selector, matching, HexFormat.of().formatHex(data(source, selector, matching, data))));
        }
        return records;
    }

    private static byte[] data(int source, int selector, int matching, byte[] given) {
        if (source >= 2 * CHAIN.size()) {
            return given;
        }
        byte[] fitting = fitting(CHAIN.get(source / 2).certificate(), selector, matching);
        for (int i = 0; source % 2 == 1 && i + 1 < given.length; i += 2) {
            fitting[((given[i] & 0xff) * fitting.length) >> 8] = given[i + 1];
        }
        return fitting;
    }

    /// The association data (RFC 6698 §2.1) with Bouncy Castle's idea of where the key is.
    private static byte[] fitting(X509Certificate certificate, int selector, int matching) {
        try {
            byte[] whole = certificate.getEncoded();
            byte[] selected = selector == 0
                    ? whole
                    : Certificate.getInstance(whole).getSubjectPublicKeyInfo().getEncoded();
            return switch (matching) {
                case 1 -> MessageDigest.getInstance("SHA-256").digest(selected);
                case 2 -> MessageDigest.getInstance("SHA-512").digest(selected);
                default -> selected;
            };
        } catch (GeneralSecurityException | java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void judge(DaneMatch match, List<X509Certificate> chain) {
        assertThat(match.evidence()).hasSizeLessThan(4000).doesNotContainPattern("\\p{Cc}");
        if (match instanceof DaneMatch.Matched matched) {
            Tlsa record = matched.record();
            if (record.usage() == TlsaData.DANE_EE) {
                expected(record, chain.getFirst())
                        .ifPresent(expected ->
                                assertThat(record.associationOctets()).isEqualTo(expected));
            } else {
                assertThat(signedPart(chain.getFirst())).isEqualTo(signedPart(LEAF.certificate()));
            }
        }
    }

    /// Empty where Bouncy Castle does not read a spoilt certificate that the JDK takes: it has no opinion then.
    private static Optional<byte[]> expected(Tlsa record, X509Certificate leaf) {
        try {
            return Optional.of(fitting(leaf, record.selector(), record.matchingType()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static byte[] signedPart(X509Certificate certificate) {
        try {
            return certificate.getTBSCertificate();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded().clone();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<X509Certificate> certificate(byte[] der) {
        try {
            return Optional.of((X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
        } catch (CertificateException e) {
            return Optional.empty();
        }
    }

    /// Every usage, selector and matching type for each certificate, true and spoiled, with whole and spoiled chains.
    private static List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (int i = 0; i < 4 * 2 * 4 * 2 * CHAIN.size(); i++) {
            byte[] record = {(byte) i, (byte) (i >> 2), (byte) (i >> 3), (byte) (i >> 5), 2, (byte) i, 7};
            seeds.add(joined(new byte[] {3, 0, 0}, record));
            seeds.add(joined(new byte[] {(byte) (i % 3), 1, 0, 0, (byte) i, (byte) i}, record));
        }
        return seeds;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    @Test
    void theSeedsReachMatchesOfBothUsages() {
        for (int usage : new int[] {TlsaData.DANE_TA, TlsaData.DANE_EE}) {
            var record = new Tlsa(
                    usage, 1, 1, HexFormat.of().formatHex(data(usage == TlsaData.DANE_TA ? 2 : 0, 1, 1, new byte[0])));
            var demand = new DaneDemand.Authenticate(BASE, List.of(record), List.of(record), List.of(BASE), true);

            assertThat(DaneMatcher.match(demand, chain(3, 0, ByteBuffer.allocate(0)), TestCertificates.NOW))
                    .isInstanceOf(DaneMatch.Matched.class);
        }
    }

    @Test
    void nothingMatchesThatWasTouched() {
        FuzzCases.run(DaneFuzz::fuzzerTestOneInput, seeds(), 500);
    }

    @Test
    @Tag("slow")
    void nothingMatchesThatWasTouchedInManyMutations() {
        FuzzCases.run(DaneFuzz::fuzzerTestOneInput, seeds(), 20_000);
    }
}
