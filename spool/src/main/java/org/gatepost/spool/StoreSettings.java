// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// The bounds of an embedded store.
///
/// @param spillThreshold octets of content up to which a message stays in memory while it is taken in and in
///     the database afterwards; a larger one goes to a file of its own
/// @param reserve octets that must stay free on the disk: new messages are refused below, so that the results
///     of deliveries can still be written down
/// @param pending changes that may wait for the writer; further callers wait their turn
/// @param batchOperations changes made durable together, at most
/// @param batchOctets content made durable together, at most, beyond the first message
/// @param journal its size
/// @param policies how many MTA-STS policies are remembered at most
record StoreSettings(
        int spillThreshold,
        long reserve,
        int pending,
        int batchOperations,
        long batchOctets,
        Journal.Settings journal,
        long policies) {
    static final StoreSettings DEFAULT = new StoreSettings(
            256 << 10, 64L << 20, 1024, 256, 8L << 20, Journal.Settings.DEFAULT, PolicyMemory.MOST_POLICIES);

    StoreSettings withReserve(long octets) {
        return new StoreSettings(spillThreshold, octets, pending, batchOperations, batchOctets, journal, policies);
    }

    StoreSettings withJournal(Journal.Settings other) {
        return new StoreSettings(spillThreshold, reserve, pending, batchOperations, batchOctets, other, policies);
    }

    StoreSettings withPolicies(long most) {
        return new StoreSettings(spillThreshold, reserve, pending, batchOperations, batchOctets, journal, most);
    }
}
