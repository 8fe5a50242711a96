// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.config.Network;

/// Addresses of the IANA special-purpose registries (RFC 6890) that no public host can have.
public final class SpecialAddresses {
    private static final List<Network> SPECIAL = List.of(
            Network.parse("0.0.0.0/8"),
            Network.parse("10.0.0.0/8"),
            Network.parse("100.64.0.0/10"),
            Network.parse("127.0.0.0/8"),
            Network.parse("169.254.0.0/16"),
            Network.parse("172.16.0.0/12"),
            Network.parse("192.0.0.0/24"),
            Network.parse("192.0.2.0/24"),
            Network.parse("192.88.99.0/24"),
            Network.parse("192.168.0.0/16"),
            Network.parse("198.18.0.0/15"),
            Network.parse("198.51.100.0/24"),
            Network.parse("203.0.113.0/24"),
            Network.parse("224.0.0.0/4"),
            Network.parse("240.0.0.0/4"),
            Network.parse("::/96"),
            Network.parse("64:ff9b:1::/48"),
            Network.parse("100::/64"),
            Network.parse("2001::/23"),
            Network.parse("2001:db8::/32"),
            Network.parse("2002::/16"),
            Network.parse("3fff::/20"),
            Network.parse("5f00::/16"),
            Network.parse("fc00::/7"),
            Network.parse("fe80::/10"),
            Network.parse("fec0::/10"),
            Network.parse("ff00::/8"));

    /// Where a NAT64 translates to the IPv4 address in the last four octets (RFC 6052 §2.1).
    private static final Network TRANSLATED = Network.parse("64:ff9b::/96");

    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

    private SpecialAddresses() {}

    /// Whether no public host can have the address, or packets to it go to such a one.
    public static boolean isSpecial(InetAddress address) {
        return isListed(address)
                || embedded(address).filter(SpecialAddresses::isListed).isPresent();
    }

    private static boolean isListed(InetAddress address) {
        return SPECIAL.stream().anyMatch(network -> network.contains(address));
    }

    /// The IPv4 address that packets to an IPv6 address go to after all.
    private static Optional<InetAddress> embedded(InetAddress address) {
        byte[] octets = address.getAddress();
        boolean embeds =
                octets.length == 16 && (TRANSLATED.contains(address) || Arrays.equals(octets, 0, 12, MAPPED, 0, 12));
        try {
            return embeds
                    ? Optional.of(InetAddress.getByAddress(Arrays.copyOfRange(octets, 12, 16)))
                    : Optional.empty();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four octets are an address", e);
        }
    }
}
