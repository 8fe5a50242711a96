// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import org.gatepost.names.DomainName;

/// What MTA-STS demands of one MX host.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8461 RFC 8461 §5
public sealed interface StsDemand {
    /// The host is listed and must prove its name.
    ///
    /// @param policyDomain whose policy it is, as failures name it
    record Enforce(DomainName policyDomain, StsPolicy policy) implements StsDemand {}

    /// As [Enforce], but failures are only reported.
    ///
    /// @param mxListed whether the policy lists the host
    record Testing(DomainName policyDomain, StsPolicy policy, boolean mxListed) implements StsDemand {}

    /// An enforced policy that may fail, because DANE authenticates the host in full and the operator lets that
    /// suffice: judged and reported as [Enforce], and no reason to refuse the host.
    ///
    /// @param mxListed whether the policy lists the host
    record Excused(DomainName policyDomain, StsPolicy policy, boolean mxListed) implements StsDemand {}

    /// MTA-STS demands nothing.
    ///
    /// @param why one printable line
    record Nothing(String why) implements StsDemand {}
}
