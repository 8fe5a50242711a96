// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// One MX host as its clients see it: an address with port 25, a name, and what it offers there.
///
/// @param address IPv4
/// @param hostname in the greeting
/// @param identity the certificate shown after STARTTLS; empty = STARTTLS is not offered
/// @param settings for Postfix only: parameters of smtpd for this listener alone, values without spaces
record SmtpListener(String address, String hostname, Optional<ServerIdentity> identity, Map<String, String> settings) {
    SmtpListener {
        settings = Map.copyOf(settings);
    }

    static SmtpListener plain(String address, String hostname) {
        return new SmtpListener(address, hostname, Optional.empty(), Map.of());
    }

    static SmtpListener startTls(String address, String hostname, ServerIdentity identity) {
        return new SmtpListener(address, hostname, Optional.of(identity), Map.of());
    }

    SmtpListener with(String parameter, String value) {
        var more = new HashMap<>(settings);
        more.put(parameter, value);
        return new SmtpListener(address, hostname, identity, more);
    }

    /// Speaks one TLS version only, such as `TLSv1.1`.
    SmtpListener only(String protocol) {
        return with("smtpd_tls_protocols", protocol);
    }

    InetSocketAddress endpoint() {
        return new InetSocketAddress(address, 25);
    }
}
