// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// One element of a DER encoding, as far as certificates need it: to cut a SubjectPublicKeyInfo out of one octet
/// for octet, and to see whether TLSA association data has the shape of what it says it is. A key that the
/// platform decodes and encodes again may differ in octets from the one that was sent, so it cannot be matched
/// with.
public final class DerElement {
    private static final int SEQUENCE = 0x30;
    private static final int BIT_STRING = 0x03;
    private static final int OBJECT_IDENTIFIER = 0x06;
    private static final int VERSION = 0xA0;

    private final byte[] octets;
    private final int start;
    private final int content;
    private final int end;

    private DerElement(byte[] octets, int start, int content, int end) {
        this.octets = octets;
        this.start = start;
        this.content = content;
        this.end = end;
    }

    /// The one element that fills all the octets; empty when they are no such thing.
    public static Optional<DerElement> whole(byte[] octets) {
        return read(octets, 0, octets.length).filter(element -> element.end == octets.length);
    }

    private static Optional<DerElement> read(byte[] octets, int start, int limit) {
        if (limit - start < 2) {
            return Optional.empty();
        }
        int first = octets[start + 1] & 0xFF;
        int lengthOctets = first < 0x80 ? 0 : first & 0x7F;
        // DER has no indefinite length, and nothing here is longer than what three octets count.
        if (first == 0x80 || lengthOctets > 3 || limit - start - 2 < lengthOctets) {
            return Optional.empty();
        }
        int length = lengthOctets == 0 ? first : 0;
        for (int i = 0; i < lengthOctets; i++) {
            length = (length << 8) | (octets[start + 2 + i] & 0xFF);
        }
        int content = start + 2 + lengthOctets;
        return length > limit - content
                ? Optional.empty()
                : Optional.of(new DerElement(octets, start, content, content + length));
    }

    /// The SubjectPublicKeyInfo of a certificate, as its octets stand in it.
    public static byte[] keyInfo(X509Certificate certificate) {
        try {
            return whole(certificate.getTBSCertificate())
                    .flatMap(DerElement::keyInfo)
                    .map(DerElement::encoded)
                    .orElseThrow(() -> new IllegalStateException("a certificate without key was read"));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read cannot be written", e);
        }
    }

    byte[] encoded() {
        return Arrays.copyOfRange(octets, start, end);
    }

    byte[] content() {
        return Arrays.copyOfRange(octets, content, end);
    }

    private boolean is(int tag) {
        return (octets[start] & 0xFF) == tag;
    }

    /// The elements inside; none when the content is not a row of elements.
    private List<DerElement> children() {
        var children = new ArrayList<DerElement>();
        int at = content;
        while (at < end) {
            Optional<DerElement> child = read(octets, at, end);
            if (child.isEmpty()) {
                return List.of();
            }
            children.add(child.get());
            at = child.get().end;
        }
        return children;
    }

    /// Whether this is shaped as a SubjectPublicKeyInfo (RFC 5280 §4.1).
    public boolean isKeyInfo() {
        List<DerElement> parts = is(SEQUENCE) ? children() : List.of();
        return parts.size() == 2
                && parts.get(0).is(SEQUENCE)
                && parts.get(0).children().stream()
                        .findFirst()
                        .filter(e -> e.is(OBJECT_IDENTIFIER))
                        .isPresent()
                && parts.get(1).is(BIT_STRING);
    }

    /// Whether this is shaped as a Certificate (RFC 5280 §4.1) that holds a key.
    public boolean isCertificate() {
        List<DerElement> parts = is(SEQUENCE) ? children() : List.of();
        return parts.size() == 3
                && parts.get(1).is(SEQUENCE)
                && parts.get(2).is(BIT_STRING)
                && parts.get(0).keyInfo().isPresent();
    }

    /// The SubjectPublicKeyInfo of this TBSCertificate (RFC 5280 §4.1).
    Optional<DerElement> keyInfo() {
        List<DerElement> parts = is(SEQUENCE) ? children() : List.of();
        // version (absent in X.509v1), serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
        int index = !parts.isEmpty() && parts.getFirst().is(VERSION) ? 6 : 5;
        return parts.size() > index ? Optional.of(parts.get(index)).filter(DerElement::isKeyInfo) : Optional.empty();
    }
}
