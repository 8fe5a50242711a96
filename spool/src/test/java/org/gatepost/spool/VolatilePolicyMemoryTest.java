// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// All but what ends with the process.
final class VolatilePolicyMemoryTest extends PolicyMemoryContract {
    private final PolicyMemory memory = new VolatilePolicyMemory();

    @Override
    PolicyMemory memory() {
        return memory;
    }

    @Override
    void reopen() {
        // The same process goes on.
    }
}
