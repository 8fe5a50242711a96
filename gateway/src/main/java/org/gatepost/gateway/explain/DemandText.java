// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.explain;

import org.gatepost.policy.NextHop;
import org.gatepost.policy.OperatorDemand;
import org.gatepost.policy.TlsDemand;

/// A connector's demand and its smart hosts in the words of the configuration.
final class DemandText {
    private DemandText() {}

    static String of(OperatorDemand demand) {
        String name = demand.tls() instanceof TlsDemand.DomainValidation named ? " (" + named.name() + ")" : "";
        return "tls " + level(demand.tls()) + name + ", dane " + demand.dane() + ", mta-sts " + demand.mtaSts()
                + (demand.daneSuffices() ? ", dane suffices" : "");
    }

    static String level(TlsDemand demand) {
        return switch (demand) {
            case TlsDemand.Never _ -> "none";
            case TlsDemand.Opportunistic _ -> "opportunistic";
            case TlsDemand.Encryption _ -> "encryption";
            case TlsDemand.CertificateValidation _ -> "certificate-validation";
            case TlsDemand.DomainValidation _ -> "domain-validation";
        };
    }

    static String of(NextHop hop) {
        String port = hop.port().map(number -> ":" + number).orElse("");
        return switch (hop.kind()) {
            case RECIPIENT_DOMAIN, SMART_HOST_DOMAIN -> hop.name() + port;
            case SMART_HOST -> "[" + hop.name() + "]" + port;
        };
    }
}
