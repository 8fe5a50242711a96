// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gatepost.lab.Fault.Place;
import org.gatepost.names.DomainName;

/// One domain of the lab, what befalls it, and how a message to it must end. A row of data:
/// [ScenarioRow] starts from happy defaults and varies one field.
///
/// @param id lower case with hyphens; the domain is named after it
/// @param title one line for people
/// @param domainSigned whether the domain's zone is signed; its `_mta-sts` record lies there too
/// @param hostsSigned whether the zone of its MX hosts is signed
/// @param sts the mode of its MTA-STS policy; empty when it publishes none
/// @param faults what is wrong, in order
/// @param primed whether a good delivery comes before the faults begin
/// @param sender what the gateway honours
public record Scenario(
        String id,
        String title,
        boolean domainSigned,
        boolean hostsSigned,
        MxPublication mx,
        List<LabHost> hosts,
        Optional<StsMode> sts,
        List<Fault> faults,
        boolean primed,
        SenderSide sender,
        Expected expected) {
    public Scenario {
        hosts = List.copyOf(hosts);
        faults = List.copyOf(faults);
    }

    public DomainName domain() {
        return DomainName.parse(id + ".test");
    }

    /// Where the MX hosts live: in the domain, or in a zone of their own when only one of both is
    /// signed.
    public DomainName hostZone() {
        return domainSigned == hostsSigned ? domain() : DomainName.parse(id + "-mail.test");
    }

    /// The host's full name.
    public DomainName hostName(LabHost host) {
        return mx == MxPublication.IMPLICIT ? domain() : hostZone().child(host.label());
    }

    /// What an MX record names the host.
    DomainName publishedName(LabHost host) {
        boolean alias = mx == MxPublication.ALIAS || mx == MxPublication.NAMED_ALIAS;
        return alias ? hostZone().child("alias") : hostName(host);
    }

    private boolean publishesTlsa() {
        return hosts.stream().anyMatch(host -> !host.tlsa().isEmpty());
    }

    /// What the domain asks of senders, such as `DANE 3 1 1 + MTA-STS enforce`.
    public String asksFor() {
        String dane = hosts.stream()
                .flatMap(host -> host.tlsa().stream())
                .map(TlsaKind::parameters)
                .distinct()
                .collect(Collectors.joining(", "));
        String policy = sts.map(mode -> "MTA-STS " + mode).orElse("");
        if (dane.isEmpty()) {
            return policy.isEmpty() ? "nothing" : policy;
        }
        return "DANE " + dane + (policy.isEmpty() ? "" : " + " + policy);
    }

    /// What is special from the start and what is done to the domain; `nothing` when all is as in most domains.
    public String whatHappens() {
        String all = Stream.concat(Peculiarities.of(this), faults.stream().map(Fault::description))
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? "nothing" : all;
    }

    /// Whether a policy that the sender honours, or the sender, forbids clear text.
    public boolean clearTextForbidden() {
        boolean dane = sender.honoursDane() && hostsSigned && publishesTlsa();
        boolean enforced = sender.honoursMtaSts() && sts.equals(Optional.of(StsMode.ENFORCE)) && policyCanBeKnown();
        return (dane || enforced || sender.requiresTls()) && !bodyMayBeInClear();
    }

    private boolean policyCanBeKnown() {
        return primed || faults.stream().noneMatch(Scenario::hidesPolicy);
    }

    private static boolean hidesPolicy(Fault fault) {
        return fault instanceof Fault.Policy || (fault instanceof Fault.Dns dns && dns.place() == Place.POLICY_RECORD);
    }

    /// Whether the message may be read by anybody in the path.
    public boolean bodyMayBeInClear() {
        return expected instanceof Expected.Delivered delivered && delivered.protection() == Protection.CLEAR;
    }

    /// Whether a TLSA question for the hosts would be a mistake (RFC 7672 §2.2.2).
    public boolean tlsaMustNotBeAsked() {
        return !hostsSigned;
    }
}
