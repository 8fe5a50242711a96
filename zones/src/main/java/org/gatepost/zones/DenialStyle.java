// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

/// How a signed zone denies what does not exist.
public enum DenialStyle {
    /// RFC 4034 §4.
    NSEC,
    /// RFC 5155, with one extra iteration and a salt.
    NSEC3,
    /// As [#NSEC3], and unsigned delegations have no records of their own (RFC 5155 §6).
    NSEC3_OPT_OUT
}
