// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

/// How much of a message its sender wants back with the report that it failed (RFC 3461 §4.3).
public enum Ret {
    /// The whole message.
    FULL,
    /// Its header.
    HDRS
}
