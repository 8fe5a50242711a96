// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;

/// Keeps the platform's own address resolver for [java.net.InetAddress].
///
/// dnsjava's jar registers itself as the address resolver of the whole JVM, so that its mere presence
/// would send every host name that any library looks up through it. The JDK takes the first provider on
/// the class path: this one wins as long as Gatepost's dns jar stands before dnsjava's, which the
/// launcher and the build see to.
public final class BuiltInAddressResolverProvider extends InetAddressResolverProvider {
    /// Called by the JDK's service loader.
    public BuiltInAddressResolverProvider() {}

    @Override
    public InetAddressResolver get(Configuration configuration) {
        return configuration.builtinResolver();
    }

    @Override
    public String name() {
        return "Gatepost: the platform's built-in address resolver";
    }
}
