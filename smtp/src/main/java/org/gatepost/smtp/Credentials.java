// SPDX-License-Identifier: Apache-2.0
package org.gatepost.smtp;

/// What a client says to prove who it is, as it came: not normalized, and neither empty nor longer than 1,000 octets.
///
/// @param user the authentication identity of RFC 4616 §2
public record Credentials(String user, String password) {
    /// Never the password.
    @Override
    public String toString() {
        return "Credentials[" + user + "]";
    }
}
