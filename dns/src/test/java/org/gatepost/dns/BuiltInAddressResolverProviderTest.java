// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.spi.InetAddressResolverProvider;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class BuiltInAddressResolverProviderTest {
    @Test
    void theProviderThatTheJdkTakesIsOursAndNotDnsjavas() {
        // The JDK takes the first one that the system class loader finds.
        var first = ServiceLoader.load(InetAddressResolverProvider.class, ClassLoader.getSystemClassLoader())
                .findFirst();

        assertThat(first).containsInstanceOf(BuiltInAddressResolverProvider.class);
    }
}
