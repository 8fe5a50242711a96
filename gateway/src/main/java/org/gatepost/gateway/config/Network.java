// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.config;

import java.net.InetAddress;

/// An IPv4 or IPv6 network in CIDR form.
///
/// @param base its first address
/// @param prefixLength how many leading bits an address must share
public record Network(InetAddress base, int prefixLength) {
    /// Reads `address/length`, or an address alone for a network of one.
    ///
    /// @throws IllegalArgumentException with the rule that is broken
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        InetAddress base = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
        int width = base.getAddress().length * 8;
        String length = slash < 0 ? String.valueOf(width) : text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > width) {
            throw new IllegalArgumentException("the prefix length is from 0 to " + width);
        }
        Network network = new Network(base, Integer.parseInt(length));
        if (!network.contains(base) || !network.isAligned()) {
            throw new IllegalArgumentException("address bits are set behind the prefix");
        }
        return network;
    }

    /// Whether the address lies in the network; never across address families.
    public boolean contains(InetAddress address) {
        byte[] own = base.getAddress();
        byte[] other = address.getAddress();
        if (own.length != other.length) {
            return false;
        }
        for (int bit = 0; bit < prefixLength; bit++) {
            if (bitAt(own, bit) != bitAt(other, bit)) {
                return false;
            }
        }
        return true;
    }

    private boolean isAligned() {
        byte[] own = base.getAddress();
        for (int bit = prefixLength; bit < own.length * 8; bit++) {
            if (bitAt(own, bit) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int bitAt(byte[] octets, int bit) {
        return (octets[bit / 8] >> (7 - bit % 8)) & 1;
    }

    @Override
    public String toString() {
        return base.getHostAddress() + "/" + prefixLength;
    }
}
