// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What is special about a scenario from the start, in words: what most domains, and senders, are not like.
final class Peculiarities {
    private Peculiarities() {}

    /// Sentence parts; none for a domain like most.
    static Stream<String> of(Scenario scenario) {
        Stream<Optional<String>> ofDomain =
                Stream.of(sender(scenario), signatures(scenario), exchange(scenario), tlsa(scenario));
        return Stream.concat(ofDomain.flatMap(Optional::stream), certificates(scenario));
    }

    private static Optional<String> sender(Scenario scenario) {
        return Optional.of(scenario.sender())
                .filter(side -> side != SenderSide.DANE_AND_MTA_STS)
                .map(SenderSide::description);
    }

    private static Optional<String> signatures(Scenario scenario) {
        if (scenario.domainSigned() == scenario.hostsSigned()) {
            return Optional.empty();
        }
        return Optional.of(scenario.hostsSigned() ? "only its host's zone is signed" : "its host's zone is not signed");
    }

    private static Optional<String> exchange(Scenario scenario) {
        return Optional.of(scenario.mx())
                .filter(publication -> publication != MxPublication.HOSTS)
                .map(MxPublication::description);
    }

    private static Optional<String> tlsa(Scenario scenario) {
        List<TlsaKind> records =
                scenario.hosts().stream().flatMap(host -> host.tlsa().stream()).toList();
        if (records.isEmpty()) {
            return scenario.hostsSigned() ? Optional.of("is signed, without TLSA records") : Optional.empty();
        }
        if (records.stream().allMatch(TlsaKind::matches)) {
            return Optional.empty();
        }
        if (records.stream().noneMatch(TlsaKind::isUsable)) {
            return Optional.of("no TLSA record is usable");
        }
        String another = records.contains(TlsaKind.TA_CERTIFICATE_OF_ANOTHER) ? "authority" : "key";
        return Optional.of(
                records.stream().anyMatch(TlsaKind::matches)
                        ? "one of its TLSA records matches another " + another
                        : "TLSA records match another " + another);
    }

    private static Stream<String> certificates(Scenario scenario) {
        return scenario.hosts().stream()
                .filter(host -> host.certificate() != CertificateKind.GOOD)
                .map(host -> host.label() + " shows " + host.certificate().description());
    }
}
