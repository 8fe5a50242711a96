// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.dkim;

import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;

/// What a DKIM-Signature field says (RFC 6376 §3.5), checked for everything that needs neither key nor message.
///
/// @param domain `d=`
/// @param keyType `rsa` or `ed25519`; the hash is SHA-256 for both (RFC 8301 §3.1)
/// @param names `h=` in lower case
/// @param strictIdentity whether `i=` is at the very domain, as a key with `t=s` wants
record DkimSignature(
        DomainName domain,
        DomainName keyName,
        String keyType,
        boolean relaxedHeader,
        boolean relaxedBody,
        List<String> names,
        String bodyHash,
        String signature,
        boolean strictIdentity) {
    private static final int MOST_NAMES = 200;

    static DkimSignature parse(String value, Instant now) throws InvalidSignature {
        DkimTags tags = DkimTags.parse(value);
        if (!tags.required("v").equals("1")) {
            throw new InvalidSignature("the version is not 1 (RFC 6376 section 3.5)");
        }
        if (tags.value("l").isPresent()) {
            throw new InvalidSignature("the signature covers a part of the body only: l= (RFC 8460 section 3)");
        }
        if (!tags.list("q", "dns/txt").contains("dns/txt")) {
            throw new InvalidSignature("the key is not to be had by DNS (RFC 6376 section 3.5)");
        }
        DomainName domain = name(tags.required("d"));
        List<String> names = tags.list("h", "");
        if (!names.contains("from")) {
            throw new InvalidSignature("the signature does not cover From (RFC 6376 section 3.5)");
        }
        if (names.size() > MOST_NAMES) {
            throw new InvalidSignature("the signature names more than " + MOST_NAMES + " fields");
        }
        requireNotExpired(tags, now);
        List<String> canonicalization = List.of(
                tags.value("c").orElse("simple/simple").toLowerCase(Locale.ROOT).split("/", 2));
        return new DkimSignature(
                domain,
                name(tags.required("s") + "._domainkey." + domain),
                keyType(tags.required("a")),
                isRelaxed(canonicalization.getFirst()),
                canonicalization.size() == 2 && isRelaxed(canonicalization.getLast()),
                names,
                base64(tags.required("bh")),
                base64(tags.required("b")),
                isAtDomain(tags.value("i").orElse("@" + domain), domain));
    }

    private static DomainName name(String text) throws InvalidSignature {
        try {
            DomainName name = DomainName.parse(text);
            if (name.labels().size() < 2) {
                throw new InvalidSignature("the signer is a top-level domain");
            }
            return name;
        } catch (NameSyntaxException e) {
            throw new InvalidSignature("the signer is no domain name: " + e.rule());
        }
    }

    private static void requireNotExpired(DkimTags tags, Instant now) throws InvalidSignature {
        String expiry = tags.value("x").orElse("");
        if (expiry.isEmpty()) {
            return;
        }
        // RFC 6376 §3.5: up to twelve digits.
        if (!expiry.matches("[0-9]{1,12}")) {
            throw new InvalidSignature("the expiry is no number (RFC 6376 section 3.5)");
        }
        Instant end = Instant.ofEpochSecond(Long.parseLong(expiry));
        if (now.isAfter(end)) {
            throw new InvalidSignature("the signature expired at " + end);
        }
    }

    private static String keyType(String algorithm) throws InvalidSignature {
        return switch (algorithm.toLowerCase(Locale.ROOT)) {
            case "rsa-sha256" -> "rsa";
            case "ed25519-sha256" -> "ed25519";
            case "rsa-sha1" -> throw new InvalidSignature("rsa-sha1 proves nothing (RFC 8301 section 3.1)");
            default -> throw new InvalidSignature("the algorithm is unknown (RFC 8301, RFC 8463)");
        };
    }

    private static boolean isRelaxed(String word) throws InvalidSignature {
        return switch (word.strip()) {
            case "relaxed" -> true;
            case "simple" -> false;
            default -> throw new InvalidSignature("the canonicalization is unknown (RFC 6376 section 3.4)");
        };
    }

    private static String base64(String text) throws InvalidSignature {
        String joined = text.replaceAll("\\s", "");
        try {
            Base64.getDecoder().decode(joined);
            return joined;
        } catch (IllegalArgumentException e) {
            throw new InvalidSignature("a value is not base64 (RFC 6376 section 3.5)");
        }
    }

    /// RFC 6376 §3.5: `i=` is at the domain or below it.
    private static boolean isAtDomain(String identity, DomainName domain) throws InvalidSignature {
        DomainName at;
        try {
            at = DomainName.parse(identity.substring(identity.lastIndexOf('@') + 1));
        } catch (NameSyntaxException e) {
            throw new InvalidSignature("the identity i= is at no domain (RFC 6376 section 3.5)");
        }
        if (!at.isWithin(domain)) {
            throw new InvalidSignature("the identity i= is not within d= (RFC 6376 section 3.5)");
        }
        return at.equals(domain);
    }

    byte[] signatureOctets() {
        return Base64.getDecoder().decode(signature);
    }
}
