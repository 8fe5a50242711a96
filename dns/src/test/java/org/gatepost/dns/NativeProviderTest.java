// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativeProviderTest {
    /// A build that lost the library would be right, and some ten times slower without anyone noticing.
    @Test
    void theNativeLibraryIsFoundOnLinux() {
        boolean isLinux = System.getProperty("os.name").equals("Linux");

        assertThat(NativeProvider.loaded().isPresent()).isEqualTo(isLinux);
    }
}
