// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.interop.Destination.Tlsa;

/// The zones that say what a list of [Host]s is: root, `test`, `provider.test` and one for each destination.
final class MiniInternetZones {
    private final String policyHostAddress;
    private final ServerIdentity authority;

    /// @param authority whom TLSA records of usage 2 name
    MiniInternetZones(String policyHostAddress, ServerIdentity authority) {
        this.policyHostAddress = policyHostAddress;
        this.authority = authority;
    }

    /// A destination's MX host as it stands on the network.
    ///
    /// @param identity empty when STARTTLS is not offered; TLSA records may still be there
    record Host(Destination destination, String address, Optional<ServerIdentity> identity) {}

    List<Zone> zones(List<Host> hosts, String lameServerAddress) {
        var zones = new ArrayList<Zone>();
        zones.add(Zone.of("", Zone.Signing.SIGNED));
        zones.add(Zone.of("test", Zone.Signing.SIGNED, "lame A " + lameServerAddress));
        var provided = new ArrayList<String>();
        for (var host : hosts) {
            var destination = host.destination();
            var lines = new ArrayList<>(destination.routing(host.address()));
            var hostLines = hostRecords(host);
            (destination.mx() == Destination.Mx.PROVIDER ? provided : lines).addAll(hostLines);
            if (destination.policy() != Destination.Policy.NONE) {
                lines.add("_mta-sts TXT \"v=STSv1; id=1\"");
                lines.add("mta-sts A " + policyHostAddress);
            }
            lines.add("_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:" + destination.recipient("tls-reports") + "\"");
            var forged = destination.tlsa().stream()
                    .filter(kind -> kind == Tlsa.EE_KEY_FORGED)
                    .map(kind -> "_25._tcp." + destination.addressHost() + ". 300 IN TLSA " + served(host))
                    .toArray(String[]::new);
            zones.add(Zone.of(destination.domain(), destination.signing())
                    .and(lines)
                    .forging(forged));
        }
        zones.add(Zone.of("provider.test", Zone.Signing.SIGNED).and(provided));
        return zones;
    }

    private List<String> hostRecords(Host host) {
        var lines = new ArrayList<String>();
        var destination = host.destination();
        if (destination.mx() == Destination.Mx.NULL) {
            return lines;
        }
        var name = destination.addressHost() + ".";
        lines.add(name + " A " + host.address());
        for (var kind : destination.tlsa()) {
            switch (kind) {
                case EE_KEY -> lines.add("_25._tcp." + name + " TLSA " + served(host));
                case EE_OTHER_KEY -> lines.add("_25._tcp." + name + " TLSA 3 1 1 " + "AB".repeat(32));
                case TA_CERTIFICATE -> lines.add("_25._tcp." + name + " TLSA " + authority.tlsa(2, 0, 1));
                case TA_KEY -> lines.add("_25._tcp." + name + " TLSA " + authority.tlsa(2, 1, 1));
                case PKIX_EE -> lines.add("_25._tcp." + name + " TLSA 1 1 1 " + "CD".repeat(32));
                case LAME -> lines.add("_tcp." + name + " NS lame.test.");
                case EE_KEY_FORGED -> {} // joins after the signing
            }
        }
        return lines;
    }

    /// The record for the key served; for a host without STARTTLS, of some key.
    private String served(Host host) {
        return host.identity().orElse(authority).tlsa(3, 1, 1);
    }
}
