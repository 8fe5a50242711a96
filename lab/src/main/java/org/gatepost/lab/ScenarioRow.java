// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.zones.Tampering;

/// Writes a [Scenario] down as what differs from happy defaults: an unsigned domain with one good MX
/// host, no policy, no fault, a gateway that honours everything. Used by one thread.
final class ScenarioRow {
    private final String id;
    private final String title;
    private boolean domainSigned;
    private boolean hostsSigned;
    private MxPublication mx = MxPublication.HOSTS;
    private List<LabHost> hosts = List.of(LabHost.first());
    private Optional<StsMode> sts = Optional.empty();
    private final List<Fault> faults = new ArrayList<>();
    private boolean primed;
    private SenderSide sender = SenderSide.DANE_AND_MTA_STS;

    private ScenarioRow(String id, String title) {
        this.id = id;
        this.title = title;
    }

    static ScenarioRow row(String id, String title) {
        return new ScenarioRow(id, title);
    }

    ScenarioRow sts(StsMode mode) {
        sts = Optional.of(mode);
        return this;
    }

    /// Signs everything and publishes these records for the host.
    ScenarioRow dane(TlsaKind... records) {
        hosts = hosts.stream().map(host -> host.with(records)).toList();
        return signed();
    }

    ScenarioRow signed() {
        domainSigned = true;
        hostsSigned = true;
        return this;
    }

    ScenarioRow signedDomainOnly() {
        domainSigned = true;
        hostsSigned = false;
        return this;
    }

    ScenarioRow signedHostsOnly() {
        domainSigned = false;
        hostsSigned = true;
        return this;
    }

    ScenarioRow mx(MxPublication publication) {
        mx = publication;
        return this;
    }

    ScenarioRow certificate(CertificateKind kind) {
        hosts = hosts.stream().map(host -> host.with(kind)).toList();
        return this;
    }

    /// Adds a second host, like the first as it is now, with preference 20.
    ScenarioRow secondHost() {
        hosts = List.of(hosts.getFirst(), hosts.getFirst().second());
        return this;
    }

    ScenarioRow fault(Fault fault) {
        faults.add(fault);
        return this;
    }

    ScenarioRow fault(StartTls becomes) {
        return fault(new Fault.Tls("mx1", becomes));
    }

    ScenarioRow fault(CertificateKind becomes) {
        return fault(new Fault.Certificate("mx1", becomes));
    }

    ScenarioRow fault(Reception becomes) {
        return fault(new Fault.Receiving("mx1", becomes));
    }

    ScenarioRow fault(PolicyFault becomes) {
        return fault(new Fault.Policy(becomes));
    }

    ScenarioRow fault(Fault.Place place, String type, Tampering tampering) {
        return fault(new Fault.Dns(place, type, tampering));
    }

    /// The faults begin after a good delivery.
    ScenarioRow primed() {
        primed = true;
        return this;
    }

    ScenarioRow sender(SenderSide side) {
        sender = side;
        return this;
    }

    Scenario delivered(Protection protection) {
        return deliveredTo(protection, mx == MxPublication.IMPLICIT ? "" : "mx1");
    }

    Scenario deliveredTo(Protection protection, String host) {
        return ends(new Expected.Delivered(protection, host));
    }

    Scenario heldThenReturned(String reply) {
        return ends(new Expected.Returned(inDomain(reply), true));
    }

    Scenario returnedAtOnce(String reply) {
        return ends(new Expected.Returned(inDomain(reply), false));
    }

    private String inDomain(String reply) {
        return reply.replace("<domain>", id + ".test");
    }

    private Scenario ends(Expected expected) {
        return new Scenario(id, title, domainSigned, hostsSigned, mx, hosts, sts, faults, primed, sender, expected);
    }
}
