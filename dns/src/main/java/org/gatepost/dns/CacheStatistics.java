// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// How a [ValidatingResolver]'s memory has fared since it was made.
///
/// @param entries answers held now, those that have expired among them until their room is needed
/// @param hits questions answered from memory
/// @param lookups questions that were looked up
/// @param shared questions that waited for the same question asked a moment before
/// @param refreshments lookups of hot names ahead of their expiry
public record CacheStatistics(long entries, long hits, long lookups, long shared, long refreshments) {}
