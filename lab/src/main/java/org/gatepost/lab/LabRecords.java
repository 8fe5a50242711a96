// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.zones.SignedWorld;

/// What a scenario's domain publishes: its DNS records and its MTA-STS policy.
final class LabRecords {
    private LabRecords() {}

    static void publish(LabDomain domain, int smtpPort, SignedWorld.Builder world) {
        Scenario scenario = domain.scenario();
        if (scenario.mx() == MxPublication.NO_DOMAIN) {
            return;
        }
        zone(world, scenario.domain(), scenario.domainSigned());
        if (!scenario.hostZone().equals(scenario.domain())) {
            zone(world, scenario.hostZone(), scenario.hostsSigned());
        }
        exchanges(scenario).forEach(world::add);
        for (int i = 0; i < domain.hosts().size(); i++) {
            host(scenario.hosts().get(i), domain.hosts().get(i), smtpPort).forEach(world::add);
        }
        domain.policyHost().ifPresent(policy -> {
            world.add(policyRecord(scenario.domain(), "1"));
            world.add(address(policy.name(), policy.address().getAddress()));
        });
    }

    /// The receiver's own zone.
    static void publish(ReportReceiver receiver, SignedWorld.Builder world) {
        DomainName mx = receiver.domain().child("mx");
        world.unsignedZone(receiver.domain());
        world.add(receiver.domain() + ". IN MX 10 " + mx + ".");
        world.add(address(mx, receiver.address()));
        world.add(address(receiver.domain().child("reports"), receiver.address()));
    }

    /// Where the domain, and those of its hosts that have a policy of their own, want reports.
    static void publishReporting(LabDomain domain, ReportReceiver receiver, SignedWorld.Builder world) {
        Scenario scenario = domain.scenario();
        if (scenario.mx() == MxPublication.NO_DOMAIN) {
            return;
        }
        addReporting(scenario.domain(), receiver, world);
        scenario.hosts().stream()
                .filter(host -> !host.tlsa().isEmpty())
                .map(scenario::hostName)
                .filter(name -> !name.equals(scenario.domain()))
                .forEach(name -> addReporting(name, receiver, world));
    }

    private static void addReporting(DomainName domain, ReportReceiver receiver, SignedWorld.Builder world) {
        receiver.rua()
                .apply(domain)
                .ifPresent(rua -> world.add("_smtp._tls." + domain + ". IN TXT \"v=TLSRPTv1; rua=" + rua + "\""));
    }

    private static void zone(SignedWorld.Builder world, DomainName origin, boolean signed) {
        if (signed) {
            world.signedZone(origin);
        } else {
            world.unsignedZone(origin);
        }
    }

    private static List<String> exchanges(Scenario scenario) {
        return switch (scenario.mx()) {
            case HOSTS -> mxRecords(scenario);
            case ALIAS, NAMED_ALIAS -> {
                LabHost host = scenario.hosts().getFirst();
                yield List.of(
                        mxRecords(scenario).getFirst(),
                        scenario.publishedName(host) + ". IN CNAME " + scenario.hostName(host) + ".");
            }
            case NULL_MX -> List.of(scenario.domain() + ". IN MX 0 .");
            case IMPLICIT, NOTHING, NO_DOMAIN -> List.of();
        };
    }

    private static List<String> mxRecords(Scenario scenario) {
        return scenario.hosts().stream()
                .map(host ->
                        scenario.domain() + ". IN MX " + host.preference() + " " + scenario.publishedName(host) + ".")
                .toList();
    }

    private static List<String> host(LabHost host, MxHost running, int smtpPort) {
        var tlsa = host.tlsa().stream()
                .map(kind -> tlsaOwner(running.name(), smtpPort) + ". IN TLSA "
                        + kind.data(running.behaviour().certified()));
        return Stream.concat(Stream.of(address(running.name(), running.address().getAddress())), tlsa)
                .toList();
    }

    static DomainName tlsaOwner(DomainName host, int smtpPort) {
        return host.child("_" + smtpPort + "._tcp");
    }

    static String address(DomainName name, InetAddress address) {
        return name + ". IN A " + address.getHostAddress();
    }

    static String policyRecord(DomainName domain, String id) {
        return "_mta-sts." + domain + ". 1 IN TXT \"v=STSv1; id=" + id + "\"";
    }

    /// The policy that lists the domain's hosts as published.
    static String policy(Scenario scenario, StsMode mode, Optional<String> onlyMx) {
        String hosts = onlyMx.map(mx -> "mx: " + mx + "\r\n")
                .orElseGet(() -> scenario.hosts().stream()
                        .map(host -> "mx: " + scenario.publishedName(host) + "\r\n")
                        .collect(Collectors.joining()));
        return "version: STSv1\r\nmode: " + mode + "\r\n" + hosts + "max_age: 604800\r\n";
    }
}
