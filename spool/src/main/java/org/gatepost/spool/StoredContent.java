// SPDX-License-Identifier: Apache-2.0
package org.gatepost.spool;

/// A message's content where it will stay, complete.
///
/// @param size in octets
/// @param crc CRC-32C of the octets
record StoredContent(long size, long crc, Place place) {
    /// Where the octets are.
    sealed interface Place {
        /// In the database. The array is handed over and never changed.
        @SuppressWarnings("ArrayRecordComponent")
        record Inline(byte[] octets) implements Place {}

        /// In a file of the directory `content`, already durable.
        record File(String name) implements Place {}
    }
}
