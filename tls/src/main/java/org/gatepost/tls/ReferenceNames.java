// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;

/// Compares the names that a certificate presents with the name that a client looked for.
///
/// @spec https://www.rfc-editor.org/rfc/rfc9525 RFC 9525: service identity in TLS
/// @spec https://www.rfc-editor.org/rfc/rfc6125 RFC 6125: its predecessor, which RFC 8461 and RFC 7672 cite
public final class ReferenceNames {
    private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    private static final int DNS_NAME = 2;

    private ReferenceNames() {}

    /// The dNSName subject alternative names as written in the certificate: perhaps wildcards, perhaps malformed.
    public static List<String> presentedNames(X509Certificate certificate) {
        return presentedNames(certificate, CnFallback.NEVER);
    }

    /// The dNSName subject alternative names; the common name instead, when there are none and the caller
    /// allows it.
    public static List<String> presentedNames(X509Certificate certificate, CnFallback fallback) {
        try {
            var alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives == null && certificate.getExtensionValue(SUBJECT_ALTERNATIVE_NAME) != null) {
                // There are names that cannot be read: no reason to fall back to a weaker one.
                return List.of();
            }
            List<String> names = alternatives == null
                    ? List.of()
                    : alternatives.stream()
                            .filter(name -> Integer.valueOf(DNS_NAME).equals(name.getFirst()))
                            .map(name -> String.valueOf(name.getLast()))
                            .toList();
            return switch (fallback) {
                case NEVER -> names;
                case WITHOUT_DNS_NAMES ->
                    names.isEmpty() ? commonName(certificate).stream().toList() : names;
            };
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    /// The most specific common name of the subject.
    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName())
                    .getRdns().reversed().stream()
                            .flatMap(rdn -> commonName(rdn).stream())
                            .findFirst();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> commonName(Rdn rdn) {
        try {
            Attribute attribute = rdn.toAttributes().get("CN");
            NamingEnumeration<?> values = attribute == null ? null : attribute.getAll();
            return values != null && values.hasMore() && values.next() instanceof String name
                    ? Optional.of(name)
                    : Optional.empty();
        } catch (NamingException e) {
            return Optional.empty();
        }
    }

    /// Whether the certificate presents a name that matches one of the references.
    public static boolean covers(X509Certificate certificate, Collection<DomainName> references, CnFallback fallback) {
        return presentedNames(certificate, fallback).stream()
                .anyMatch(presented -> references.stream().anyMatch(reference -> matches(presented, reference)));
    }

    /// Whether a presented name matches. Case does not count. A wildcard is the whole leftmost label and
    /// stands for exactly one label (RFC 9525 §6.3); over a single label, as in `*.com`, it matches nothing,
    /// which the RFC leaves to the client. Malformed names, U-labels and trailing dots match nothing.
    ///
    /// @param presented as the certificate has it
    public static boolean matches(String presented, DomainName reference) {
        return presented.startsWith("*.")
                ? parse(presented.substring(2))
                        .filter(rest -> rest.labels().size() >= 2)
                        .filter(rest ->
                                !reference.isRoot() && reference.parent().equals(rest))
                        .isPresent()
                : parse(presented).filter(reference::equals).isPresent();
    }

    private static Optional<DomainName> parse(String presented) {
        try {
            // A-labels only: a U-label in a certificate is malformed (RFC 5280 §7.2), and so is the root.
            DomainName name = new DomainName(presented.toLowerCase(Locale.ROOT));
            boolean ascii = presented.chars().allMatch(c -> c < 0x80);
            return ascii && !name.isRoot() ? Optional.of(name) : Optional.empty();
        } catch (NameSyntaxException malformed) {
            return Optional.empty();
        }
    }
}
