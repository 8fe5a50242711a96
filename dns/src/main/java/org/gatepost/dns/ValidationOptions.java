// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.List;
import org.gatepost.names.DomainName;

/// What validation starts from and how far it goes. Production fixes all but the anchor; tests vary it.
///
/// @param anchors DS or DNSKEY records in zone-file form, of any names; questions under none of them are
///     indeterminate (RFC 4033 §5)
/// @param algorithms which algorithms prove anything
/// @param insecureDomains names at and below which everything is taken as unsigned, unless an anchor stands
///     deeper
/// @param nsec3Iterations above so many, denials by NSEC3 make their zone insecure (RFC 9276 §3.2)
/// @param work the bounds for one question
record ValidationOptions(
        List<String> anchors,
        AlgorithmPolicy algorithms,
        List<DomainName> insecureDomains,
        int nsec3Iterations,
        WorkLimits work) {
    /// What Unbound and others accept today. RFC 9276 §3.2 wants a limit and fixes none.
    static final int NSEC3_ITERATIONS = 150;

    ValidationOptions {
        anchors = List.copyOf(anchors);
        insecureDomains = List.copyOf(insecureDomains);
    }

    static ValidationOptions of(TrustAnchor anchor) {
        return new ValidationOptions(
                anchor.records(), AlgorithmPolicy.PRODUCTION, List.of(), NSEC3_ITERATIONS, WorkLimits.STANDARD);
    }

    ValidationOptions withAnchors(List<String> records) {
        return new ValidationOptions(records, algorithms, insecureDomains, nsec3Iterations, work);
    }

    ValidationOptions withAlgorithms(AlgorithmPolicy policy) {
        return new ValidationOptions(anchors, policy, insecureDomains, nsec3Iterations, work);
    }

    ValidationOptions withInsecureDomains(List<DomainName> domains) {
        return new ValidationOptions(anchors, algorithms, domains, nsec3Iterations, work);
    }

    ValidationOptions withNsec3Iterations(int most) {
        return new ValidationOptions(anchors, algorithms, insecureDomains, most, work);
    }

    ValidationOptions withWork(WorkLimits limits) {
        return new ValidationOptions(anchors, algorithms, insecureDomains, nsec3Iterations, limits);
    }
}
