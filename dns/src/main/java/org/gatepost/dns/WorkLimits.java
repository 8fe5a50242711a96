// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// The most that validating one question may cost, so that a zone made to exhaust validators costs little
/// more than an honest one (KeyTrap, CVE-2023-50387; NSEC3, CVE-2023-50868).
///
/// @param questions sent to upstreams: names have up to 127 labels and each may cost a DS and a DNSKEY
///     question; real chains need below ten
/// @param signatures verified in all
/// @param failedSignatures verified in vain: an honest zone has none, or one for each of two equal key tags
/// @param keysOfOneTag keys tried for one signature
/// @param nsec3Hashes names hashed, each of at most the accepted number of iterations: a denial takes one for each
///     label of its name
record WorkLimits(int questions, int signatures, int failedSignatures, int keysOfOneTag, int nsec3Hashes) {
    static final WorkLimits STANDARD = new WorkLimits(40, 128, 16, 4, 64);
}
