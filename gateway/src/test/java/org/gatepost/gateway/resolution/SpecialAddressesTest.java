// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecialAddressesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "172.31.255.255",
                "192.168.0.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1",
                "fd00::1",
                "fc00::1",
                "ff02::1",
                "2001:db8::1",
                "64:ff9b:1::1",
                "64:ff9b::7f00:1",
                "64:ff9b::a9fe:a9fe",
                "3fff::1",
                "5f00::1"
            })
    void policiesAreNotFetchedFromWhereOnlyWeCanReach(String address) { // pitfall 17
        assertThat(SpecialAddresses.isSpecial(InetAddress.ofLiteral(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9.9.9.9",
                "172.32.0.1",
                "100.63.255.255",
                "192.169.0.1",
                "2620:fe::fe",
                "2606:4700::1111",
                "64:ff9b::909:909"
            })
    void publicAddressesArePublic(String address) {
        assertThat(SpecialAddresses.isSpecial(InetAddress.ofLiteral(address))).isFalse();
    }

    @Test
    void mappedAddressIsJudgedAsTheOneItMapsTo() throws Exception {
        byte[] loopback = InetAddress.ofLiteral("::7f00:1").getAddress();
        loopback[10] = (byte) 0xff;
        loopback[11] = (byte) 0xff;

        assertThat(SpecialAddresses.isSpecial(Inet6Address.getByAddress("", loopback, -1)))
                .isTrue();
    }
}
