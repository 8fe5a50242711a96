// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

/// A question that reached the server.
///
/// @param name lower case, without trailing dot; the root is the empty text
/// @param type the type's mnemonic, such as `TLSA`
/// @param overTcp false when it came by UDP
public record Asked(String name, String type, boolean overTcp) {}
