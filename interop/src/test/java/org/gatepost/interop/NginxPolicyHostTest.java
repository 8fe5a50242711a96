// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@NeedsPeers
class NginxPolicyHostTest {

    static List<Destination> destinationsWithPolicies() {
        return Destinations.all().stream()
                .filter(destination -> destination.policy() != Destination.Policy.NONE)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("destinationsWithPolicies")
    void everyPolicyIsServedUnderACertificateOfItsHost(Destination destination) {
        var internet = MiniInternet.shared();
        var host = "mta-sts." + destination.domain();

        // s_client finds the host through /etc/resolv.conf, so this is the way of a policy fetch in full.
        var request = Scratch.create("request")
                .write("request", "GET /.well-known/mta-sts.txt HTTP/1.0\r\nHost: " + host + "\r\n\r\n");
        var reply = Command.of(Scratch.create("client"), "openssl s_client -quiet -verify_return_error -verify 3")
                .and("-CAfile", internet.authorities().toString(), "-verify_hostname", host)
                .and("-servername", host, "-connect", host + ":443")
                .run(request);

        assertThat(reply.output())
                .contains("HTTP/1.1 200 OK\r\n")
                .contains("\r\nContent-Type: text/plain\r\n")
                .contains("\r\n\r\n" + destination.policyText());
    }
}
